"""Frozen months counted again from the journal: as each freeze saw it, and as it is now.

As the freeze saw it, it must agree to the digit. What the journal gives now may differ: a fact came
late, a merge was found, a place corrected. That is told, and published with a reason alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.days import is_month_end, month_start
from idp.figures.freeze import (
    BasisOf,
    add_freeze,
    basis_for,
    basis_of_first,
    find_freeze,
    read_month_rows,
    recount_months,
    revise_month,
)
from idp.figures.lever_registry import read_offer
from idp.figures.models import AdoptionDay
from idp.figures.month_facts import Reader
from idp.figures.month_models import AdoptionMonth, AdoptionMonthSet
from idp.figures.month_use import save_months
from idp.figures.rules import CountingRules
from idp.figures.slice_rows import MonthRows, defined_by, hash_of
from idp.journal.record import record
from idp.journal.snapshots import Snapshot, take_snapshot
from idp.kit.db import table_of
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable


@immutable
class MonthDifference:
    """A row of a month that the journal does not give as it is published; None: there is none."""

    month: str
    revision: int
    dimension: str
    code: str
    subject_kind: str
    figure: str
    window: str
    published: int | None
    counted: int | None


@immutable
class VerifiedMonths:
    """What was compared; `altered` are freezes whose rows are not those that were hashed."""

    freezes: int
    rows: int
    differences: tuple[MonthDifference, ...]
    altered: tuple[str, ...]


@immutable
class RebuiltMonths:
    """Months that were frozen only now, what differs from the rest, and the revisions made."""

    added: tuple[date, ...]
    differences: tuple[MonthDifference, ...]
    revised: tuple[date, ...]


def verify_months(db: Session, month: date | None = None) -> VerifiedMonths:
    """Count every freeze of a month, or of all, again by what it had seen. Only reads.

    Raises InvalidInput for a month that is not frozen.
    """
    freezes = _freezes(db.connection(), month)
    if month is not None and not freezes:
        raise InvalidInput("This month is not frozen.", field="month")
    compared, differences, altered = 0, list[MonthDifference](), list[str]()
    for freeze, counted in _recounted(db.connection(), freezes):
        published = read_month_rows(db.connection(), freeze.number)
        compared += len(published.slices) + len(published.actions)
        differences += _differences(freeze, published, counted)
        if hash_of(freeze.month_on, published) != freeze.rows_hash:
            altered.append(f"{freeze.month_on:%Y-%m} ({freeze.revision})")
    return VerifiedMonths(len(freezes), compared, tuple(differences), tuple(altered))


def rebuild_months(db: Session, *, rules: CountingRules, reason: str = "") -> RebuiltMonths:
    """Freeze the closed months that never were, and tell how the others differ from today's count.

    With a reason those are revised. The sets are made again. The caller holds the rollup's lock.
    """
    connection = db.connection()
    read = take_snapshot(connection)
    stands = {freeze.month_on: freeze for freeze in _freezes(connection, None)}
    ends = _closed_months(connection)
    missing = [on for on in ends if on not in stands]
    reader = Reader(connection, rules, read)
    telling = reader.tell_answers(missing) if missing else reader
    newly = basis_for(connection, read_offer(connection, as_of=ends[-1])) if missing else None
    for last, rows in recount_months(telling, missing, newly) if newly else ():
        told = add_freeze(connection, last, rows, telling)
        record(db, event="month.frozen", counted=False, data=told)
    differences, revised = list[MonthDifference](), list[date]()
    for reader_of, months in _by_rules(connection, read, stands.values()):
        for last, rows in recount_months(reader_of, months, _as_first(connection, stands)):
            published = read_month_rows(connection, stands[last].number)
            found = list(_differences(stands[last], published, rows))
            differences += found
            if found and reason.strip():
                revise_month(db, last, rows, reason=reason, reader=reader_of)
                revised.append(last)
    _remake_sets(connection, reader, ends)
    return RebuiltMonths(tuple(missing), tuple(differences), tuple(revised))


def revise(db: Session, month: date, *, reason: str) -> tuple[int | None, list[MonthDifference]]:
    """Publish the month as the journal gives it now; the freeze's number, and what changed."""
    (revised,) = revise_months(db, [month], reason=reason)
    return revised


