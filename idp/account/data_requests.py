"""What the person asks about their data: the form, and what became of what they asked."""

from collections.abc import Mapping
from dataclasses import field
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.data import PATH as DATA
from idp.account.entry import owner_page
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.personal_data.deadlines import due_days
from idp.personal_data.identity import REQUEST_KINDS
from idp.personal_data.models import RequestKind
from idp.personal_data.requests import (
    MOST_OPEN,
    MOST_TEXT,
    AskedRequest,
    ask,
    find_request,
    list_own,
)
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.forms import read_page
from idp.web.kept import errors_in, leave_if_it_fits, packed_errors, read_left
from idp.web.messages import Message
from idp.web.paging import Leaf, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = f"{DATA}/requests"
_LISTED = 2
"""Requests on a page."""
_BEGINNING = 160
"""Characters of each text in the list: the whole, up to three of `MOST_TEXT`, has its own page."""
_NO_KIND = Message("Choose what you ask for.")
_NO_TEXT = Message("Say what it is about, in 1000 characters at most.")


@immutable
class RequestsPage:
    """The form as it was left, and what was asked before, newest first."""

    name: str
    kinds: Mapping[str, str]
    kind: str
    text: str = field(repr=False)
    errors: Mapping[str, Message]
    requests: Leaf[AskedRequest]
    beginning: int = _BEGINNING


@immutable
class RequestPage:
    """One of them, whole."""

    name: str
    what: str
    request: AskedRequest


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The form, and a page of the list (`?page=`), for whoever is signed in."""
    return _page(request, db, session, read_left(request, whose=session.sid))


@router.get(f"{PATH}/{{request_id}}")
@owner_page(f"{PATH}/{{request_id}}")
def show_whole(
    request: Request, db: Session, session: CurrentSession, request_id: UUID
) -> Response:
    """One of one's own, all that was written; back to the list for any other."""
    keyring = Site.of(request).keyring
    found = find_request(db, keyring=keyring, request_id=request_id, whose=session)
    if found is None:
        return RedirectResponse(PATH, status_code=303)
    page = RequestPage(session.name, REQUEST_KINDS[found.kind], found)
    return render(request, "account/data_request.html", page)


@router.post(PATH)
@owner_page(PATH)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Take the request in."""
    kind, text = form.get("kind", ""), form.get("text", "").strip()
    errors = {} if kind in tuple(RequestKind) else {"kind": _NO_KIND}
    if not 0 < len(text) <= MOST_TEXT:
        errors["text"] = _NO_TEXT
    if errors:
        left = {"kind": kind[:20], "text": text[: 2 * MOST_TEXT], **packed_errors(errors)}
        back = leave_if_it_fits(request, PATH, left, whose=session.sid)
        return back or _page(request, db, session, left)
    at, wanted, keyring = clock.now(), RequestKind(kind), Site.of(request).keyring
    if not ask(db, keyring=keyring, session=session, kind=wanted, text=text, at=at):
        return go_and_tell(
            request,
            PATH,
            Message("Nothing was sent"),
            meaning=Message(
                "%(num)s of your requests wait already. Send another once one of them is over.",
                num=MOST_OPEN,
            ),
            is_done=False,
        )
    due = due_days(wanted, on=clock.day_of(at))
    return go_and_tell(
        request,
        PATH,
        Message("Your request is received."),
        meaning=Message(
            "An answer is due by %(answer)s; what you ask for, by %(done)s.",
            answer=f"{due.answer_on:%d/%m/%Y}",
            done=f"{due.done_on:%d/%m/%Y}",
        ),
    )


def _page(
    request: Request, db: Session, session: CurrentSession, left: Mapping[str, object]
) -> Response:
    number, keyring = read_page(request.query_params.get("page", "")), Site.of(request).keyring
    own = list_own(
        db,
        keyring=keyring,
        session=session,
        limit=_LISTED + 1,
        offset=(number - 1) * _LISTED,
    )
    page = RequestsPage(
        name=session.name,
        kinds=REQUEST_KINDS,
        kind=str(left.get("kind", "")),
        text=str(left.get("text", "")),
        errors=errors_in(left),
        requests=leaf_of(own, number, most=_LISTED),
    )
    return render(request, "account/data_requests.html", page)
