"""Freezing months: what is published of a month stays, and what is found late stands beside it.

A month is frozen as its last day is closed, from everything dated in it that this closing saw. To
publish what was found since is a revision: a freeze of its own, with its reason. The caller holds
the rollup's lock.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.action_rows import Offer, read_actions, read_cases
from idp.figures.closings import Closing
from idp.figures.days import DAY, local_day, month_end, month_start
from idp.figures.digests import post_digests
from idp.figures.ground import CASE
from idp.figures.lever_facts import MONTHS_READ, Basis, Past, ends_before
from idp.figures.lever_registry import read_offer
from idp.figures.month_facts import Reader
from idp.figures.month_models import AdoptionMonth
from idp.figures.month_use import (
    STANDS_BY,
    MonthUse,
    find_last_reading,
    load_month,
    save_months,
)
from idp.figures.slice_rows import (
    DEFINITIONS_VERSION,
    WINDOWS,
    MonthRows,
    code_version,
    defined_by,
    hash_of,
    read_rows,
    write_rows,
)
from idp.journal.record import copy_entries, entry, record
from idp.journal.snapshots import Snapshot
from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.errors import InvalidInput

_BEFORE = max(WINDOWS.values()) - 1
"""So many months before a month are in its longest window."""
BasisOf: TypeAlias = Callable[[date], Basis]
"""Month → what its levers rest on beside the journal; asked for as the month's turn comes."""


def freeze_months(connection: Connection, closing: Closing, months: Sequence[date]) -> None:
    """Freeze the months that end on these days, oldest first, from the sets and what is new."""
    if not months:
        return
    reader = Reader(connection, closing.rules, closing.read).tell_answers(months)
    sets = _Sets.read(reader, months)
    registry, past = reader.registry(), Past(months)
    basis_of = basis_for(connection, read_offer(connection, as_of=closing.last))
    for last, standing in reader.standings([*ends_before(months[0]), *months]):
        if last > months[0]:
            sets.take(month_start(last), last, unseen_by=closing.read)
        sets.reach(last)
        past.add(last, standing, sets.uses)
        if last < months[0]:
            continue
        slices = reader.count(last, standing, sets.uses, registry)
        basis, lists = basis_of(last), reader.served(last)
        actions = past.actions(last, standing, sets.uses, slices, basis=basis, lists=lists)
        told = add_freeze(connection, last, MonthRows(slices, actions), reader)
        copy_entries(connection, [entry(event="month.frozen", counted=False, data=told)])
    touched = {month: sets.uses[month] for month in sets.touched}
    save_months(connection, touched, last_on=months[-1], read=closing.read)


@dataclass
class _Sets:
    """The sets of months as they are kept, with what is new in them; those that are asked for."""

    reader: Reader
    oldest: date
    full_from: date
    """Of months before it only what says where somebody stands."""
    uses: dict[date, MonthUse] = field(default_factory=dict)
    touched: set[date] = field(default_factory=set)

    @classmethod
    def read(cls, reader: Reader, months: Sequence[date]) -> "_Sets":
        """What came since sets were kept is read from the journal."""
        oldest = month_start(months[0], months_before=MONTHS_READ - 1)
        full_from = month_start(months[0], months_before=_BEFORE)
        sets, before = cls(reader, oldest, full_from), find_last_reading(reader.connection)
        if before is None:
            for ago in range(MONTHS_READ - 1, 0, -1):
                first = month_start(months[0], months_before=ago)
                sets.take(first, month_end(first))
        sets.take(month_start(months[0]), months[0], unseen_by=before)
        return sets

    def take(self, first: date, last: date, *, unseen_by: Snapshot | None = None) -> None:
        """Read the months from `first` to `last`, and what that snapshot had not seen before."""
        for month, use in self.reader.uses(first, last, unseen_by=unseen_by).items():
            if month >= self.oldest:
                self.touched.add(month)
                self._load(month)
                known = use if month >= self.full_from else use.only(STANDS_BY)
                for key, members in known.items():
                    self.uses[month][key] |= members

    def reach(self, last: date) -> None:
        """Have the months that the one that ends with `last` asks for; let go of those before."""
        for ago in range(_BEFORE + CASE, -1, -1):
            month = month_start(last, months_before=ago)
            if month >= self.oldest:
                self._load(month)
        oldest = month_start(last, months_before=_BEFORE + CASE)
        for month in [month for month in self.uses if month < oldest]:
            if month not in self.touched:
                del self.uses[month]

    def _load(self, month: date) -> None:
        if month not in self.uses:
            of = None if month >= self.full_from else STANDS_BY
            self.uses[month] = load_month(self.reader.connection, month, of=of)


