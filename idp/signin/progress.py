"""Where one interaction stands: its needs, the session it goes with, and the way on from here."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction
from idp.people.totp import has_factor
from idp.sessions.lookup import CurrentSession, find_session
from idp.signin.next_step import SignedIn, Step, next_step
from idp.web.cookies import clear_kept


def own_session(
    db: Session, interaction: Interaction, *, token: str | None
) -> CurrentSession | None:
    """The browser's session, unless somebody else is about to sign in here."""
    session = find_session(db, token=token)
    return session if session and is_about(interaction, session.person_id) else None


def has_identifier(interaction: Interaction) -> bool:
    """Whether someone said who they are."""
    return interaction.person_id is not None or interaction.identifier_hash is not None


def find_step(db: Session, interaction: Interaction, session: CurrentSession | None) -> Step:
    """The page that comes next, given who is signed in."""
    needs = interaction.needs
    signed_in = None
    if session is not None:
        is_enough = session.authentication >= needs.authentication
        signed_in = SignedIn(
            proofing=session.proofing,
            authentication=session.authentication,
            authenticated_at=session.authenticated_at,
            has_totp=is_enough or has_factor(db, person_id=session.person_id),
        )
    return next_step(needs, has_identifier=has_identifier(interaction), signed_in=signed_in)


def page_url(interaction: Interaction, page: str) -> str:
    """The address of a page of the interaction."""
    return f"/signin/{interaction.id}/{page}"


def go_to(request: Request, interaction: Interaction, step: Step) -> Response:
    """Send the browser to a step, or back to whoever opened the interaction.

    What a refused form had left for its page is over with that.
    """
    clear_kept(request)
    target = interaction.return_path if step is Step.RETURN else page_url(interaction, step)
    return RedirectResponse(target, status_code=303)
