"""The first page: what waits for a decision."""

from datetime import datetime

from starlette.responses import Response

from idp.accounts.reports import is_any_unanswered
from idp.console.entry import Operator, OperatorVisit, for_operators
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.mandates.agreeing import is_anything_waiting
from idp.personal_data.requests import is_any_open
from idp.relying_parties.lookup import PartyRecord, list_awaiting_review
from idp.relying_parties.waiting import waits_for_operator
from idp.web.cookies import clear_kept
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

LISTED = 8
"""Applications on a page."""


@immutable
class Line:
    """An application in a list."""

    client_id: str
    name: str
    agency: str
    system: str
    environment: str
    state: str
    has_proposal: bool
    is_legacy: bool
    submitted_at: datetime | None

    @property
    def href(self) -> str:
        """Its page."""
        return application_path(self.client_id)


@immutable
class QueuePage:
    """What waits for a decision."""

    operator: Operator
    waiting: Leaf[Line]
    has_waiting_posts: bool
    has_reports: bool
    """Somebody said that something was not them, and no operator has answered."""
    texts: int
    """Text messages of the day, once nearly all that it may bring are sent; else 0."""
    text_budget: int
    has_requests: bool
    """Somebody asked about their data, and it is not over."""


@router.get("/console")
@for_operators
def show_queue(visit: OperatorVisit, query: Query) -> Response:
    """What waits for a decision, longest first."""
    clear_kept(visit.request)
    language, today = language_of(visit.request), Site.of(visit.request).today
    budget = Site.of(visit.request).texts
    spent = budget.spent(visit.db, at=clock.now())
    waiting = cut(list_awaiting_review(visit.db), query, most=LISTED)
    page = QueuePage(
        operator=visit.visitor,
        waiting=waiting.holding(line_of(record, language) for record in waiting.lines),
        has_waiting_posts=is_anything_waiting(visit.db, on=today),
        has_reports=is_any_unanswered(visit.db),
        texts=spent if budget.is_near(spent) else 0,
        text_budget=budget.most,
        has_requests=is_any_open(visit.db),
    )
    return render(visit.request, "console/queue.html", page)


def application_path(client_id: str) -> str:
    """The page of an application."""
    return f"/console/applications/{client_id}"


def line_of(record: PartyRecord, language: str) -> Line:
    """The application in the visitor's language."""
    party, system, agency = record.party, record.system, record.agency
    return Line(
        client_id=party.client_id,
        name=party.name(language),
        agency=agency.name(language),
        system=system.name(language),
        environment=party.environment.value,
        state=party.state.value,
        has_proposal=party.state == "live" and waits_for_operator(party),
        is_legacy=not party.require_pkce,
        submitted_at=party.submitted_at,
    )
