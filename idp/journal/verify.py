"""Recomputing the hash chain over the whole journal."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from idp.journal.models import JournalEntry, JournalSeal
from idp.journal.seal import GENESIS, SealedSpan, read_lines


@dataclass(frozen=True)
class Verification:
    """What a recomputation found. `problem` is empty when every seal holds.

    `head_hash` is the newest seal's hash: written down outside the database, and given to a later
    verification, it proves that no seals were cut off the end.
    """

    seal_count: int
    entry_count: int
    unsealed_count: int
    head_hash: bytes
    problem: str = ""
    seal_id: int | None = None
    """The first seal that does not hold."""


@dataclass(frozen=True)
class _Seal:
    id: int
    span: SealedSpan
    entry_count: int
    hash: bytes


def verify_journal(connection: Connection, *, known_head: bytes | None = None) -> Verification:
    """Recompute every seal from the entries it covers and stop at the first that does not hold."""
    seals = _read_seals(connection)
    seal_id, problem = _find_broken_seal(connection, seals)
    if not problem and known_head is not None and known_head not in {s.hash for s in seals}:
        problem = "the seal with the known head hash is gone: the chain was cut or rewritten"
    end = seals[-1].span.end if seals else 0
    unsealed, forged = _count_unsealed(connection, end)
    if not problem and forged:
        problem = f"{forged} entries claim a transaction that has not happened"
    return Verification(
        seal_count=len(seals),
        entry_count=sum(seal.entry_count for seal in seals),
        unsealed_count=unsealed,
        head_hash=seals[-1].hash if seals else GENESIS,
        problem=problem,
        seal_id=seal_id,
    )


def _find_broken_seal(connection: Connection, seals: Sequence[_Seal]) -> tuple[int | None, str]:
    if not seals:
        return None, ""
    with closing(read_lines(connection, 0, seals[-1].span.end)) as lines:
        return _compare(seals, _Entries(lines))


def _compare(seals: Sequence[_Seal], entries: "_Entries") -> tuple[int | None, str]:
    end, previous_hash = 0, GENESIS
    for seal in seals:
        if (seal.span.begin, seal.span.previous_hash) != (end, previous_hash):
            return seal.id, "the seal before it is missing, or this one was altered"
        digest, count = seal.span.hash(entries.below(seal.span.end))
        if count != seal.entry_count:
            return (
                seal.id,
                f"it covers {seal.entry_count} entries, the journal holds {count}",
            )
        if digest != seal.hash:
            return seal.id, "an entry it covers, or the seal itself, was altered"
        end, previous_hash = seal.span.end, seal.hash
    return None, ""


class _Entries:
    """One pass over the entries, handed out seal by seal."""

    def __init__(self, rows: Iterator[tuple[int, str]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def below(self, xact_id: int) -> Iterator[str]:
        while self._next is not None and self._next[0] < xact_id:
            yield self._next[1]
            self._next = next(self._rows, None)


def _read_seals(connection: Connection) -> list[_Seal]:
    table = JournalSeal.__table__
    return [
        _Seal(
            id=row.id,
            span=SealedSpan(
                sealed_at=row.sealed_at,
                begin=int(row.from_xact_id),
                end=int(row.until_xact_id),
                previous_hash=row.previous_hash,
            ),
            entry_count=row.entry_count,
            hash=row.hash,
        )
        for row in connection.execute(select(table).order_by(table.c.id))
    ]


def _count_unsealed(connection: Connection, end: int) -> tuple[int, int]:
    """Entries not yet sealed, and those among them stamped with an id no transaction had yet."""
    next_xact_id = func.pg_snapshot_xmax(func.pg_current_snapshot())
    row = connection.execute(
        select(
            func.count(),
            func.count().filter(JournalEntry.xact_id >= next_xact_id),
        ).where(JournalEntry.xact_id >= str(end))
    ).one()
    return int(row[0]), int(row[1])