def revise_months(
    db: Session, months: Sequence[date], *, reason: str
) -> list[tuple[int | None, list[MonthDifference]]]:
    """The same of several months that count by the same rules, oldest first, read together."""
    connection = db.connection()
    stands = [find_freeze(connection, month) for month in months]
    if not stands or not all(stands):
        raise InvalidInput("This month is not frozen.", field="month")
    reader = Reader(connection, _rules(stands[0]), take_snapshot(connection))
    revised = []
    counted = recount_months(
        reader, months, _as_first(connection, dict(zip(months, stands, strict=True)))
    )
    for freeze, (month, rows) in zip(stands, counted, strict=True):
        changed = list(_differences(freeze, read_month_rows(connection, freeze.number), rows))
        number = revise_month(db, month, rows, reason=reason, reader=reader)
        revised.append((number, changed))
    return revised


def _freezes(connection: Connection, month: date | None) -> list[Any]:
    """Every freeze of one month or of all, as they were made: those of one closing together."""
    months = table_of(AdoptionMonth)
    statement = select(months).order_by(months.c.number)
    if month is not None:
        statement = statement.where(months.c.month_on == month)
    return list(connection.execute(statement))


def _recounted(connection: Connection, freezes: Sequence[Any]) -> Iterator[tuple[Any, MonthRows]]:
    """Months that one closing froze are counted together."""
    keyed = [((f.snapshot, f.xact_id, f.time_zone, tuple(f.strong_acrs)), f) for f in freezes]
    for _, group in groupby(keyed, key=lambda pair: pair[0]):
        together = [freeze for _, freeze in group]
        first = together[0]
        reader = Reader(connection, _rules(first), Snapshot(first.snapshot, first.xact_id))
        basis_of = _as_first(connection, {freeze.month_on: freeze for freeze in together})
        freeze_of = {freeze.month_on: freeze for freeze in together}
        for month, rows in recount_months(reader, [*freeze_of], basis_of):
            yield freeze_of[month], rows


def _by_rules(
    connection: Connection, read: Snapshot, stands: Iterable[Any]
) -> Iterator[tuple[Reader, list[date]]]:
    for rules, months in groupby(stands, key=_rules):
        yield Reader(connection, rules, read), [freeze.month_on for freeze in months]


def _rules(freeze: Any) -> CountingRules:
    return CountingRules(freeze.time_zone, frozenset(freeze.strong_acrs))


def _closed_months(connection: Connection) -> list[date]:
    days = connection.scalars(select(AdoptionDay.day_on).order_by(AdoptionDay.day_on))
    return [day for day in days if is_month_end(day)]


def _remake_sets(connection: Connection, reader: Reader, ends: Sequence[date]) -> None:
    connection.execute(delete(AdoptionMonthSet))
    for last in ends:
        found = reader.uses(month_start(last), last)
        save_months(connection, found, last_on=last, read=reader.seen_by)


def _as_first(connection: Connection, freezes: Mapping[date, Any]) -> BasisOf:
    return lambda last: basis_of_first(connection, freezes[last])


def _differences(
    freeze: Any, published: MonthRows, counted: MonthRows
) -> Iterator[MonthDifference]:
    """Of what could move the figure, the lever stands as the figure, its figure as the window."""
    published, counted = (
        defined_by(freeze.definitions_version, rows) for rows in (published, counted)
    )
    pairs: tuple[tuple[Mapping[Any, int], Mapping[Any, int]], ...] = (
        (published.slices, counted.slices),
        (published.actions, counted.actions),
    )
    for stands, found in pairs:
        for key in sorted({*stands, *found}):
            was, now = stands.get(key), found.get(key)
            if was != now:
                dimension, code, kind, figure, window = key
                named = f"{freeze.month_on:%Y-%m}", freeze.revision, dimension, code, kind
                yield MonthDifference(*named, figure, window, was, now)
