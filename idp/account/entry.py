"""Who may come in: the person whose account it is, signed in with every factor they have."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.people.totp import has_factor
from idp.sessions.lookup import CurrentSession
from idp.web.access import require_session

TWO_FACTORS = 2


def require_owner(request: Request, db: Session, *, return_path: str) -> CurrentSession | Response:
    """The session, or the way to the sign-in pages.

    A password alone opens services that ask for no more. It never opens the account of someone who
    has a second factor: history, sessions and consents are theirs to see and to end.
    """
    session = require_session(request, db, return_path=return_path)
    if isinstance(session, Response) or session.authentication >= TWO_FACTORS:
        return session
    if not has_factor(db, person_id=session.person_id):
        return session
    return require_session(request, db, return_path=return_path, needed_authentication=TWO_FACTORS)
