"""Where one interaction stands: its needs, the session it goes with, and the way on from here."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.factors.credentials import held_kinds
from idp.factors.kinds import Kind
from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction
from idp.sessions.lookup import CurrentSession, find_session
from idp.signin.next_step import Next, SignedIn, Step, next_step
from idp.web.cookies import clear_kept
from idp.web.current import session_token


def own_session(request: Request, db: Session, interaction: Interaction) -> CurrentSession | None:
    """The browser's session, unless somebody else is about to sign in here."""
    session = find_session(db, token=session_token(request))
    return session if session and is_about(interaction, session.person_id) else None


def has_identifier(interaction: Interaction) -> bool:
    """Whether someone said who they are."""
    return interaction.person_id is not None or interaction.identifier_hash is not None


def find_step(
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    held: tuple[Kind, ...] | None = None,
) -> Next:
    """What comes next, given who is signed in; `held` are their factors, if these were read."""
    needs = interaction.needs
    signed_in = None
    if session is not None:
        if held is None and session.authentication < needs.authentication:
            held = held_kinds(db, person_id=session.person_id)
        shown, at = session.kinds, session.authenticated_at
        signed_in = SignedIn(session.proofing, shown, at, held or ())
    return next_step(needs, has_identifier=has_identifier(interaction), signed_in=signed_in)


def page_url(interaction: Interaction, page: str) -> str:
    """The address of a page of the interaction."""
    return f"/signin/{interaction.id}/{page}"


def go_to(request: Request, interaction: Interaction, page: str) -> Response:
    """Send the browser to a page, or back to whoever opened the interaction.

    What a refused form had left for its page is over with that.
    """
    clear_kept(request)
    target = interaction.return_path if page == Step.RETURN else page_url(interaction, page)
    return RedirectResponse(target, status_code=303)


def go_on(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    held: tuple[Kind, ...] | None = None,
) -> Response:
    """Send the browser to what comes next, as `find_step` says."""
    step = find_step(db, interaction, session, held=held)
    return go_to(request, interaction, step.page)
