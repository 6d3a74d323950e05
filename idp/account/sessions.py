"""My sessions: where I am signed in, and ending any of them.

Only somebody who has just signed in ends them: whoever found this browser open throws nobody out.
"""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.account.password import PATH as PASSWORD
from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.sessions.end import end_other_sessions, end_session_of, end_sessions_of
from idp.sessions.lookup import CurrentSession, SessionSummary, list_sessions
from idp.tokens.end import end_session_grants
from idp.web.cookies import clear_session
from idp.web.csrf import OwnForm
from idp.web.forms import Query, id_in
from idp.web.messages import Message
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/sessions"
_LISTED = 6
"""Sessions on a page."""
_IN_AGAIN = (Message("Sign in again"), "/account")


@immutable
class SessionLine:
    """A session, and whether it is the one that the page is opened in."""

    session: SessionSummary
    is_current: bool


@immutable
class SessionsPage:
    """A page of the live sessions: this one, then the most recently used first."""

    name: str
    leaf: Leaf[SessionLine]
    has_others: bool


@immutable
class EndAllPage:
    """Asks whether to sign out everywhere."""

    name: str


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The list, for whoever is signed in."""
    lines = [
        SessionLine(each, each.sid == session.sid)
        for each in list_sessions(db, person_id=session.person_id)
    ]
    lines.sort(key=lambda line: not line.is_current)
    page = SessionsPage(session.name, cut(lines, query, most=_LISTED), len(lines) > 1)
    return render(request, "account/sessions.html", page)


@router.post(f"{PATH}/end")
@owner_page(PATH, is_fresh=True)
def end_one(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """End one of the person's own sessions; anybody else's stays as it is."""
    sid = id_in(form, "sid")
    if sid is not None and end_session_of(db, sid=sid, person_id=session.person_id):
        _end_access(db, session, sid)
        if sid != session.sid:
            return go_and_tell(
                request,
                PATH,
                Message("The session has ended."),
                meaning=Message("Anyone who uses that browser has to sign in again."),
                onward=(Message("It was not yours? Change your password"), PASSWORD),
            )
        clear_session(request)
        return go_and_tell(
            request,
            "/",
            Message("You are signed out in this browser."),
            meaning=Message("In other browsers you stay signed in."),
            onward=_IN_AGAIN,
        )
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/end-others")
@owner_page(PATH, is_fresh=True)
def end_others(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """End every session of the person but this one."""
    for sid in end_other_sessions(db, person_id=session.person_id, keep_sid=session.sid):
        _end_access(db, session, sid)
    return go_and_tell(
        request,
        PATH,
        Message("All other sessions have ended."),
        meaning=Message("You are signed in only in this browser."),
    )


@router.get(f"{PATH}/end-all")
@owner_page(f"{PATH}/end-all", is_fresh=True)
def ask_end_all(request: Request, _db: Session, session: CurrentSession) -> Response:
    """Ask once: it cannot be undone."""
    return render(request, "account/end_all.html", EndAllPage(session.name))


@router.post(f"{PATH}/end-all")
@owner_page(PATH, is_fresh=True)
def end_all(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """End every session of the person, this one too; grants for when they are away stay."""
    for sid in end_sessions_of(db, person_id=session.person_id):
        _end_access(db, session, sid)
    clear_session(request)
    return go_and_tell(
        request,
        "/",
        Message("You are signed out everywhere."),
        meaning=Message("Everyone who uses your account, including you, has to sign in again."),
        onward=_IN_AGAIN,
    )


def _end_access(db: Session, session: CurrentSession, sid: UUID) -> None:
    end_session_grants(db, sid=sid)
    record(
        db,
        event="session.ended",
        reason="account_page",
        subject_number=session.subject_number,
        counted=False,
    )
