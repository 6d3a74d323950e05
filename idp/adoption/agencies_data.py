"""Agencies by the people who use their services, as outside readers see it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from idp.adoption.filters import Chosen
from idp.catalogue.lookup import list_agencies, list_services
from idp.catalogue.models import Agency, PublicService
from idp.figures.disclosure import Cell, Shown, disclose
from idp.figures.frozen import Slice
from idp.figures.sets import MONTHS
from idp.figures.slice_rows import Dimension
from idp.figures.slices import slices


@dataclass(frozen=True)
class Usage:
    """How an agency, or a service, is used."""

    active: Cell
    """Proven people with a sign-in at the level there, in 12 months."""
    both: Shown
    """Of those, who uses both tiers."""
    begun: Cell
    """Sign-ins of the month; they are counted, not people."""
    succeeded: Shown
    refused_level: Cell
    """Refused for the level alone."""
    refused: Cell
    """Otherwise."""
    abandoned: Cell


@dataclass(frozen=True)
class AgencyRow:
    """An agency in the ranking."""

    agency: Agency
    usage: Usage


@dataclass(frozen=True)
class ServiceRow:
    """A service of an agency."""

    service: PublicService
    usage: Usage


def usage_of(found: Slice) -> Usage:
    """What is shown of it."""
    active, ended = found.active.get(MONTHS, 0), found.outcomes
    return Usage(
        active=disclose(active),
        both=Shown.of(found.uni_used, active),
        begun=disclose(ended.begun),
        succeeded=Shown.of(ended.success, ended.begun),
        refused_level=disclose(ended.refused_level),
        refused=disclose(ended.refused),
        abandoned=disclose(ended.abandoned),
    )


def read_agencies(db: Session, chosen: Chosen) -> list[AgencyRow]:
    """Those whose services were used; first those of whose users the fewest use both tiers."""
    found = {UUID(s.code): s for s in slices(db, chosen.month, Dimension.AGENCY) if s.code}
    agencies = list_agencies(db, agency_ids=[*found])
    return sorted((AgencyRow(a, usage_of(found[a.id])) for a in agencies), key=_lowest_first)


def read_services(db: Session, chosen: Chosen, *, agency_id: UUID) -> list[ServiceRow]:
    """The services of an agency that were used, most people first."""
    found = {UUID(s.code): s for s in slices(db, chosen.month, Dimension.SERVICE) if s.code}
    rows = [
        ServiceRow(service, usage_of(found[service.id]))
        for service in list_services(db, agency_ids=[agency_id])
        if service.agency_id == agency_id and service.id in found
    ]
    return sorted(rows, key=lambda row: (-(row.usage.active.value or 0), row.service.name_vi))


def _lowest_first(row: AgencyRow) -> tuple[bool, float, str]:
    percent = row.usage.both.percent
    return percent is None, percent or 0, row.agency.code
