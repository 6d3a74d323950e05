"""Systems with the lists they owe and what goes past this sign-in, as outside readers see it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from idp.adoption.filters import Chosen
from idp.catalogue.lookup import list_agencies, list_every_system
from idp.catalogue.models import Agency, InformationSystem
from idp.figures.disclosure import Shown
from idp.figures.lists.behind import list_delivered
from idp.figures.sets import AT_DAY
from idp.figures.slice_rows import MONTH_BEFORE, YEAR, Dimension
from idp.figures.slices import FigureOf, figures_by
from idp.figures.stated import systems_of
from idp.figures.system_counts import SYSTEM, Systems, owed_months, who_owes
from idp.kit.immutable import immutable

Figures = Mapping[FigureOf, int]


@immutable
class SystemRow:
    """A system that owed lists."""

    system: InformationSystem
    agency: Agency
    due: int
    delivered: int
    on_time: int
    missing: tuple[date, ...]
    """The last days of months without a list, the newest first."""
    leak: Shown
    """Sign-ins with local accounts of all, in the month before; unknown without its list."""


@immutable
class Waiting:
    """How long requests wait until a system is live, over 12 months; counts of systems."""

    live: int
    days: int | None
    """The median; None: none went live."""
    due: int
    in_time: int


def leak_of(figures: Figures) -> Shown:
    """Sign-ins past this one, of all; by whatever was delivered for the month before."""
    every = figures.get(("sign_in", "LEAK_OF", MONTH_BEFORE))
    local = figures.get(("sign_in", "LOCAL", MONTH_BEFORE), 0) if every else None
    return Shown.of(local, every)


def waiting_of(figures: Figures) -> Waiting:
    """Of an agency, or of the country."""
    live = figures.get((SYSTEM, "LIVE", YEAR), 0)
    return Waiting(
        live=live,
        days=figures.get((SYSTEM, "LEAD_DAYS", YEAR), 0) if live else None,
        due=figures.get((SYSTEM, "LIVE_DUE", YEAR), 0),
        in_time=figures.get((SYSTEM, "LIVE_IN_TIME", YEAR), 0),
    )


def read_systems(
    db: Session, chosen: Chosen, *, agency_ids: Collection[UUID] | None = None
) -> list[SystemRow]:
    """The systems that owed lists, of these agencies or of all; first who lacks most."""
    found = figures_by(db, chosen.month, Dimension.SYSTEM)
    owing = {c: f for c, f in found.items() if f.get((SYSTEM, "LISTS_DUE", YEAR))}
    systems = [
        system
        for system in list_every_system(db)
        if str(system.id) in owing and (agency_ids is None or system.agency_id in agency_ids)
    ]
    agencies = {a.id: a for a in list_agencies(db, agency_ids={s.agency_id for s in systems})}
    owed = _owed(systems_of(db, chosen.month))
    lists = list_delivered(db, chosen.month, systems=[system.id for system in systems])
    delivered = {(each.system, each.month_on) for each in lists}
    rows = [
        _row(system, agencies[system.agency_id], owing[str(system.id)], owed, delivered)
        for system in systems
    ]
    return sorted(rows, key=lambda row: (-len(row.missing), row.agency.code, row.system.code))


def exclusive_by_tier(found: Mapping[str, Figures]) -> list[tuple[str, int, int]]:
    """Tier, systems with this sign-in alone, systems that need a sign-in."""
    return [
        (
            tier,
            figures.get((SYSTEM, "SYSTEMS_EXCLUSIVE", AT_DAY), 0),
            figures.get((SYSTEM, "SYSTEMS", AT_DAY), 0),
        )
        for tier, figures in found.items()
    ]


def _owed(systems: Systems) -> dict[str, list[date]]:
    """System → the months whose lists it owed, the newest first; not those in which it stopped."""
    owed: dict[str, list[date]] = {}
    for month in owed_months(systems.last_on):
        for system in who_owes(systems, month):
            owed.setdefault(system, []).append(month)
    return owed


def _row(
    system: InformationSystem,
    agency: Agency,
    figures: Figures,
    owed: Mapping[str, Sequence[date]],
    delivered: Collection[tuple[str, date]],
) -> SystemRow:
    months = owed.get(str(system.id), ())
    return SystemRow(
        system=system,
        agency=agency,
        due=figures.get((SYSTEM, "LISTS_DUE", YEAR), 0),
        delivered=figures.get((SYSTEM, "LISTS_DELIVERED", YEAR), 0),
        on_time=figures.get((SYSTEM, "LISTS_ON_TIME", YEAR), 0),
        missing=tuple(m for m in months if (str(system.id), m) not in delivered),
        leak=leak_of(figures),
    )