def basis_for(connection: Connection, offer: Offer) -> BasisOf:
    """Of months that are frozen now: what the registry offers, and the cases of months before."""

    def basis_of(last: date) -> Basis:
        number = next_number(connection)
        return Basis(offer, read_cases(connection, before=number, last=last))

    return basis_of


def basis_of_first(connection: Connection, freeze: Any) -> Basis:
    """Of a freeze as it was, and of every revision: as its month was published first."""
    first = find_freeze(connection, freeze.month_on, revision=0)
    number = first.number if first else freeze.number
    offer = Offer.kept(read_actions(connection, freeze.number))
    return Basis(offer, read_cases(connection, before=number, last=freeze.month_on))


def recount_months(
    reader: Reader, months: Sequence[date], basis_of: BasisOf
) -> Iterator[tuple[date, MonthRows]]:
    """The rows of these months, from the journal alone: no set that is kept is asked.

    Of following months each is read once, and memory holds those of one window; of the months
    before, where people stood alone.
    """
    wanted = set(months)
    ends = sorted(wanted.union(*(ends_before(last) for last in months))) if months else []
    uses: dict[date, MonthUse] = {}
    registry, past = reader.registry(), Past(months)
    for last, standing in reader.standings(ends):
        for before in range(_BEFORE, -1, -1):
            month = month_start(last, months_before=before)
            if month not in uses:
                uses[month] = MonthUse()
                uses |= reader.uses(month, month_end(month))
        past.add(last, standing, uses)
        if last in wanted:
            slices = reader.count(last, standing, uses, registry)
            basis, lists = basis_of(last), reader.served(last)
            actions = past.actions(last, standing, uses, slices, basis=basis, lists=lists)
            yield last, MonthRows(slices, actions)
        for month in [*uses]:
            if month <= month_start(last, months_before=_BEFORE + CASE):
                del uses[month]
            elif month <= month_start(last, months_before=_BEFORE):
                uses[month] = uses[month].only(STANDS_BY)


def revise_month(
    db: Session, last: date, rows: MonthRows, *, reason: str, reader: Reader
) -> int | None:
    """Publish these rows of the month, as the reader counts them; None when they are what stands.

    Journaled. Raises InvalidInput without a reason, or for a month that was never frozen.
    """
    if not reason.strip():
        raise InvalidInput("A revision needs its reason.", field="reason")
    stands = find_freeze(db.connection(), last)
    if stands is None:
        raise InvalidInput("This month is not frozen.", field="month")
    version, published = stands.definitions_version, read_month_rows(db.connection(), stands.number)
    if defined_by(version, rows) == defined_by(version, published):
        return None
    told = add_freeze(
        db.connection(), last, rows, reader, revision=stands.revision + 1, reason=reason.strip()
    )
    record(db, event="month.frozen", counted=False, data=told)
    return int(told["freeze"])


def read_month_rows(connection: Connection, freeze: int) -> MonthRows:
    """All that is published of a freeze."""
    return MonthRows(read_rows(connection, freeze), read_actions(connection, freeze))


def next_number(connection: Connection) -> int:
    """Of the freeze to come."""
    return (connection.scalar(select(func.max(AdoptionMonth.number))) or 0) + 1


def find_freeze(connection: Connection, last: date, *, revision: int | None = None) -> Any:
    """The freeze of the month that ends on that day: the newest, or of that revision; or None."""
    months = table_of(AdoptionMonth)
    statement = select(months).where(months.c.month_on == last)
    if revision is not None:
        statement = statement.where(months.c.revision == revision)
    return connection.execute(statement.order_by(months.c.revision.desc()).limit(1)).one_or_none()


def add_freeze(
    connection: Connection,
    last: date,
    rows: MonthRows,
    reader: Reader,
    *,
    revision: int = 0,
    reason: str = "",
) -> dict[str, Any]:
    """Write a freeze; what its caller tells the journal (`month.frozen`)."""
    number = next_number(connection)
    digest = hash_of(last, rows)
    connection.execute(
        insert(AdoptionMonth),
        {
            "number": number,
            "month_on": last,
            "revision": revision,
            "reason": reason,
            "frozen_at": clock.now(),
            "snapshot": reader.seen_by.text,
            "time_zone": reader.rules.time_zone,
            "strong_acrs": sorted(reader.rules.strong_acrs),
            "code_version": code_version(),
            "definitions_version": DEFINITIONS_VERSION,
            "rows_hash": digest,
        },
    )
    write_rows(connection, number, rows.slices)
    write_rows(connection, number, rows.actions)
    today = local_day(clock.now(), reader.rules.time_zone)
    if last == month_start(today) - DAY:
        post_digests(connection, freeze=number, today=today)
    return {
        "month": f"{last:%Y-%m}",
        "freeze": number,
        "revision": revision,
        "reason": reason,
        "sha256": digest.hex(),
    }
