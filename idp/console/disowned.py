"""What people said was not them: who it was about, when, and which operator dealt with it."""

from starlette.responses import Response

from idp.accounts.reports import Report, answer_report, list_reports
from idp.console.entry import DISOWNED, Operator, OperatorVisit, for_operators
from idp.journal.events import EVENTS
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.web.arguments import RowId
from idp.web.csrf import OwnForm
from idp.web.forms import Query, read_page
from idp.web.messages import Message
from idp.web.paging import Leaf, leaf_of
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_LISTED = 5
"""Reports on a page."""


@immutable
class Line:
    """A report, and what it is about as its person reads it; `is_own`: a colleague answers it."""

    report: Report
    what: str
    is_own: bool


@immutable
class DisownedPage:
    """A page of reports."""

    operator: Operator
    leaf: Leaf[Line]


@router.get(DISOWNED)
@for_operators
def show_disowned(visit: OperatorVisit, query: Query) -> Response:
    """What waits, longest first, then what was answered."""
    number, own = read_page(query.get("page", "")), visit.visitor.session.subject_number
    reports = list_reports(visit.db, limit=_LISTED + 1, offset=(number - 1) * _LISTED)
    leaf = leaf_of(reports, number, most=_LISTED)
    lines = (
        Line(one, EVENTS[one.event].words, is_own=one.subject_number == own) for one in leaf.lines
    )
    page = DisownedPage(visit.visitor, leaf.holding(lines))
    return render(visit.request, "console/disowned.html", page)


@router.post(f"{DISOWNED}/{{entry_id}}/answer")
@for_operators
def answer(visit: OperatorVisit, entry_id: RowId, _fields: OwnForm) -> Response:
    """Note who dealt with it, once."""
    by = visit.visitor.session.subject_number
    if answer_report(visit.db, entry_id=entry_id, by=by, at=clock.now()):
        return go_and_tell(
            visit.request,
            DISOWNED,
            Message("The report is answered."),
            meaning=Message("It stays below, with your number and the time."),
        )
    return go_and_tell(
        visit.request,
        DISOWNED,
        Message("Nothing was decided"),
        meaning=Message(
            "Somebody else has answered it, there is no such report, or it is yours: then a "
            "colleague answers it."
        ),
        is_done=False,
    )
