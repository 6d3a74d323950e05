"""`/adoption/businesses`: how far organizations have come, by kind; and the same as a file."""

from collections.abc import Iterator

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.businesses_data import KINDS as OF_KIND
from idp.adoption.businesses_data import STATES, Column, read_columns
from idp.adoption.files import SUPPRESSED, Table, file_of
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.places_file import said
from idp.adoption.show import show
from idp.figures.open_rows import OF_MONTH, of_month
from idp.kit.db import read_one_instant
from idp.kit.immutable import immutable
from idp.kit.tables.written import KINDS, Row
from idp.settings.people import Target
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

BUSINESSES = Table(
    "/adoption/businesses",
    N_("Businesses and other organizations, by how far they have come"),
    {
        **OF_MONTH,
        "kind": N_("enterprise, cooperative, household or agency"),
        "state": N_(
            "COMPANY_1 to COMPANY_5 add up to REG; ELSEWHERE: active, not in the register here; "
            "REGISTER_DISAGREES: requests refused for that"
        ),
        "count": N_("Organizations; of REGISTER_DISAGREES requests in the 12 months"),
        **SUPPRESSED,
    },
)


@immutable
class BusinessesPage:
    """The page; `chosen` is None as long as no month is frozen."""

    target: Target
    chosen: Chosen | None = None
    columns: tuple[Column, ...] = ()
    kinds = OF_KIND
    states = STATES


@router.get("/adoption/businesses")
def businesses(request: Request, query: Query) -> Response:
    """Where organizations stand on the way to both tiers."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> BusinessesPage:
        chosen = choose(db, filters)
        columns = read_columns(db, chosen.month) if chosen else []
        return BusinessesPage(part.target, chosen, tuple(columns))

    return show(request, "adoption/businesses.html", make, filters=filters.query)


def businesses_file(request: Request, query: Query) -> Response:
    """The same rows, each kind below the other."""
    filters = Filters.read(query)
    with transaction(request) as db:
        read_one_instant(db)
        chosen = choose(db, filters)
        rows = list(_rows(chosen, read_columns(db, chosen.month))) if chosen else []
    return file_of(request, BUSINESSES, rows, as_of=chosen.month.name if chosen else "")


for _kind in KINDS:
    router.add_api_route(f"{BUSINESSES.path}.{_kind}", businesses_file, methods=["GET"])


def _rows(chosen: Chosen, columns: list[Column]) -> Iterator[Row]:
    for column in columns:
        cells = [("REG", column.registered), *column.states.items()]
        cells.append(("REGISTER_DISAGREES", column.disagreed))
        if column.elsewhere is not None:
            cells.append(("ELSEWHERE", column.elsewhere))
        for state, cell in cells:
            yield {
                **of_month(chosen.month),
                "kind": column.kind.value,
                "state": str(state),
                "count": cell.value,
                "is_suppressed": said(cell),
            }
