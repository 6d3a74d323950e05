"""`/adoption/agencies`: whose services are used, and by whom; and one agency with its services."""

from collections.abc import Sequence

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told
from idp.adoption.agencies_data import (
    AgencyRow,
    ServiceRow,
    Usage,
    change_of,
    read_action,
    read_agencies,
    read_services,
)
from idp.adoption.chart import Part, draw_stack
from idp.adoption.coverage_data import SystemRow, Waiting, read_systems, waiting_of
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.adoption.usage_months import UsedMonth, read_agency_months
from idp.catalogue.models import Agency
from idp.figures.slice_rows import Dimension
from idp.figures.slices import figures_by
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()


@immutable
class AgenciesPage:
    """The ranking; `chosen` is None as long as no month is frozen."""

    target: Target
    chosen: Chosen | None = None
    central: tuple[AgencyRow, ...] = ()
    local: tuple[AgencyRow, ...] = ()


@immutable
class AgencyPage:
    """One agency."""

    target: Target
    chosen: Chosen
    agency: Agency
    usage: Usage
    ended: tuple[Part, ...]
    """Of its sign-ins: success, refused for the level, otherwise, given up; if all are shown."""
    services: tuple[ServiceRow, ...]
    action: Told | None
    change: float | None
    """Percent points of those who use both tiers since the month before."""
    systems: tuple[SystemRow, ...]
    """Its systems, with the lists they owe."""
    waiting: Waiting
    months: tuple[UsedMonth, ...]


@router.get("/adoption/agencies")
def agencies(request: Request, query: Query) -> Response:
    """Ministries and other central agencies, then local ones."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> AgenciesPage:
        chosen = choose(db, filters)
        rows = read_agencies(db, chosen, part) if chosen else []
        return AgenciesPage(
            part.target,
            chosen,
            central=tuple(row for row in rows if not row.agency.tier.is_local),
            local=tuple(row for row in rows if row.agency.tier.is_local),
        )

    return show(request, "adoption/agencies.html", make, filters=filters.query)


@router.get("/adoption/agencies/{agency_code}")
def one_agency(request: Request, agency_code: str, query: Query) -> Response:
    """Who uses its services, how sign-ins ended, service by service."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> AgencyPage:
        chosen = choose(db, filters)
        found = read_agency_months(db, chosen, code=agency_code) if chosen else None
        if chosen is None or found is None:
            raise NotFound(N_("No figures of an agency with this code."))
        agency, months = found
        usage = months[0].usage
        return AgencyPage(
            target=part.target,
            chosen=chosen,
            agency=agency,
            usage=usage,
            ended=_ended(usage),
            services=tuple(read_services(db, chosen, agency_id=agency.id)),
            action=read_action(db, chosen, agency_id=agency.id),
            change=_change(months, chosen),
            systems=tuple(read_systems(db, chosen, agency_ids=[agency.id])),
            waiting=_waiting(db, chosen, agency),
            months=months,
        )

    return show(request, "adoption/agency.html", make, filters=filters.query)


def _change(months: Sequence[UsedMonth], chosen: Chosen) -> float | None:
    before = next((m.usage.both for m in months if m.month == chosen.before), None)
    return change_of(months[0].usage.both, before)


def _waiting(db: Session, chosen: Chosen, agency: Agency) -> Waiting:
    code = str(agency.id)
    return waiting_of(figures_by(db, chosen.month, Dimension.AGENCY, [code]).get(code, {}))


def _ended(usage: Usage) -> tuple[Part, ...]:
    cells = (usage.succeeded.numerator, usage.refused_level, usage.refused, usage.abandoned)
    counts = [cell.value for cell in cells if cell.value is not None]
    return draw_stack(counts) if len(counts) == len(cells) else ()
