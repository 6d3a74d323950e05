"""Who is signed in behind a request, by the session that its cookie opens."""

from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from idp.sessions.lookup import CurrentSession, find_session
from idp.web.browser import session_token
from idp.web.part import Site


def signed_in(request: HTTPConnection, db: Session) -> CurrentSession | None:
    """The live session, as what was shown in it counts here now; one statement at most."""
    site = Site.of(request)
    token = session_token(request)
    return find_session(db, keyring=site.keyring, token=token, rules=site.factor_rules)
