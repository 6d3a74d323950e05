"""Sealing the journal into a hash chain, off the request path, and verifying the chain.

Requests insert unchained rows stamped with their transaction id. Once no transaction older than
some id can still commit, the set of rows below that id is final: a seal covers all of them since
the seal before, in the order (xact_id, id). So nothing in flight is ever skipped, whatever commits
first.
"""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DateTime,
    Text,
    cast,
    extract,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.elements import ColumnElement

from idp.journal.models import JournalEntry, JournalSeal
from idp.kit import clock
from idp.kit.db import try_lock
from idp.kit.errors import OneDoorError

GENESIS = bytes(32)
"""What the first seal names as the hash before it."""

_LOCK = "journal.seal"
_STATEMENT_LIMIT = "60s"


@dataclass(frozen=True)
class SealedSpan:
    """What a seal states: it covers the entries with `begin <= xact_id < end`."""

    sealed_at: datetime
    begin: int
    end: int
    previous_hash: bytes

    def hash(self, lines: Iterable[str]) -> tuple[bytes, int]:
        """SHA-256 over the hash before, the span and the entries; and the number of entries."""
        digest = hashlib.sha256(self.previous_hash)
        sealed_at = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        digest.update(f"{sealed_at} {self.begin} {self.end}\n".encode())
        count = 0
        for line in lines:
            digest.update(line.encode() + b"\n")
            count += 1
        return digest.digest(), count


@dataclass
class Verification:
    """What a recomputation found. `problem` is empty when every seal holds.

    `head_hash` is the newest seal's hash: written down outside the database, and given to a later
    verification, it proves that no seals were cut off the end.
    """

    seal_count: int = 0
    entry_count: int = 0
    unsealed_count: int = 0
    head_hash: bytes = GENESIS
    problem: str = ""
    seal_id: int | None = None
    """The first seal that does not hold."""


def seal_once(connection: Connection) -> int:
    """Seal, in the caller's transaction, every entry that is final and not yet sealed.

    Returns the number of entries sealed; 0 when there is none or another node is at it. Raises
    OneDoorError when transaction ids ran backwards (a logical restore: start a new journal then).
    """
    if not try_lock(connection, _LOCK):
        return 0
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_LIMIT}'"))
    last = connection.execute(
        select(JournalSeal.until_xact_id, JournalSeal.hash).order_by(JournalSeal.id.desc()).limit(1)
    ).one_or_none()
    span = SealedSpan(
        sealed_at=clock.now(),
        begin=int(last.until_xact_id) if last else 0,
        end=_first_open_xact_id(connection),
        previous_hash=last.hash if last else GENESIS,
    )
    if span.end < span.begin:
        raise OneDoorError("The journal is sealed up to a transaction that has not happened yet.")
    digest, count = span.hash(line for _, line in read_lines(connection, span.begin, span.end))
    if count:
        connection.execute(
            insert(JournalSeal).values(
                sealed_at=span.sealed_at,
                from_xact_id=str(span.begin),
                until_xact_id=str(span.end),
                entry_count=count,
                previous_hash=span.previous_hash,
                hash=digest,
            )
        )
    return count


def read_lines(
    connection: Connection, begin: int, end: int
) -> Generator[tuple[int, str], None, None]:
    """The entries with `begin <= xact_id < end` as (xact_id, canonical line), in sealing order.

    Close it when leaving early: it reads through a cursor of the server.
    """
    statement = (
        select(JournalEntry.xact_id, _canonical_line())
        .where(JournalEntry.xact_id >= str(begin), JournalEntry.xact_id < str(end))
        .order_by(JournalEntry.xact_id, JournalEntry.id)
        .execution_options(yield_per=5000)
    )
    with connection.execute(statement) as rows:
        for xact_id, line in rows:
            yield int(xact_id), line


def _first_open_xact_id(connection: Connection) -> int:
    """Every transaction with a lower id has ended."""
    xmin = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return int(connection.execute(select(cast(xmin, Text))).scalar_one())


def _canonical_line() -> ColumnElement[str]:
    """Every column of an entry as one line of text that depends on no session setting.

    Nulls are left out, so that a nullable column added later leaves old seals valid.
    """
    columns = JournalEntry.__table__.columns
    pairs = [part for column in columns for part in (literal(column.name), _as_text(column))]
    return cast(func.jsonb_strip_nulls(func.jsonb_build_object(*pairs)), Text)


def _as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    if isinstance(column.type, DateTime):
        return cast(extract("epoch", column), Text)
    return cast(column, Text)


def verify_journal(connection: Connection, *, known_head: bytes | None = None) -> Verification:
    """Recompute every seal from the entries it covers, and name the first that does not hold.

    One pass over both tables, in constant memory. With `known_head`, that seal must be there too.
    """
    result, end, has_known_head = Verification(), 0, known_head in (None, GENESIS)
    last_id, last_end = _newest_seal(connection)
    table = JournalSeal.__table__
    statement = select(table).where(table.c.id <= last_id).order_by(table.c.id)
    with (
        connection.execute(statement.execution_options(yield_per=5000)) as seals,
        closing(read_lines(connection, 0, last_end)) as lines,
    ):
        entries = _Entries(lines)
        for seal in seals:
            if not result.problem:
                result.problem = _find_problem(seal, (end, result.head_hash), entries)
                result.seal_id = seal.id if result.problem else None
            result.seal_count += 1
            result.entry_count += seal.entry_count
            end, result.head_hash = int(seal.until_xact_id), seal.hash
            has_known_head |= seal.hash == known_head
    result.unsealed_count, forged = _count_unsealed(connection, end)
    if not result.problem and not has_known_head:
        result.problem = "the seal with the known head hash is gone: the chain was cut or rewritten"
    if not result.problem and forged:
        result.problem = f"{forged} entries claim a transaction that has not happened"
    return result


def _find_problem(seal: Row[Any], before: tuple[int, bytes], entries: "_Entries") -> str:
    """Compare a seal with the end and hash of the seal `before` it, and with its entries."""
    span = SealedSpan(
        sealed_at=seal.sealed_at,
        begin=int(seal.from_xact_id),
        end=int(seal.until_xact_id),
        previous_hash=seal.previous_hash,
    )
    if (span.begin, span.previous_hash) != before:
        return "the seal before it is missing, or this one was altered"
    digest, count = span.hash(entries.below(span.end))
    if count != seal.entry_count:
        return f"it covers {seal.entry_count} entries, the journal holds {count}"
    if digest != seal.hash:
        return "an entry it covers, or the seal itself, was altered"
    return ""


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
