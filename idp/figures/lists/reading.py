"""What a freeze had seen of the lists: of each system and month the newest version."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import TypeAlias
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import Connection

from idp.figures.lists.models import (
    LOCAL,
    SERVED,
    UNKNOWN,
    UNKNOWN_LOCAL,
    DeliveredList,
    DeliveredSet,
    ListedKnown,
)
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of
from idp.kit.immutable import immutable

_TOGETHER = 36
"""Sets read at a time: of one system, those of twelve months."""
Known: TypeAlias = Mapping[str, Mapping[int, int]]
"""Kind → number of who had no account → analytics number of the one they have since."""


@immutable
class Listed:
    """A list as it stood."""

    number: int
    system: str
    month_on: date
    version: int
    delivered_at: datetime
    lines: int
    local_sign_ins: int


@immutable
class SystemLists:
    """Who stands in one system's lists of some months, by kind of subject."""

    system: str
    served: Mapping[str, BitMap]
    """Whom it served, by analytics number; who got an account since, too."""
    local: Mapping[str, BitMap]
    """Who signed in there with a local account, likewise."""
    unknown: Mapping[str, BitMap]
    """Who has no account here, by numbers of their own."""

    def of(self, kind: str) -> BitMap:
        """Everybody of that kind who was served there, and has an account."""
        return self.served.get(kind, BitMap())


def read_lists(
    connection: Connection,
    *,
    first: date,
    last: date,
    seen_by: Snapshot | None = None,
    systems: Collection[UUID] | None = None,
) -> list[Listed]:
    """The lists of months that end from `first` to `last`, as the snapshot saw them; or as now."""
    lists = table_of(DeliveredList).c
    newest = (
        select(
            lists.number,
            lists.system_id,
            lists.month_on,
            lists.version,
            lists.delivered_at,
            lists.lines,
            lists.local_sign_ins,
        )
        .ext(distinct_on(lists.system_id, lists.month_on))
        .where(lists.month_on.between(first, last))
        .order_by(lists.system_id, lists.month_on, lists.version.desc())
    )
    if seen_by is not None:
        newest = newest.where(seen_by.has_seen(lists.xact_id))
    if systems is not None:
        newest = newest.where(lists.system_id.in_(systems))
    return [Listed(row[0], str(row[1]), *row[2:]) for row in connection.execute(newest)]


def read_members(
    connection: Connection, lists: Iterable[Listed], known: Known
) -> Iterator[SystemLists]:
    """Who stands in them, system by system; `known` as of the same snapshot.

    Memory holds one system's lists at a time.
    """
    system_of = {each.number: each.system for each in lists}
    met = {kind: BitMap(numbers) for kind, numbers in known.items()}
    sets, delivered = table_of(DeliveredSet).c, table_of(DeliveredList).c
    rows = connection.execute(
        select(sets.list_number, sets.subject_kind, sets.name, sets.bitmap)
        .join_from(
            table_of(DeliveredSet),
            table_of(DeliveredList),
            delivered.number == sets.list_number,
        )
        .where(sets.list_number.in_(list(system_of)))
        .order_by(delivered.system_id)
        .execution_options(yield_per=_TOGETHER)
    )
    for system, some in groupby(rows, key=lambda row: system_of[row.list_number]):
        members: dict[str, dict[str, BitMap]] = defaultdict(lambda: defaultdict(BitMap))
        for _, kind, name, bitmap in some:
            members[name][kind] |= BitMap.deserialize(bitmap)
        yield _of_system(system, members, known, met)


def _of_system(
    system: str,
    members: Mapping[str, dict[str, BitMap]],
    known: Known,
    met: Mapping[str, BitMap],
) -> SystemLists:
    for name, of_known in ((UNKNOWN, SERVED), (UNKNOWN_LOCAL, LOCAL)):
        for kind, unknown in members[name].items():
            since = unknown & met.get(kind, BitMap())
            members[of_known][kind] |= BitMap(known[kind][number] for number in since)
            unknown.difference_update(since)
    return SystemLists(system, members[SERVED], members[LOCAL], members[UNKNOWN])


def read_known(connection: Connection, *, seen_by: Snapshot) -> Known:
    """Of whom without an account the snapshot knew that they have one since."""
    known = table_of(ListedKnown).c
    rows = connection.execute(
        select(known.subject_kind, known.unknown_number, known.subject_number).where(
            seen_by.has_seen(known.xact_id)
        )
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for kind, unknown, subject in rows:
        found[kind][unknown] = subject
    return found
