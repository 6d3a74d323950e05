"""The dated counts that rates are taken of: residents and enterprises, each with its source."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.figures.days import month_start
from idp.figures.models import Denominator
from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.kit.messages import N_

STALE_AFTER_MONTHS = 24


class DenominatorKind(StrEnum):
    """What was counted."""

    RESIDENTS = "residents"
    RESIDENTS_14 = "residents_14"
    """Residents of 14 years or more."""
    ENTERPRISES = "enterprises"


@dataclass(frozen=True)
class Population:
    """A count of everyone who could take part, on one date."""

    kind: DenominatorKind
    counted_on: date
    value: int
    source: str
    is_synthetic: bool = False

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
    """The newest count of that kind made on or before the day; None when there is none."""
    known = [p for p in populations if p.kind == kind and p.counted_on <= as_of]
    return max(known, key=lambda population: population.counted_on, default=None)


def list_populations(db: Session) -> list[Population]:
    """Every count, oldest first."""
    columns = [getattr(Denominator, field.name) for field in fields(Population)]
    rows = db.execute(select(*columns).order_by(Denominator.counted_on, Denominator.kind))
    return [Population(DenominatorKind(kind), *values) for kind, *values in rows]


def set_denominator(db: Session, population: Population) -> bool:
    """Record a count, replacing the one of the same kind and date; whether anything changed.

    Journaled with what it replaced. Raises InvalidInput, also where one of the two is synthetic and
    the other is not: its mark would be lost, or put on a real count.
    """
    if population.value <= 0:
        raise InvalidInput("A denominator must be greater than zero.", field="value")
    if not population.source.strip():
        raise InvalidInput("A denominator needs its source.", field="source")
    known = _lock_population(db, population.kind, population.counted_on)
    if known == population:
        return False
    if known is not None and known.is_synthetic is not population.is_synthetic:
        raise InvalidInput(
            "A count of the synthetic country and a real one cannot replace each other: choose "
            "another date.",
            field="counted_on",
        )
    statement = insert(Denominator).values(vars(population))
    new = statement.excluded
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "counted_on"],
            set_={"value": new.value, "source": new.source},
        )
    )
    data = {
        "kind": population.kind.value,
        "counted_on": population.counted_on.isoformat(),
        "value": population.value,
        "replaced": known.value if known else None,
    }
    record(db, event="denominator.set", counted=False, data=data)
    return True


def load_published(db: Session) -> list[Population]:
    """Record the official counts; those that this changed."""
    return [population for population in PUBLISHED if set_denominator(db, population)]


def _lock_population(db: Session, kind: DenominatorKind, counted_on: date) -> Population | None:
    row = db.scalar(
        select(Denominator)
        .where(Denominator.kind == kind, Denominator.counted_on == counted_on)
        .with_for_update()
    )
    if row is None:
        return None
    return Population(kind, counted_on, row.value, row.source, row.is_synthetic)
