"""Recomputing the hash chain over the whole journal."""

from collections.abc import Generator, Iterator
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


@dataclass
class _Walk:
    """Along the chain: what was seen so far, and the first fault."""

    seal_count: int = 0
    entry_count: int = 0
    end: int = 0
    head_hash: bytes = GENESIS
    has_known_head: bool = False
    problem: str = ""
    seal_id: int | None = None

    def pass_seal(self, seal: _Seal, entries: "_Entries") -> None:
        """Hold the seal against the one before it and the entries it covers."""
        if not self.problem:
            self.problem = self._find_problem(seal, entries)
            self.seal_id = seal.id if self.problem else None
        self.seal_count += 1
        self.entry_count += seal.entry_count
        self.end, self.head_hash = seal.span.end, seal.hash

    def _find_problem(self, seal: _Seal, entries: "_Entries") -> str:
        if (seal.span.begin, seal.span.previous_hash) != (self.end, self.head_hash):
            return "the seal before it is missing, or this one was altered"
        digest, count = seal.span.hash(entries.below(seal.span.end))
        if count != seal.entry_count:
            return f"it covers {seal.entry_count} entries, the journal holds {count}"
        if digest != seal.hash:
            return "an entry it covers, or the seal itself, was altered"
        return ""


def verify_journal(connection: Connection, *, known_head: bytes | None = None) -> Verification:
    """Recompute every seal from the entries it covers, and name the first that does not hold.

    One pass over both tables, in constant memory. With `known_head`, that seal must be there too.
    """
    walk = _Walk(has_known_head=known_head in (None, GENESIS))
    last_id, end = _newest_seal(connection)
    with (
        closing(_read_seals(connection, last_id)) as seals,
        closing(read_lines(connection, 0, end)) as lines,
    ):
        entries = _Entries(lines)
        for seal in seals:
            walk.pass_seal(seal, entries)
            walk.has_known_head |= seal.hash == known_head
    unsealed, forged = _count_unsealed(connection, walk.end)
    problem = walk.problem
    if not problem and not walk.has_known_head:
        problem = "the seal with the known head hash is gone: the chain was cut or rewritten"
    if not problem and forged:
        problem = f"{forged} entries claim a transaction that has not happened"
    return Verification(
        seal_count=walk.seal_count,
        entry_count=walk.entry_count,
        unsealed_count=unsealed,
        head_hash=walk.head_hash,
        problem=problem,
        seal_id=walk.seal_id,
    )


class _Entries:
    """One pass over the entries, handed out seal by seal."""

    def __init__(self, rows: Iterator[tuple[int, str]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def below(self, xact_id: int) -> Iterator[str]:
        while self._next is not None and self._next[0] < xact_id:
            yield self._next[1]
            self._next = next(self._rows, None)


def _newest_seal(connection: Connection) -> tuple[int, int]:
    """Its id and where its span ends: what is sealed while we read is left to the next time."""
    newest = select(JournalSeal.id, JournalSeal.until_xact_id).order_by(JournalSeal.id.desc())
    row = connection.execute(newest.limit(1)).one_or_none()
    return (row.id, int(row.until_xact_id)) if row else (0, 0)


def _read_seals(connection: Connection, last_id: int) -> Generator[_Seal, None, None]:
    table = JournalSeal.__table__
    statement = select(table).where(table.c.id <= last_id).order_by(table.c.id)
    statement = statement.execution_options(yield_per=5000)
    with connection.execute(statement) as rows:
        for row in rows:
            yield _Seal(
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
