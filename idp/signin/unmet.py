"""The service needs more than signing in can give: what is missing, and where to get it."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.signin.next_step import Step
from idp.signin.progress import go_to, own_session
from idp.signin.visit import Going, ThisVisitor, begin_visit, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class UnmetPage:
    """The level needed, and the proofing the person has and lacks; zero lacking: a factor is."""

    going: Going
    interaction_id: str
    needed_acr: str
    proofing: int
    missing_proofing: int


@router.get("/signin/{interaction_id}/unmet")
def show(request: Request, visitor: ThisVisitor) -> Response:
    """Explain; only the opener decides that it has come to this."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, visitor)
        if isinstance(interaction, Response):
            return interaction
        session = own_session(db, interaction, token=visitor.token)
        if session is None:
            return go_to(request, interaction, Step.IDENTIFIER)
        needed = interaction.needs.proofing
        page = UnmetPage(
            going=going_to(request, interaction),
            interaction_id=str(interaction.id),
            needed_acr=interaction.needed_acr,
            proofing=session.proofing,
            missing_proofing=needed if session.proofing < needed else 0,
        )
        return render(request, "signin/unmet.html", page)


@router.post("/signin/{interaction_id}/unmet")
def go_back(request: Request, visitor: ThisVisitor, _form: OwnForm) -> Response:
    """Return to the opener, who tells the service."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, visitor)
        if isinstance(interaction, Response):
            return interaction
        return go_to(request, interaction, Step.RETURN)
