"""The application is not open to who is signed in: a trial, or they are made up, or leave."""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.signin.next_step import Step
from idp.signin.progress import go_to, own_session
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class ClosedPage:
    """Who is signed in, and whether they are a test person before a real service.

    `closes_at`: when their account is erased, as they asked.
    """

    going: Going
    name: str
    is_test: bool
    closes_at: datetime | None


@router.get("/signin/{interaction_id}/closed")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """Explain; only the opener decides that it has come to this."""
    session = own_session(request, db, interaction)
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    page = ClosedPage(
        going_to(request, interaction), session.name, session.is_test, session.closes_at
    )
    return render(request, "signin/closed.html", page)


@router.post("/signin/{interaction_id}/closed")
@interaction_page
def go_back(request: Request, _db: Session, interaction: Interaction, _form: OwnForm) -> Response:
    """Return to the opener, who tells the application."""
    return go_to(request, interaction, Step.RETURN)
