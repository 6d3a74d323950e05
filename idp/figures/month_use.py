"""Who did what in each month: bitmaps a month × dimension × kind of subject, united over windows.

Dimensions: `use` (`any`; `strong`, at LoA2 or higher; `central`, `local`, strong and for a service
of that tier), `end` (`level`, refused for the level only; `tried`, refused otherwise or given up),
`failed` (by reason and tier: `login_required central`), and, of strong successes, `agency`,
`service`, `party` (the connected application), `method`, `device` (its class) and `language`.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import TypeAlias

from pyroaring import BitMap
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from idp.catalogue.models import Tier
from idp.figures.days import month_start
from idp.figures.month_models import AdoptionMonthRead, AdoptionMonthSet
from idp.figures.sets import ORGANIZATION, PERSON
from idp.journal.models import Outcome
from idp.journal.month_replay import MonthUses, is_refused_for_level
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of

_TOGETHER = 100
"""Sets read at a time."""
STANDS_BY = frozenset({"use", "end", "failed"})
"""The dimensions that say where somebody stands: all that is needed of months long past."""
SetKey: TypeAlias = tuple[str, str, str]
"""Kind of subject, dimension, code."""


class MonthUse(defaultdict[SetKey, BitMap]):
    """Set key → subjects."""

    def __init__(self) -> None:
        super().__init__(BitMap)

    def add(self, uses: MonthUses, strong_acrs: frozenset[str]) -> None:
        """Take in one group of sign-ins."""
        for dimension, code in _sets(uses, strong_acrs):
            self[PERSON, dimension, code].update(uses.persons)
            if uses.organizations and dimension in {"use", "agency"}:
                self[ORGANIZATION, dimension, code].update(uses.organizations)

    @classmethod
    def union(cls, parts: Iterable["MonthUse"]) -> "MonthUse":
        """Who is in any of the parts."""
        bitmaps: dict[SetKey, list[BitMap]] = defaultdict(list)
        for key, bitmap in chain.from_iterable(part.items() for part in parts):
            bitmaps[key].append(bitmap)
        united = cls()
        united.update((key, BitMap.union(*several)) for key, several in bitmaps.items())
        return united

    def only(self, dimensions: Container[str]) -> "MonthUse":
        """The sets of those dimensions."""
        some = MonthUse()
        some.update((key, members) for key, members in self.items() if key[1] in dimensions)
        return some

    def of(self, kind: str, dimension: str) -> dict[str, BitMap]:
        """The sets of one dimension by code."""
        return {code: b for (k, d, code), b in self.items() if (k, d) == (kind, dimension)}


def months_of(months: Mapping[date, MonthUse], last: date, length: int) -> list[MonthUse]:
    """So many months, the last of them that of `last`, as far as they are there."""
    firsts = (month_start(last, months_before=n) for n in range(length))
    return [months[first] for first in firsts if first in months]


def window_of(
    months: Mapping[date, MonthUse], last: date, length: int, *, of: Container[str]
) -> MonthUse:
    """Who did what in so many months, the last of them that of `last`; in some dimensions."""
    return MonthUse.union(part.only(of) for part in months_of(months, last, length))


def load_month(
    connection: Connection, first: date, *, of: Collection[str] | None = None
) -> MonthUse:
    """The sets of the month that begins so, as far as it has been read; in some dimensions."""
    columns = table_of(AdoptionMonthSet).c
    statement = select(columns.subject_kind, columns.dimension, columns.code, columns.bitmap).where(
        columns.month_on == first
    )
    if of is not None:
        statement = statement.where(columns.dimension.in_(of))
    month = MonthUse()
    rows = connection.execute(statement.execution_options(yield_per=_TOGETHER))
    for kind, dimension, code, bitmap in rows:
        month[kind, dimension, code] = BitMap.deserialize(bitmap)
    return month


def save_months(
    connection: Connection, months: Mapping[date, MonthUse], *, last_on: date, read: Snapshot
) -> None:
    """Keep these months' sets, and how far the journal was read for them."""
    for month, use in months.items():
        connection.execute(
            delete(AdoptionMonthSet).where(
                AdoptionMonthSet.month_on == month,
                AdoptionMonthSet.dimension.in_({dimension for _, dimension, _ in use}),
            )
        )
    rows = [
        {
            "month_on": month,
            "subject_kind": kind,
            "dimension": dimension,
            "code": code,
            "bitmap": bitmap.serialize(),
        }
        for month, use in months.items()
        for (kind, dimension, code), bitmap in use.items()
    ]
    if rows:
        connection.execute(insert(AdoptionMonthSet), rows)
    connection.execute(delete(AdoptionMonthRead))
    told = {"last_on": last_on, "snapshot": read.text}
    connection.execute(insert(AdoptionMonthRead), told)


def find_last_reading(connection: Connection) -> Snapshot | None:
    """What the sets are made of; None as long as there are none."""
    row = connection.execute(
        select(AdoptionMonthRead.snapshot, AdoptionMonthRead.xact_id)
    ).one_or_none()
    return Snapshot(*row) if row else None


def _sets(uses: MonthUses, strong_acrs: frozenset[str]) -> Iterator[tuple[str, str]]:
    if uses.outcome != Outcome.SUCCESS:
        is_for_level = is_refused_for_level(uses.outcome, uses.reason)
        yield "end", "level" if is_for_level else "tried"
        if uses.tier is not None:
            tier = "local" if Tier(uses.tier).is_local else "central"
            yield "failed", f"{uses.reason or uses.outcome} {tier}"
        return
    yield "use", "any"
    if uses.acr not in strong_acrs:
        return
    yield "use", "strong"
    if uses.tier is not None:
        yield "use", "local" if Tier(uses.tier).is_local else "central"
    for dimension, code in (
        ("agency", uses.agency_id),
        ("service", uses.service_id),
        ("party", uses.relying_party_id),
        ("method", uses.method),
        ("device", uses.device_class),
        ("language", uses.language),
    ):
        if code:
            yield dimension, str(code)
