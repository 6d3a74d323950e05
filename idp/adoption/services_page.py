"""`/adoption/services`: level-4 services not there yet, and whose; one service, and one system."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told
from idp.adoption.agencies_data import ServiceRow, own_services, read_action, read_services
from idp.adoption.coverage_data import SystemRow, leak_of, read_systems
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show, show_once
from idp.adoption.usage_months import UsedMonth, read_service_months
from idp.catalogue.lookup import find_services, find_system, list_agencies
from idp.catalogue.models import Agency, InformationSystem, LoginState, PublicService
from idp.figures.disclosure import Shown
from idp.figures.frozen import FrozenMonth
from idp.figures.ladder import RUNGS, Step, reached_steps
from idp.figures.models import AdoptionDay
from idp.figures.slice_rows import Dimension
from idp.figures.slices import figures_by
from idp.figures.stated import systems_of
from idp.kit.db import read_one_instant
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.routes import Router

router = Router()
_ON_A_PAGE = 15
_STATES = {
    LoginState.NONE: N_("without this sign-in"),
    LoginState.PILOT: N_("this sign-in is being tried"),
    LoginState.BESIDE: N_("this sign-in beside its own"),
    LoginState.EXCLUSIVE: N_("this sign-in alone"),
}
_THERE = {Step.IN_USE, Step.EXCLUSIVE}


@immutable
class Behind:
    """A service of level 4 that is not in use through this sign-in."""

    service: PublicService
    agency: Agency
    rung: str
    """How far it is, in English."""


@immutable
class ServicesPage:
    """Those that are not there yet, the lowest rung first."""

    leaf: Leaf[Behind]
    count: int
    everyone: int


@immutable
class ServicePage:
    """One service."""

    target: Target
    chosen: Chosen
    service: PublicService
    agency: Agency
    system: InformationSystem | None
    months: tuple[UsedMonth, ...]
    rung: str
    """In English; empty for other levels than 4."""
    action: Told | None
    """What its ministry or province could do itself that brings most."""


@immutable
class SystemPage:
    """One system."""

    target: Target
    chosen: Chosen
    system: InformationSystem
    agency: Agency
    state: str
    """How people signed in to it as the month ended, in English; empty where nobody told."""
    services: tuple[ServiceRow, ...]
    lists: tuple[SystemRow, ...]
    """One row, or none where it owed no lists."""
    leaks: tuple[tuple[FrozenMonth, Shown], ...]
    """Local sign-ins of all, of the month before each; the newest first."""
    action: Told | None


@router.get("/adoption/services")
def services(request: Request, query: Query) -> Response:
    """By the registry of today, which keeps no history: so this page is not kept."""
    with transaction(request) as db:
        read_one_instant(db)
        found, everyone = _behind(db)
        page = ServicesPage(cut(found, query, most=_ON_A_PAGE), len(found), everyone)
        return show_once(request, "adoption/services.html", page)


@router.get("/adoption/services/{service_code}")
def one_service(request: Request, service_code: str, query: Query) -> Response:
    """Who uses it, month by month, and how far it is."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> ServicePage:
        chosen = choose(db, filters)
        service = find_services(db, codes=[service_code]).get(service_code)
        if chosen is None or service is None:
            raise NotFound(N_("No figures of a service with this code."))
        [agency] = list_agencies(db, agency_ids=[service.agency_id])
        own = [str(each.id) for each in own_services(db, agency_id=agency.id)]
        step = reached_steps(db.connection(), as_of=chosen.month.month_on).get(service.id)
        return ServicePage(
            target=part.target,
            chosen=chosen,
            service=service,
            agency=agency,
            system=db.get(InformationSystem, service.system_id) if service.system_id else None,
            months=read_service_months(db, chosen, str(service.id), of_agency=own),
            rung=RUNGS[step] if step else "",
            action=read_action(db, chosen, agency_id=agency.id),
        )

    return show(request, "adoption/service.html", make, filters=filters.query)


@router.get("/adoption/systems/{system_code}")
def one_system(request: Request, system_code: str, query: Query) -> Response:
    """Its services, the lists that it owes, and what goes past this sign-in."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> SystemPage:
        chosen, system = choose(db, filters), find_system(db, code=system_code)
        if chosen is None or system is None:
            raise NotFound(N_("No figures of a system with this code."))
        [agency] = list_agencies(db, agency_ids=[system.agency_id])
        code = str(system.id)
        own = read_services(db, chosen, agency_id=agency.id)
        return SystemPage(
            target=part.target,
            chosen=chosen,
            system=system,
            agency=agency,
            state=_state(db, chosen, code),
            services=tuple(row for row in own if row.service.system_id == system.id),
            lists=tuple(
                row
                for row in read_systems(db, chosen, agency_ids=[agency.id])
                if row.system.id == system.id
            ),
            leaks=tuple(
                (month, leak_of(figures_by(db, month, Dimension.SYSTEM, [code]).get(code, {})))
                for month in reversed(chosen.up_to)
            ),
            action=read_action(db, chosen, agency_id=agency.id),
        )

    return show(request, "adoption/system.html", make, filters=filters.query)


def _state(db: Session, chosen: Chosen, code: str) -> str:
    told = systems_of(db, chosen.month).on(chosen.month.month_on).get(code)
    return _STATES[LoginState(told.login_state)] if told else ""


def _behind(db: Session) -> tuple[list[Behind], int]:
    """Those that are not there yet, and all of level 4; none before a day was closed."""
    closed_on = db.scalar(select(func.max(AdoptionDay.day_on)))
    steps = reached_steps(db.connection(), as_of=closed_on) if closed_on else {}
    behind = {id_: step for id_, step in steps.items() if step not in _THERE}
    found = list(db.scalars(select(PublicService).where(PublicService.id.in_(behind))))
    agencies = {a.id: a for a in list_agencies(db, agency_ids={s.agency_id for s in found})}
    order = [*Step]
    found.sort(key=lambda s: (order.index(behind[s.id]), s.procedure_code))
    rows = [Behind(s, agencies[s.agency_id], RUNGS[behind[s.id]]) for s in found]
    return rows, len(steps)
