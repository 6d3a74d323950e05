"""Agencies by the people who use their services, as outside readers see it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.coverage_data import Waiting, waiting_of
from idp.adoption.filters import Chosen
from idp.adoption.part import AdoptionPart
from idp.adoption.scored import UnitFigures, read_unit_figures
from idp.catalogue.lookup import list_agencies, list_bearers, list_services
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
        both=Shown.of(found.uni_used, active),
        begun=shown("begun", ended.begun),
        succeeded=succeeded.starred() if {"begun", "success"} & {*hidden} else succeeded,
        refused_level=shown("refused_level", ended.refused_level),
        refused=shown("refused", ended.refused),
        abandoned=shown("abandoned", ended.abandoned),
        said=Voice.of(found.said),
    )


def read_agencies(db: Session, chosen: Chosen, part: AdoptionPart) -> list[AgencyRow]:
    """Those of the tier that people used; first those of whose users the fewest use both tiers."""
    found = {UUID(s.code): s for s in slices(db, chosen.month, Dimension.AGENCY) if s.code}
    hidden = hidden_of_agencies(found.values())
    tier = chosen.filters.tier
    agencies = [each for each in list_agencies(db, agency_ids=[*found]) if tier in ("", each.tier)]
    action_of, before = _actions(db, chosen), _before(db, chosen)
    figures = read_unit_figures(db, chosen, UnitKind.MINISTRY, part)
    systems = figures_by(db, chosen.month, Dimension.AGENCY)
    rows = [
        AgencyRow(
            a,
            usage := usage_of(found[a.id], hidden[str(a.id)]),
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
    found = {s.code: s for s in slices(db, chosen.month, Dimension.AGENCY)} if bearers else {}
    agency = next((each for each in bearers if str(each.id) in found), None)
    if agency is None:
        return None
    id_ = str(agency.id)
    usage = usage_of(found[id_], hidden_of_agencies(found.values())[id_])
    change = _change(usage, _before(db, chosen).get(id_))
    return AgencyRow(agency, usage, _actions(db, chosen).get(agency.id), change)


def _before(db: Session, chosen: Chosen) -> dict[str, Usage]:
    """How agencies were used a month before, by id; all are read, as sums hide some."""
    if chosen.before is None:
        return {}
    found = slices(db, chosen.before, Dimension.AGENCY)
    hidden = hidden_of_agencies(found)
    return {each.code: usage_of(each, hidden[each.code]) for each in found if each.code}


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


def own_services(db: Session, *, agency_id: UUID) -> list[PublicService]:
    """Those that stand in its sums: its own, none of agencies below it or of its systems."""
    found = list_services(db, agency_ids=[agency_id])
    return [each for each in found if each.agency_id == agency_id]


def read_services(db: Session, chosen: Chosen, *, agency_id: UUID) -> list[ServiceRow]:
    """The services of an agency that were used, most people first."""
    own = {str(each.id): each for each in own_services(db, agency_id=agency_id)}
    found = slices(db, chosen.month, Dimension.SERVICE, [*own]) if own else []
    hidden = hidden_of_services(found)
    rows = [ServiceRow(own[each.code], usage_of(each, hidden[each.code])) for each in found]
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
