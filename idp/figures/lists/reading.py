"""What a freeze had seen of the lists: of each system and month the newest version."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import Connection

from idp.figures.lists.models import (
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
class WindowLists:
    """Who stands in the lists of some months, by kind of subject."""

    served: Mapping[tuple[str, str], BitMap] = field(default_factory=dict)
    """(kind, system) → whom it served, by analytics number; who got an account since, too."""
    local: Mapping[str, BitMap] = field(default_factory=dict)
    """Kind → who signed in with a local account anywhere, likewise."""
    unknown: Mapping[str, BitMap] = field(default_factory=dict)
    """Kind → who has no account here, by numbers of their own."""

    def of(self, kind: str) -> BitMap:
        """Everybody of that kind who was served anywhere, and has an account."""
        some = [members for (each, _), members in self.served.items() if each == kind]
        return BitMap.union(BitMap(), *some)


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


def read_members(connection: Connection, lists: Iterable[Listed], known: Known) -> WindowLists:
    """Who stands in them; `known` as of the same snapshot."""
    system_of = {each.number: each.system for each in lists}
    served: dict[tuple[str, str], BitMap] = defaultdict(BitMap)
    local: dict[str, BitMap] = defaultdict(BitMap)
    strangers: dict[str, BitMap] = defaultdict(BitMap)
    sets = table_of(DeliveredSet).c
    rows = connection.execute(
        select(sets.list_number, sets.subject_kind, sets.name, sets.bitmap).where(
            sets.list_number.in_(list(system_of))
        )
    )
    for number, kind, name, bitmap in rows:
        members = BitMap.deserialize(bitmap)
        if name in {UNKNOWN, UNKNOWN_LOCAL}:
            met = known.get(kind, {})
            since = members & BitMap(met)
            unmet, members = members - since, BitMap(met[number] for number in since)
            if name == UNKNOWN:
                strangers[kind] |= unmet
        if name in {SERVED, UNKNOWN}:
            served[kind, system_of[number]] |= members
        else:
            local[kind] |= members
    return WindowLists(served, local, strangers)


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
