"""Finding any application."""

from collections.abc import Mapping
from unicodedata import normalize
from urllib.parse import urlencode

from starlette.responses import Response

from idp.console.entry import Operator, OperatorVisit, for_operators
from idp.console.queue import LISTED, Line, line_of
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import search_parties
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.web.forms import Query, read_page
from idp.web.language import language_of
from idp.web.paging import Leaf, leaf_of
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_MAX_TEXT = 100


@immutable
class Search:
    """What the operator looks for; None and an empty text look for all."""

    text: str
    state: RelyingPartyState | None
    environment: Environment | None

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.state or self.environment)


@immutable
class SearchPage:
    """What is looked for, and a page of what was found.

    `address` is that of the results' pages, without the number at its end.
    """

    operator: Operator
    search: Search
    leaf: Leaf[Line]
    address: str


@router.get("/console/applications")
@for_operators
def show_search(visit: OperatorVisit, query: Query) -> Response:
    """All applications or those looked for, newest first."""
    language, search = language_of(visit.request), _read_search(query)
    number = read_page(query.get("page", ""))
    parties = search_parties(
        visit.db,
        text=search.text,
        state=search.state,
        environment=search.environment,
        limit=LISTED + 1,
        offset=(number - 1) * LISTED,
    )
    leaf = leaf_of(parties, number, most=LISTED)
    page = SearchPage(
        operator=visit.visitor,
        search=search,
        leaf=leaf.holding(line_of(record, language) for record in leaf.lines),
        address=_address(search),
    )
    return render(visit.request, "console/search.html", page)


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
    return f"/console/applications?{query}"
