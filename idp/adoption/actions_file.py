"""`/adoption/actions.csv`, `.json`, `.xlsx`: what would move the figure, as a file."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import ToldActions, read_told
from idp.adoption.files import SUPPRESSED, Table, file_of
from idp.adoption.filters import Filters, choose
from idp.adoption.places_file import said
from idp.figures.open_rows import OF_MONTH, of_month
from idp.kit.db import read_one_instant
from idp.kit.tables.written import KINDS, Row
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

ACTIONS = Table(
    "/adoption/actions",
    N_("What would raise the rate"),
    {
        **OF_MONTH,
        "rank": N_("1 to 5: the actions that add most; empty: none of them"),
        "lever": N_(
            "L1, L3 to L6; of sign-ins that fail with their reason, of services their tier"
        ),
        "dimension": N_("Whose it is: country, place, ministry or system"),
        "code": N_("The province’s code, else an id; empty: the country’s"),
        "name_vi": N_("The Vietnamese name of whoever acts"),
        "subject_kind": N_("person or enterprise"),
        "at_most": N_("Those whom it reaches, rounded to 5; empty: no list says"),
        "low": N_("The estimate by the lower quartile of past cases, rounded to 5"),
        "about": N_("The estimate by their median, rounded to 5; empty: not known"),
        "high": N_("The estimate by the upper quartile, rounded to 5"),
        "cases": N_("Past cases that the estimate rests on"),
        "adds": N_("What it adds to those that rank before it, rounded to 5"),
        **SUPPRESSED,
    },
)


def actions_file(request: Request, query: Query) -> Response:
    """Every lever of the month."""
    filters = Filters.read(query)
    with transaction(request) as db:
        read_one_instant(db)
        chosen = choose(db, filters)
        told = read_told(db, chosen.month) if chosen else None
    rows = list(action_rows(told)) if told else []
    return file_of(request, ACTIONS, rows, as_of=chosen.month.name if chosen else "")


for _kind in KINDS:
    router.add_api_route(f"{ACTIONS.path}.{_kind}", actions_file, methods=["GET"])


def action_rows(told: ToldActions) -> Iterator[Row]:
    """A row for each lever, the best first."""
    levers = sorted(told.actions.levers.items(), key=lambda pair: (pair[1].rank or 9, pair[0]))
    for each in told.told([action for _, action in levers]):
        action, counts = each.action, (each.at_most, each.low, each.about, each.high)
        yield {
            **of_month(told.month),
            "rank": action.rank if action in told.best else None,
            "lever": action.lever,
            "dimension": action.dimension,
            "code": action.code,
            "name_vi": each.whose.name_vi if each.whose else None,
            "subject_kind": action.subject_kind,
            "at_most": each.at_most.value,
            "low": each.low.value,
            "about": each.about.value,
            "high": each.high.value,
            "cases": action.cases,
            "adds": each.adds.value,
            "is_suppressed": said(next((c for c in counts if c.is_suppressed), each.at_most)),
        }
