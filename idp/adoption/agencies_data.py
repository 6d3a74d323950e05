"""Agencies by the people who use their services, as outside readers see it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.coverage_data import Waiting, waiting_of
from idp.adoption.filters import Chosen
from idp.adoption.part import AdoptionPart
from idp.adoption.scored import UnitFigures, read_unit_figures
from idp.catalogue.lookup import list_agencies, list_bearers, list_services
from idp.catalogue.models import Agency, PublicService
from idp.figures.disclosure import Cell, Shown, Voice, blurred, disclose
from idp.figures.frozen import Slice
from idp.figures.score import UnitKind
from idp.figures.sets import MONTHS
from idp.figures.slice_rows import Dimension
from idp.figures.slices import figures_by, slices
from idp.figures.units import DIMENSION_OF, units
from idp.kit.immutable import immutable
from idp.kit.shares import cut_down


@immutable
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
    said: Voice


@immutable
class AgencyRow:
    """An agency in the ranking."""

    agency: Agency
    usage: Usage
    action: Told | None = None
    """What its ministry or province could do itself that brings most."""
    change: float | None = None
    """Percent points of `both` since the month before, as printed."""
    figures: UnitFigures | None = None
    """Of a ministry, with all agencies below it."""
    waiting: Waiting | None = None


@immutable
class ServiceRow:
    """A service of an agency."""

    service: PublicService
    usage: Usage


def usage_of(found: Slice) -> Usage:
    """What is shown of it."""
    active, ended = found.active.get(MONTHS, 0), found.outcomes
    how = blurred(
        {
            "succeeded": ended.success,
            "refused_level": ended.refused_level,
            "refused": ended.refused,
            "abandoned": ended.abandoned,
        }
    )
    succeeded = Shown.of(ended.success, ended.begun)
    return Usage(
        active=disclose(active),
        both=Shown.of(found.uni_used, active),
        begun=disclose(ended.begun),
        succeeded=succeeded.starred() if how["succeeded"].is_suppressed else succeeded,
        refused_level=how["refused_level"],
        refused=how["refused"],
        abandoned=how["abandoned"],
        said=Voice.of(found.said),
    )


def read_agencies(db: Session, chosen: Chosen, part: AdoptionPart) -> list[AgencyRow]:
    """Those of the tier that people used; first those of whose users the fewest use both tiers."""
    found = {UUID(s.code): s for s in slices(db, chosen.month, Dimension.AGENCY) if s.code}
    tier = chosen.filters.tier
    agencies = [each for each in list_agencies(db, agency_ids=[*found]) if tier in ("", each.tier)]
    action_of, before = _actions(db, chosen), _before(db, chosen)
    figures = read_unit_figures(db, chosen, UnitKind.MINISTRY, part)
    systems = figures_by(db, chosen.month, Dimension.AGENCY)
    rows = [
        AgencyRow(
            a,
            usage := usage_of(found[a.id]),
            action_of.get(a.id),
            _change(usage, before.get(str(a.id))),
            figures.get(str(a.id)),
            waiting_of(systems.get(str(a.id), {})),
        )
        for a in agencies
    ]
    return sorted(rows, key=_lowest_first)


def read_agency(db: Session, chosen: Chosen, *, code: str) -> AgencyRow | None:
    """The agency that bears the code, if its services were used; else who bore it before."""
    bearers = list_bearers(db, code=code)
    codes = [str(agency.id) for agency in bearers]
    found = {s.code: s for s in slices(db, chosen.month, Dimension.AGENCY, codes)} if codes else {}
    agency = next((each for each in bearers if str(each.id) in found), None)
    if agency is None:
        return None
    usage = usage_of(found[str(agency.id)])
    change = _change(usage, _before(db, chosen, codes).get(str(agency.id)))
    return AgencyRow(agency, usage, _actions(db, chosen).get(agency.id), change)


def _before(db: Session, chosen: Chosen, codes: Sequence[str] = ()) -> dict[str, Usage]:
    """How agencies were used a month before, by id."""
    if chosen.before is None:
        return {}
    found = slices(db, chosen.before, Dimension.AGENCY, codes)
    return {each.code: usage_of(each) for each in found}


def _change(usage: Usage, before: Usage | None) -> float | None:
    """As printed: of rates that are cut down to the decimals of both."""
    if before is None:
        return None
    decimals = min(usage.both.decimals, before.both.decimals)
    now, then = (
        None if each.percent is None else cut_down(each.percent, decimals)
        for each in (usage.both, before.both)
    )
    return None if now is None or then is None else float(now - then)


def read_services(db: Session, chosen: Chosen, *, agency_id: UUID) -> list[ServiceRow]:
    """The services of an agency that were used, most people first."""
    own = {str(s.id): s for s in list_services(db, agency_ids=[agency_id])}
    found = slices(db, chosen.month, Dimension.SERVICE, [*own]) if own else []
    rows = [
        ServiceRow(own[each.code], usage_of(each))
        for each in found
        if own[each.code].agency_id == agency_id
    ]
    return sorted(rows, key=lambda row: (-(row.usage.active.value or 0), row.service.name_vi))


def _actions(db: Session, chosen: Chosen) -> dict[UUID, Told]:
    told = read_told(db, chosen.month)
    if told is None:
        return {}
    found = {
        agency: told.best_of(DIMENSION_OF[kind], code)
        for agency, (kind, code) in units(db.connection())
    }
    return {agency: action for agency, action in found.items() if action is not None}


def _lowest_first(row: AgencyRow) -> tuple[bool, float, str]:
    percent = row.usage.both.percent
    return percent is None, percent or 0, row.agency.code
