"""What people ask about their data: by their last days, and what an operator says to each."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from uuid import UUID

from starlette.responses import Response

from idp.console.entry import REQUESTS, Operator, OperatorVisit, for_operators, for_requests
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.personal_data import requests
from idp.personal_data.identity import REQUEST_KINDS
from idp.personal_data.requests import MOST_TEXT, AskedRequest
from idp.personal_data.working_days import official_calendar
from idp.web.csrf import OwnForm
from idp.web.forms import Query, read_page
from idp.web.kept import errors_in, leave_if_it_fits, packed_errors, read_left
from idp.web.messages import N_, Message
from idp.web.paging import Leaf, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_LISTED = 8
"""Requests on a page."""
_SOON = timedelta(days=2)
"""So long before its last day a request is shown as pressing."""
_NO_TEXT = Message("Write to the person, in 1000 characters at most.")
_NO_CHOICE = Message("Choose whether it is taken on.")
_CHOICES = ("accept", "refuse")


@immutable
class Line:
    """A request in the list; `urgency`: overdue, soon, or empty."""

    request: AskedRequest
    what: str
    urgency: str


@immutable
class RequestsPage:
    """A page of requests; `known_until`: beyond that day holidays are not known."""

    operator: Operator
    leaf: Leaf[Line]
    known_until: date


@immutable
class RequestPage:
    """One request, and the form of what comes next as it was left."""

    operator: Operator
    line: Line
    path: str
    is_own: bool
    choice: str
    text: str = field(repr=False)
    reason: str = field(repr=False)
    errors: Mapping[str, Message]


@router.get(REQUESTS)
@for_operators
def show_requests(visit: OperatorVisit, query: Query) -> Response:
    """What is to be done, overdue first, then what is over."""
    number = read_page(query.get("page", ""))
    found = requests.list_requests(visit.db, limit=_LISTED + 1, offset=(number - 1) * _LISTED)
    today = Site.of(visit.request).today
    leaf = leaf_of(found, number, most=_LISTED)
    lines = (_line(one, today) for one in leaf.lines)
    page = RequestsPage(visit.visitor, leaf.holding(lines), official_calendar().known_until)
    return render(visit.request, "console/requests.html", page)


@router.get(f"{REQUESTS}/{{request_id}}")
@for_operators
def show_request(visit: OperatorVisit, request_id: UUID) -> Response:
    """What was asked, what was said, and the form for what comes next."""
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    return _page(visit, _get(visit, request_id), left)


@router.post(f"{REQUESTS}/{{request_id}}/answer")
@for_requests
def answer(visit: OperatorVisit, request_id: UUID, fields: OwnForm) -> Response:
    """Take it on, or refuse it, with words that the person reads."""
    choice = fields.get("choice", "")
    errors = {} if choice in _CHOICES else {"choice": _NO_CHOICE}
    done, is_accepted = Message("The request is answered."), choice == "accept"
    return _write(
        visit,
        request_id,
        fields,
        requests.answer,
        done=done,
        errors=errors,
        is_accepted=is_accepted,
    )


@router.post(f"{REQUESTS}/{{request_id}}/extend")
@for_requests
def extend(visit: OperatorVisit, request_id: UUID, fields: OwnForm) -> Response:
    """Give it more time, once, with a reason that the person reads."""
    done = Message("The request has more time.")
    return _write(visit, request_id, fields, requests.extend, done=done, words="reason")


@router.post(f"{REQUESTS}/{{request_id}}/finish")
@for_requests
def finish(visit: OperatorVisit, request_id: UUID, fields: OwnForm) -> Response:
    """Note that it was done, and tell the person what."""
    done = Message("The request is done.")
    return _write(visit, request_id, fields, requests.finish, done=done)


def _write(
    visit: OperatorVisit,
    request_id: UUID,
    fields: Mapping[str, str],
    act: Callable[..., bool],
    *,
    done: Message,
    words: str = "text",
    errors: Mapping[str, Message] | None = None,
    **how: bool,
) -> Response:
    """Act with what was written in the field `words`, and tell what came of it.

    `errors` are those of other fields; `how` is what else `act` is told.
    """
    written = fields.get(words, "").strip()
    if not 0 < len(written) <= MOST_TEXT:
        errors = {**(errors or {}), words: _NO_TEXT}
    if errors:
        typed = {"choice": fields.get("choice", "")[:20], words: written}
        return _back(visit, _get(visit, request_id), typed, errors)
    is_done = act(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        request_id=request_id,
        by=visit.visitor.session.subject_number,
        at=clock.now(),
        **{words: written, **how},
    )
    if is_done:
        meaning = Message("The person is told, and reads your words in their account.")
        return go_and_tell(visit.request, REQUESTS, done, meaning=meaning)
    _get(visit, request_id)
    return go_and_tell(
        visit.request,
        _path(request_id),
        Message("Nothing was decided"),
        meaning=Message("Somebody else was faster, or it is your own request. Look again below."),
        is_done=False,
    )


def _back(
    visit: OperatorVisit,
    found: AskedRequest,
    typed: Mapping[str, str],
    errors: Mapping[str, Message],
) -> Response:
    kept = {name: value[: 2 * MOST_TEXT] for name, value in typed.items()}
    left, path = {**kept, **packed_errors(errors)}, _path(found.id)
    back = leave_if_it_fits(visit.request, path, left, whose=visit.visitor.session.sid)
    return back or _page(visit, found, left)


def _page(visit: OperatorVisit, found: AskedRequest, left: Mapping[str, object]) -> Response:
    page = RequestPage(
        operator=visit.visitor,
        line=_line(found, Site.of(visit.request).today),
        path=_path(found.id),
        is_own=found.subject_number == visit.visitor.session.subject_number,
        choice=str(left.get("choice", "")),
        text=str(left.get("text", "")),
        reason=str(left.get("reason", "")),
        errors=errors_in(left),
    )
    return render(visit.request, "console/request.html", page)


def _get(visit: OperatorVisit, request_id: UUID) -> AskedRequest:
    keyring = Site.of(visit.request).keyring
    found = requests.find_request(visit.db, keyring=keyring, request_id=request_id)
    if found is None:
        raise NotFound(N_("There is no page at this address."))
    return found


def _line(request: AskedRequest, today: date) -> Line:
    urgency = ""
    if request.is_open and request.next_on < today:
        urgency = "overdue"
    elif request.is_open and request.next_on - today <= _SOON:
        urgency = "soon"
    return Line(request, REQUEST_KINDS[request.kind], urgency)


def _path(request_id: UUID) -> str:
    return f"{REQUESTS}/{request_id}"
