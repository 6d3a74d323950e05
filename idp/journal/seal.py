"""Sealing the journal into a chain of signed hashes, off the request path.

Requests insert unchained rows stamped with their transaction id. Once no transaction older than
some id can still commit, the set of rows below that id is final: a seal covers all of them since
the seal before, in the order (xact_id, id). So nothing in flight is ever skipped, whatever commits
first. A seal waits until all that was under way when the one before it was made has ended: what the
seals after it cover began later than that, and is dated so. Only the sealing role may add seals,
and the key that signs them is not in the database.
"""

import hashlib
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    DateTime,
    Text,
    cast,
    extract,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from idp.journal.heads import signed_bytes
from idp.journal.models import JournalEntry, JournalSeal
from idp.kit.db import read_anyway, try_lock
from idp.kit.errors import OneDoorError
from idp.kit.immutable import immutable
from idp.kit.signatures import Signer

GENESIS = bytes(32)
"""What the first seal names as the hash before it."""

QUIET = timedelta(minutes=1)
"""The longest time between two seals: where nothing happened, that is sealed."""

_LAST: Any = (
    select(
        JournalSeal.sealed_at,
        JournalSeal.until_xact_id,
        JournalSeal.hash,
        JournalSeal.signature,
        literal_column(
            "age(journal_seal.xmin) <= age(pg_snapshot_xmin(pg_current_snapshot())::xid)"
        ).label("is_waited_for"),
    )
    .order_by(JournalSeal.id.desc())
    .limit(1)
)
"""The newest seal, and whether something is still under way that was when it was made."""
_LOCK = "journal.seal"
_STATEMENT_LIMIT = "60s"


class Line(NamedTuple):
    """An entry as it is sealed, and as what."""

    xact_id: int
    at: datetime
    line: str


@immutable
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


def seal_once(connection: Connection, *, signer: Signer) -> int:
    """Seal, in the caller's transaction, every entry that is final and not yet sealed.

    Returns the number of entries sealed; 0 when there is none or another node is at it. An empty
    seal follows one that is a minute old, or of before there were keys. Raises
    OneDoorError when transaction ids ran backwards (a logical restore: start a new journal then).
    """
    if not try_lock(connection, _LOCK):
        return 0
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_LIMIT}'"))
    last = connection.execute(_LAST).one_or_none()
    if last and last.is_waited_for:
        return 0
    span = SealedSpan(
        sealed_at=connection.execute(select(func.clock_timestamp())).scalar_one(),
        begin=int(last.until_xact_id) if last else 0,
        end=_first_open_xact_id(connection),
        previous_hash=last.hash if last else GENESIS,
    )
    if span.end < span.begin:
        raise OneDoorError("The journal is sealed up to a transaction that has not happened yet.")
    digest, count = span.hash(entry.line for entry in read_lines(connection, span.begin, span.end))
    is_due = last and (last.signature is None or last.sealed_at <= span.sealed_at - QUIET)
    if count or (is_due and span.end > span.begin):
        _insert_seal(connection, span, digest, count, signer)
    return count


def read_lines(connection: Connection, begin: int, end: int) -> Generator[Line, None, None]:
    """The entries with `begin <= xact_id < end`, in sealing order.

    Close it when leaving early: it reads through a cursor of the server.
    """
    statement = (
        select(JournalEntry.xact_id, read_anyway(JournalEntry.at), _canonical_line())
        .where(JournalEntry.xact_id >= str(begin), JournalEntry.xact_id < str(end))
        .order_by(JournalEntry.xact_id, JournalEntry.id)
        .execution_options(yield_per=5000)
    )
    with connection.execute(statement) as rows:
        for xact_id, at, line in rows:
            yield Line(int(xact_id), at, line)


def _first_open_xact_id(connection: Connection) -> int:
    """Every transaction with a lower id has ended."""
    xmin = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return int(connection.execute(select(cast(xmin, Text))).scalar_one())


def _insert_seal(
    connection: Connection, span: SealedSpan, digest: bytes, count: int, signer: Signer
) -> None:
    connection.execute(
        insert(JournalSeal).values(
            sealed_at=span.sealed_at,
            from_xact_id=str(span.begin),
            until_xact_id=str(span.end),
            entry_count=count,
            previous_hash=span.previous_hash,
            hash=digest,
            key_id=signer.key_id,
            signature=signer.sign(signed_bytes(digest)),
        )
    )


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


def seal_age(connection: Connection) -> float:
    """Seconds since the last seal; zero where there is none yet."""
    age = func.clock_timestamp() - func.max(read_anyway(JournalSeal.sealed_at))
    return float(connection.scalar(select(func.coalesce(extract("epoch", age), 0))) or 0)
