"""Agencies by the people who use their services, as outside readers see it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.coverage_data import Waiting, waiting_of
from idp.adoption.filters import Chosen
from idp.adoption.part import AdoptionPart
from idp.adoption.scored import UnitFigures, read_unit_figures
from idp.catalogue.lookup import list_agencies, list_services
from idp.catalogue.models import Agency, PublicService
from idp.figures.disclosure import STARRED, Cell, Shown, Voice, disclose
from idp.figures.frozen import Slice
from idp.figures.score import UnitKind
from idp.figures.sets import MONTHS
from idp.figures.slice_rows import Dimension
from idp.figures.slices import figures_by, slices
from idp.figures.sums_of_sign_ins import hidden_of_agencies, hidden_of_services
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


def usage_of(found: Slice, hidden: Collection[str]) -> Usage:
    """What is shown of it; `hidden`: counts of its sign-ins that sums would tell of."""
    active, ended = found.active.get(MONTHS, 0), found.outcomes
    succeeded = Shown.of(ended.success, ended.begun)

    def shown(name: str, count: int) -> Cell:
        return STARRED if name in hidden else disclose(count)

    return Usage(
        active=disclose(active),
        both=_both(found),
        begun=shown("begun", ended.begun),
        succeeded=succeeded.starred() if {"begun", "success"} & {*hidden} else succeeded,
        refused_level=shown("refused_level", ended.refused_level),
        refused=shown("refused", ended.refused),
        abandoned=shown("abandoned", ended.abandoned),
        said=Voice.of(found.said),
    )


def read_agencies(db: Session, chosen: Chosen, part: AdoptionPart) -> list[AgencyRow]:
    """Those of the tier that people used; first those of whose users the fewest use both tiers."""
    figures_of = figures_by(db, chosen.month, Dimension.AGENCY)
    used = slices(db, chosen.month, Dimension.AGENCY, cuts=figures_of)
    found = {UUID(each.code): each for each in used if each.code}
    hidden = hidden_of_agencies({each.code: each.outcomes for each in found.values()})
    tier = chosen.filters.tier
    agencies = [each for each in list_agencies(db, agency_ids=[*found]) if tier in ("", each.tier)]
    action_of, before = _actions(db, chosen), _before(db, chosen)
    ministries = read_unit_figures(db, chosen, UnitKind.MINISTRY, part)
    rows = [
        AgencyRow(
            a,
            usage := usage_of(found[a.id], hidden[str(a.id)]),
            action_of.get(a.id),
            change_of(usage.both, before.get(str(a.id))),
            ministries.get(str(a.id)),
            waiting_of(figures_of.get(str(a.id), {})),
        )
        for a in agencies
    ]
    return sorted(rows, key=_lowest_first)


def _before(db: Session, chosen: Chosen) -> dict[str, Shown]:
    """Of whose users how many used both tiers a month before, by id."""
    found = slices(db, chosen.before, Dimension.AGENCY) if chosen.before else []
    return {each.code: _both(each) for each in found}


def _both(found: Slice) -> Shown:
    return Shown.of(found.uni_used, found.active.get(MONTHS, 0))


def change_of(both: Shown, before: Shown | None) -> float | None:
    """As printed: of rates that are cut down to the decimals of both."""
    if before is None or both.percent is None or before.percent is None:
        return None
    decimals = min(both.decimals, before.decimals)
    return float(cut_down(both.percent, decimals) - cut_down(before.percent, decimals))


def own_services(db: Session, *, agency_id: UUID) -> list[PublicService]:
    """Those that stand in its sums: its own, none of agencies below it or of its systems."""
    found = list_services(db, agency_ids=[agency_id])
    return [each for each in found if each.agency_id == agency_id]


def read_services(db: Session, chosen: Chosen, *, agency_id: UUID) -> list[ServiceRow]:
    """The services of an agency that were used, most people first."""
    own = {str(each.id): each for each in own_services(db, agency_id=agency_id)}
    found = slices(db, chosen.month, Dimension.SERVICE, [*own]) if own else []
    hidden = hidden_of_services({each.code: each.outcomes for each in found})
    rows = [ServiceRow(own[each.code], usage_of(each, hidden[each.code])) for each in found]
    return sorted(rows, key=lambda row: (-(row.usage.active.value or 0), row.service.name_vi))


def read_action(db: Session, chosen: Chosen, *, agency_id: UUID) -> Told | None:
    """What the ministry or province of an agency could do itself that brings most."""
    told, unit = read_told(db, chosen.month), dict(units(db.connection())).get(agency_id)
    return told.best_of(DIMENSION_OF[unit[0]], unit[1]) if told and unit else None


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
