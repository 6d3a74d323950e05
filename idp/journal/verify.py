"""Recomputing the chain over the whole journal, and holding it against what was published of it."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from idp.journal.gaps import Gap, find_gap
from idp.journal.heads import Head, signed_bytes
from idp.journal.models import JournalEntry, JournalSeal
from idp.journal.seal import GENESIS, Line, SealedSpan, read_lines
from idp.journal.unfiltered import read_unfiltered
from idp.kit.db import read_anyway
from idp.kit.immutable import immutable
from idp.kit.signatures import PublicKeys

CLOCK_STEP = timedelta(minutes=1)
"""The database's clock may be set back by so much."""
SEALED_WITHIN = timedelta(minutes=10)
"""An entry is sealed so long after its instant at the latest, or nothing is being sealed."""


@immutable
class Verification:
    """What a recomputation found. `problem` is empty when every seal holds.

    `head_hash` is the newest seal's hash: written down outside the database, and given to a later
    verification, it proves that no seals were cut off the end.
    """

    seal_count: int
    entry_count: int
    unsealed_count: int
    head_hash: bytes
    heads_compared: int = 0
    """Known heads that the chain has; without one, nothing shows that seals were cut off."""
    problem: str = ""
    seal_id: int | None = None
    """The first seal that does not hold."""
    gaps: tuple[Gap, ...] = ()
    """When sealing stood still, oldest first; no problem by itself."""


@immutable
class _Seal:
    id: int
    span: SealedSpan
    entry_count: int
    hash: bytes
    key_id: str
    signature: bytes


@dataclass
class _Walk:
    """Along the chain: what was seen so far, and the first fault."""

    keys: PublicKeys
    missing_heads: dict[str, Head]
    """What was published and has not been met, by hash."""
    seal_count: int = 0
    entry_count: int = 0
    end: int = 0
    head_hash: bytes = GENESIS
    signed_at: datetime | None = None
    """When the last signed seal was made."""
    begun_since: datetime | None = None
    """When the signed one before it was made: what is sealed next began later (`seal`)."""
    is_signed: bool = True
    gaps: list[Gap] = field(default_factory=list)
    problem: str = ""
    seal_id: int | None = None

    def pass_seal(self, seal: _Seal, entries: "_Entries") -> None:
        """Hold the seal against the one before it, the entries it covers, and its signature."""
        head = self.missing_heads.pop(seal.hash.hex(), None)
        if not self.problem:
            self.problem = self._find_problem(seal, entries) or self._unlike(head, seal)
            self.seal_id = seal.id if self.problem else None
        self.note_gap(seal.span.sealed_at, seal.entry_count)
        self.seal_count += 1
        self.entry_count += seal.entry_count
        self.end, self.head_hash = seal.span.end, seal.hash
        self.is_signed = bool(seal.signature)
        if seal.signature:
            self.begun_since, self.signed_at = self.signed_at, seal.span.sealed_at

    def note_gap(self, until: datetime, entry_count: int, *, is_over: bool = True) -> None:
        """Remember it if nothing was sealed for long before that instant."""
        gap = find_gap(self.signed_at, until, entry_count=entry_count)
        if gap is not None:
            self.gaps.append(gap if is_over else replace(gap, end=None))

    def _find_problem(self, seal: _Seal, entries: "_Entries") -> str:
        if (seal.span.begin, seal.span.previous_hash) != (self.end, self.head_hash):
            return "the seal before it is missing, or this one was altered"
        found = _Dates(self.begun_since, seal.span.sealed_at)
        digest, count = seal.span.hash(found.lines(entries.below(seal.span.end)))
        if count != seal.entry_count:
            difference = count - seal.entry_count
            happened = f"{abs(difference)} were {'inserted' if difference > 0 else 'deleted'} later"
            return f"it covers {seal.entry_count} entries, the journal holds {count}: {happened}"
        if digest != seal.hash:
            return "an entry it covers, or the seal itself, was rewritten"
        return self._signature_problem(seal) or found.problem

    def _signature_problem(self, seal: _Seal) -> str:
        if not seal.signature:
            return "" if self.signed_at is None else "it is not signed, but seals before it are"
        if not self.keys.knows(seal.key_id):
            return f"it was sealed with another key, {seal.key_id}"
        message = signed_bytes(seal.hash)
        if self.keys.holds(message, key_id=seal.key_id, signature=seal.signature):
            return ""
        return "it was sealed again without the key: the signature is not of this seal"

    def _unlike(self, head: Head | None, seal: _Seal) -> str:
        """Why a seal is not what was published of it, though its hash is."""
        if head is None or not head.key_id or (seal.signature and seal.key_id == head.key_id):
            return ""
        if not head.is_signed(self.keys):
            return f"the published head {head.hash} is signed with another key, or not at all"
        return f"it was published signed with {head.key_id}: the signature was taken away"

    def published_problem(self) -> str:
        """What became of the first head that was published and is not in the chain."""
        for head in self.missing_heads.values():
            if head.key_id and not head.is_signed(self.keys):
                return f"the published head {head.hash} is signed with another key, or not at all"
            if not head.key_id:
                return f"the seal with the known head {head.hash} was cut off or rewritten"
            what = f"seal {head.seal_id}, published at {head.sealed_at} as {head.hash},"
            if head.until > self.end:
                return f"{what} was cut off the end"
            return f"{what} was rewritten: another stands in its place"
        return ""


