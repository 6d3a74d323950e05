"""The service needs more than signing in can give: what is missing, and where to get it."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.sessions.evidence import Shown
from idp.signin.next_step import Step
from idp.signin.progress import go_to, own_session
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class UnmetPage:
    """The level needed, and the proofing the person has and lacks; zero lacking: a factor is.

    `unconfirmed`: a factor was shown that does not carry the proofing, if only from an instant on.
    """

    going: Going
    needed_acr: str
    proofing: int
    missing_proofing: int
    unconfirmed: Shown | None


@router.get("/signin/{interaction_id}/unmet")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """Explain; only the opener decides that it has come to this."""
    session = own_session(request, db, interaction)
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    needed = interaction.needs.proofing
    page = UnmetPage(
        going=going_to(request, interaction),
        needed_acr=interaction.needed_acr,
        proofing=session.proofing,
        missing_proofing=needed if session.proofing < needed else 0,
        unconfirmed=next((shown for shown in session.shown if not shown.is_confirmed), None),
    )
    return render(request, "signin/unmet.html", page)


@router.post("/signin/{interaction_id}/unmet")
@interaction_page
def go_back(request: Request, _db: Session, interaction: Interaction, _form: OwnForm) -> Response:
    """Return to the opener, who tells the service."""
    return go_to(request, interaction, Step.RETURN)
