"""The first page: what waits for a decision, and finding any application."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from urllib.parse import urlencode

from starlette.responses import Response

from idp.accounts.reports import is_any_unanswered
from idp.console.entry import Operator, OperatorVisit, for_operators
from idp.kit import clock
from idp.mandates.agreeing import is_anything_waiting
from idp.personal_data.requests import is_any_open
from idp.relying_parties.lookup import PartyRecord, list_awaiting_review, search_parties
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.waiting import waits_for_operator
from idp.web.cookies import clear_kept
from idp.web.forms import Query, read_page
from idp.web.language import language_of
from idp.web.paging import Leaf, cut, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_LISTED = 10
"""Applications on a page, of those that wait and of those looked for."""
_MAX_TEXT = 100


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Search:
    """What the operator looks for; None and an empty text look for all."""

    text: str
    state: RelyingPartyState | None
    environment: Environment | None

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.state or self.environment)


@dataclass(frozen=True)
class QueuePage:
    """What waits for a decision, and a page of the search's results.

    `address` is that of the results' pages, without the number at its end.
    """

    operator: Operator
    waiting: Leaf[Line]
    search: Search
    leaf: Leaf[Line]
    address: str
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
    """What waits for a decision, longest first, and all applications or those looked for."""
    clear_kept(visit.request)
    language, search = language_of(visit.request), _read_search(query)
    budget = Site.of(visit.request).texts
    spent = budget.spent(visit.db, at=clock.now())
    today, number = Site.of(visit.request).today, read_page(query.get("page", ""))
    parties = search_parties(
        visit.db,
        text=search.text,
        state=search.state,
        environment=search.environment,
        limit=_LISTED + 1,
        offset=(number - 1) * _LISTED,
    )
    leaf = leaf_of(parties, number, most=_LISTED)
    number_waiting = {"page": query.get("waiting", "")}
    waiting = cut(list_awaiting_review(visit.db), number_waiting, most=_LISTED)
    page = QueuePage(
        operator=visit.visitor,
        waiting=waiting.holding(line_of(record, language) for record in waiting.lines),
        search=search,
        leaf=leaf.holding(line_of(record, language) for record in leaf.lines),
        address=_address(search),
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


def _read_search(query: Mapping[str, str]) -> Search:
    """The query's conditions; one that does not exist is as if not given."""
    state, environment = query.get("state", ""), query.get("environment", "")
    return Search(
        text=" ".join(normalize("NFC", query.get("text", "")).split())[:_MAX_TEXT],
        state=RelyingPartyState(state) if state in tuple(RelyingPartyState) else None,
        environment=Environment(environment) if environment in tuple(Environment) else None,
    )


def _address(search: Search) -> str:
    """The pages of the same search."""
    sought = {"text": search.text, "state": search.state, "environment": search.environment}
    query = urlencode({name: value for name, value in sought.items() if value} | {"page": ""})
    return f"/console?{query}"


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