@dataclass
class _Dates:
    """Whether entries are dated as when they were sealed; up to the second signed seal, anyhow."""

    since: datetime | None
    until: datetime
    wrong_count: int = field(default=0, init=False)

    def lines(self, entries: Iterable[Line]) -> Iterator[str]:
        """The entries' lines, looked at in passing."""
        for entry in entries:
            is_late = entry.at > self.until + CLOCK_STEP
            if self.since and (is_late or entry.at < self.since - CLOCK_STEP):
                self.wrong_count += 1
            yield entry.line

    @property
    def problem(self) -> str:
        """Empty when all are."""
        return (
            f"{self.wrong_count} entries it covers were inserted with another date than theirs"
            if self.wrong_count
            else ""
        )


def verify_journal(
    connection: Connection, *, keys: PublicKeys, known_heads: Iterable[Head] = ()
) -> Verification:
    """Recompute every seal from the entries it covers, and name the first that does not hold.

    One pass over both tables, in memory for the known heads only, which must be there too. Who has
    the public keys needs no secret.
    """
    read_unfiltered(connection)
    signed_last = sorted(known_heads, key=lambda head: bool(head.key_id))
    known = {head.hash: head for head in signed_last if head.hash != GENESIS.hex()}
    walk = _Walk(keys, dict(known))
    last_id, end = _newest_seal(connection)
    with (
        closing(_read_seals(connection, last_id)) as seals,
        closing(read_lines(connection, 0, end)) as lines,
    ):
        entries = _Entries(lines)
        for seal in seals:
            walk.pass_seal(seal, entries)
    rest = _read_rest(connection, walk.end)
    walk.note_gap(rest.read_at, rest.unsealed_count, is_over=False)
    problem = walk.problem or walk.published_problem() or rest.problem(walk)
    return Verification(
        seal_count=walk.seal_count,
        entry_count=walk.entry_count,
        unsealed_count=rest.unsealed_count,
        head_hash=walk.head_hash,
        heads_compared=len(known) - len(walk.missing_heads),
        problem=problem,
        seal_id=walk.seal_id,
        gaps=tuple(walk.gaps),
    )


class _Entries:
    """One pass over the entries, handed out seal by seal."""

    def __init__(self, rows: Iterator[Line]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def below(self, xact_id: int) -> Iterator[Line]:
        while self._next is not None and self._next.xact_id < xact_id:
            yield self._next
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
                key_id=row.key_id or "",
                signature=row.signature or b"",
            )


@immutable
class _Rest:
    """What the journal holds beside the entries that seals cover."""

    entry_count: int
    """Of the whole journal."""
    unsealed_count: int
    forged_count: int
    """Entries stamped with a transaction that no snapshot has seen begin."""
    waiting_since: datetime | None
    """The instant of the oldest entry not sealed, if it should have been long ago."""
    read_at: datetime

    def problem(self, walk: _Walk) -> str:
        """What is wrong behind a chain that holds."""
        if not walk.is_signed:
            return "the newest seal is not signed"
        if self.forged_count:
            return f"{self.forged_count} entries claim a transaction that has not happened"
        if self.entry_count != walk.entry_count + self.unsealed_count:
            return (
                f"the journal holds {self.entry_count} entries, seals cover {walk.entry_count} and "
                f"{self.unsealed_count} wait for theirs: the others name no transaction"
            )
        if self.waiting_since:
            since = self.waiting_since.isoformat(timespec="seconds")
            return f"nothing is being sealed: an entry of {since} waits for its seal"
        return ""


def _read_rest(connection: Connection, end: int) -> _Rest:
    """One statement, so that its figures are of one instant."""
    next_xact_id = func.pg_snapshot_xmax(func.pg_current_snapshot())
    is_unsealed = JournalEntry.xact_id >= str(end)
    is_late = JournalEntry.at < func.now() - SEALED_WITHIN
    row = connection.execute(
        select(
            func.count(),
            func.count().filter(is_unsealed),
            func.count().filter(is_unsealed, JournalEntry.xact_id >= next_xact_id),
            func.min(read_anyway(JournalEntry.at)).filter(is_unsealed, is_late),
            func.now(),
        ).select_from(JournalEntry)
    ).one()
    return _Rest(*row)
