"""The first page, and the services of the agency: both lists a page at a time."""

from collections.abc import Mapping
from itertools import groupby

from starlette.responses import Response

from idp.catalogue.lookup import count_own_services, list_services, list_systems
from idp.catalogue.models import InformationSystem
from idp.kit.immutable import immutable
from idp.portal.applications import ClientLine, ServiceLine, client_line, service_line
from idp.portal.entry import Frame, StaffVisit, for_staff
from idp.relying_parties.lookup import PartyRecord, list_parties
from idp.web.cookies import clear_kept
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_LISTED = 7
"""Applications on a page; a system without one is listed like one."""
_SERVICES = 15


@immutable
class SystemPanel:
    """A system with the applications of it that are on this page."""

    code: str
    name: str
    clients: tuple[ClientLine, ...]


@immutable
class HomePage:
    """The agency's systems and applications; `leaf` has the page before and after."""

    frame: Frame
    leaf: Leaf[SystemPanel]
    services: int
    """How many public services the applications may name."""


@immutable
class ServicesPage:
    """The public services that the agency's applications may name."""

    frame: Frame
    leaf: Leaf[ServiceLine]


@router.get("/portal")
@for_staff
def show_home(visit: StaffVisit, query: Query) -> Response:
    """The agency's systems and applications with their states."""
    clear_kept(visit.request)
    services = count_own_services(visit.db, agency_ids=visit.visitor.agency_ids)
    page = HomePage(visit.visitor.frame, _panels(visit, query), services)
    return render(visit.request, "portal/home.html", page)


@router.get("/portal/services")
@for_staff
def show_services(visit: StaffVisit, query: Query) -> Response:
    """The agency's public services with their codes and levels."""
    language = language_of(visit.request)
    leaf = cut(list_services(visit.db, agency_ids=visit.visitor.agency_ids), query, most=_SERVICES)
    lines = leaf.holding(service_line(service, language) for service in leaf.lines)
    return render(visit.request, "portal/services.html", ServicesPage(visit.visitor.frame, lines))


def _panels(visit: StaffVisit, query: Mapping[str, str]) -> Leaf[SystemPanel]:
    db, agency_ids, language = visit.db, visit.visitor.agency_ids, language_of(visit.request)
    records = list_parties(db, agency_ids=agency_ids)
    listed: list[tuple[InformationSystem, PartyRecord | None]] = []
    for system in list_systems(db, agency_ids=agency_ids):
        own = [(system, record) for record in records if record.system.id == system.id]
        listed.extend(own or [(system, None)])
    leaf = cut(listed, query, most=_LISTED)
    return leaf.holding(
        SystemPanel(
            code=system.code,
            name=system.name(language),
            clients=tuple(client_line(record, language) for _, record in of_it if record),
        )
        for system, of_it in groupby(leaf.lines, key=lambda line: line[0])
    )
