"""The dated counts that rates are taken of: residents and enterprises, each with its source."""

from collections.abc import Sequence
from dataclasses import field, fields, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.figures.days import DAY, month_start
from idp.figures.models import AdoptionDay, Denominator
from idp.figures.published import open_revision
from idp.figures.rollup import LOCK
from idp.journal.record import record
from idp.kit.db import table_of, wait_for_lock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_

STALE_AFTER_MONTHS = 24


class DenominatorKind(StrEnum):
    """What was counted."""

    RESIDENTS = "residents"
    RESIDENTS_14 = "residents_14"
    """Residents of 14 years or more."""
    ENTERPRISES = "enterprises"


@immutable
class Population:
    """A count of everyone who could take part, on one date.

    Two that say the same are equal, whichever version they are and since when they hold.
    """

    kind: DenominatorKind
    counted_on: date
    value: int
    source: str
    is_synthetic: bool = False
    version: int = field(default=1, compare=False)
    in_force_on: date | None = field(default=None, compare=False)
    """The first day whose rates take it; None: every day from `counted_on` on."""
    revision: int = field(default=0, compare=False)

    def holds_on(self, day: date) -> bool:
        """Whether the rates of that day may take it."""
        return self.counted_on <= day and (self.in_force_on is None or self.in_force_on <= day)

    def is_stale(self, as_of: date) -> bool:
        """Whether it is older than 24 months on that day; the rate is then flagged."""
        return (self.counted_on.replace(day=1), self.counted_on.day) < (
            month_start(as_of, months_before=STALE_AFTER_MONTHS),
            as_of.day,
        )


_CENSUS = N_("Population and housing census")
_BUSINESS_REGISTER = N_("Active enterprises in the business register")
PUBLISHED = (
    Population(DenominatorKind.RESIDENTS, date(2019, 4, 1), 96_208_984, _CENSUS),
    Population(DenominatorKind.ENTERPRISES, date(2018, 12, 31), 714_755, _BUSINESS_REGISTER),
    Population(DenominatorKind.ENTERPRISES, date(2019, 12, 31), 758_610, _BUSINESS_REGISTER),
)
"""The official counts that come with the product."""

SYNTHETIC_SOURCE = N_("Synthetic country of the demo, at 1 : 2,000")
"""The source of the demo's denominators."""


def find_population(
    populations: Sequence[Population], kind: DenominatorKind, as_of: date
) -> Population | None:
    """The newest count of that kind that holds on the day; None when there is none."""
    known = [p for p in populations if p.kind == kind and p.holds_on(as_of)]
    return max(known, key=lambda p: (p.counted_on, p.version), default=None)


def list_populations(db: Session) -> list[Population]:
    """Every count in every version, oldest first."""
    columns = [getattr(Denominator, each.name) for each in fields(Population)]
    order = (Denominator.counted_on, Denominator.kind, Denominator.version)
    rows = db.execute(select(*columns).order_by(*order))
    return [Population(DenominatorKind(kind), *values) for kind, *values in rows]


@immutable
class Kept:
    """A published day and the count its rates were taken of, where the new one is another."""

    day_on: date
    population: Population | None


@immutable
class Recorded:
    """A count as it was recorded, and the published days it concerns.

    They took another count: they keep it, unless the recording is a revision. Or they had none.
    """

    population: Population
    published: tuple[Kept, ...]


def set_denominator(db: Session, population: Population, *, reason: str = "") -> Recorded | None:
    """Record a count beside those of the same kind and date; None when it is known already.

    Published days keep the count they had: the new one holds from the next day that is closed. Only
    with a reason it holds for them too, as a revision. Where they had none it fills the gap.
    Journaled with what it replaces. Raises InvalidInput, also where one of the two is synthetic and
    the other is not: its mark would be lost, or put on a real count.
    """
    if population.value <= 0:
        raise InvalidInput("A denominator must be greater than zero.", field="value")
    if not population.source.strip():
        raise InvalidInput("A denominator needs its source.", field="source")
    wait_for_lock(db.connection(), LOCK)
    everything = list_populations(db)
    same = [p for p in everything if (p.kind, p.counted_on) == _key(population)]
    known = same[-1] if same else None
    if known == population and (known.in_force_on is None or not reason.strip()):
        return None
    if known is not None and known.is_synthetic is not population.is_synthetic:
        raise InvalidInput(
            "A count of the synthetic country and a real one cannot replace each other: choose "
            "another date.",
            field="counted_on",
        )
    new = replace(population, version=len(same) + 1, in_force_on=None, revision=0)
    published = _published_otherwise(db, everything, new)
    if any(kept.population for kept in published):
        if reason.strip():
            days = (kept.day_on for kept in published)
            new = replace(new, revision=open_revision(db, reason=reason, days=days))
        else:
            new = replace(new, in_force_on=published[-1].day_on + DAY)
    db.execute(insert(table_of(Denominator)), vars(new))
    _journal(db, new, known)
    return Recorded(new, published)


def load_published(db: Session) -> list[Population]:
    """Record the official counts; those that this changed."""
    return [population for population in PUBLISHED if set_denominator(db, population)]


def _key(population: Population) -> tuple[DenominatorKind, date]:
    return population.kind, population.counted_on


def _published_otherwise(
    db: Session, known: Sequence[Population], new: Population
) -> tuple[Kept, ...]:
    """The closed days whose rates would be taken of it, oldest first, with what they took."""
    days = db.scalars(
        select(AdoptionDay.day_on)
        .where(AdoptionDay.day_on >= new.counted_on)
        .order_by(AdoptionDay.day_on)
    )
    told = []
    for day in days:
        taken = find_population(known, new.kind, day)
        if taken != new and find_population((*known, new), new.kind, day) is new:
            told.append(Kept(day, taken))
    return tuple(told)


def _journal(db: Session, new: Population, replaced: Population | None) -> None:
    data = {
        "kind": new.kind.value,
        "counted_on": new.counted_on.isoformat(),
        "value": new.value,
        "replaced": replaced.value if replaced else None,
    }
    if new.in_force_on is not None:
        data["in_force_on"] = new.in_force_on.isoformat()
    record(db, event="denominator.set", counted=False, data=data)
