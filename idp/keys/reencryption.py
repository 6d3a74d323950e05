"""Moving everything encrypted, and the hashes it is found by, to the newest keys of the ring.

Small batches, each a transaction of its own, while nodes serve: rows are compared and set, none
stays locked. How far it has come stands in the database, so it can be interrupted and goes on.
Every node has to have the new ring before, or it writes behind the walk's back.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import LargeBinary, MetaData, Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from idp.journal.actors import Actor, acted_by
from idp.journal.record import record
from idp.keys.models import Reencryption
from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.db import table_of, transaction
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.kit.sealed import FoundBy, Sealed, SealedColumn, row_of

BATCH = 500
_progress = table_of(Reencryption)
_Row = Mapping[str, Any]


@immutable
class Progress:
    """How far one table is: rows looked at, and of these renewed or left as they were."""

    table: str
    seen: int
    renewed: int
    left: int
    """Not readable by any key of the ring, or the new hash is another row's already."""
    last: str | None
    """The primary key of the last row looked at; None when the table is done."""


def reencrypt(
    engine: Engine,
    metadata: MetaData,
    *,
    keyring: Keyring,
    report: Callable[[Progress], None] = lambda _: None,
    size: int = BATCH,
    actor: Actor | None = None,
) -> int:
    """Go over every table that holds ciphertexts, from where the last walk stopped; rows renewed.

    When that one had come to its end, over all of them again. `report` hears of each batch. Raises
    ConfigurationError when something could not be renewed: the older keys are needed still.
    """
    tables = sealed_tables(metadata)
    waiting = [table for table in tables if table.name not in _done(engine, keyring)]
    done = [_walk(engine, table, keyring, report, size) for table in waiting or tables]
    renewed, left = sum(p.renewed for p in done), {p.table: p.left for p in done if p.left}
    if left:
        told = ", ".join(f"{count} of {table}" for table, count in left.items())
        raise ConfigurationError(
            f"Some rows could not be re-encrypted ({told}): keep the secret they were encrypted "
            "under in IDP_SECRETS__ENCRYPTION_KEYS, after the newest, and run this again."
        )
    with transaction(engine) as db:
        if actor is not None:
            acted_by(db, actor)
        record(db, event="data.reencrypted", counted=False, data={"rows": renewed})
    return renewed


def sealed_tables(metadata: MetaData) -> list[Table]:
    """The tables with an encrypted column."""
    tables = metadata.sorted_tables
    return [t for t in tables if any(isinstance(c.type, Sealed) for c in t.columns)]


def _done(engine: Engine, keyring: Keyring) -> set[str]:
    """The tables that hold nothing any more that another ring has written."""
    p = _progress.c
    is_done = (p.ring == keyring.name, p.last_key.is_(None), p.unchanged == 0)
    with engine.connect() as connection:
        return {*connection.scalars(select(p.table_name).where(*is_done))}


def _walk(
    engine: Engine,
    table: Table,
    keyring: Keyring,
    report: Callable[[Progress], None],
    size: int,
) -> Progress:
    walk = Walk(table, keyring, size)
    with engine.begin() as connection:
        progress = walk.resumed(connection)
    while True:
        with engine.begin() as connection:
            progress = walk.batch(connection, progress)
        report(progress)
        if progress.last is None:
            return progress


class Walk:
    """One table's statements and columns, for one ring."""

    def __init__(self, table: Table, keyring: Keyring, size: int) -> None:
        self.table, self.keyring, self.size = table, keyring, size
        [self.key] = table.primary_key.columns
        self.sealed = [SealedColumn(c) for c in table.columns if isinstance(c.type, Sealed)]
        self.found_by = {c: c.type for c in table.columns if isinstance(c.type, FoundBy)}
        self.renewed = [*(s.column for s in self.sealed), *self.found_by]
        names = dict.fromkeys([*row_of(table), *(c.name for c in self.renewed)])
        self.columns = [table.c[name] for name in names]
        is_as_read = [
            c.is_not_distinct_from(bindparam(f"old_{c.name}", type_=LargeBinary()))
            for c in self.renewed
        ]
        is_it = self.key == bindparam("old_key", type_=self.key.type)
        new = {c: bindparam(f"new_{c.name}", type_=c.type) for c in self.renewed}
        self.update = update(table).where(is_it, *is_as_read).values(new)

    def resumed(self, connection: Connection) -> Progress:
        """Where the walk of this ring stopped; at the beginning when it was done, or of another."""
        p = _progress.c
        kept = select(p.seen, p.renewed, p.unchanged, p.last_key).where(
            p.table_name == self.table.name, p.ring == self.keyring.name, p.last_key.is_not(None)
        )
        return Progress(self.table.name, *(connection.execute(kept).one_or_none() or _BEGINNING))

    def batch(self, connection: Connection, before: Progress) -> Progress:
        """Renew the next rows, and write down that they are."""
        statement = select(*self.columns).order_by(self.key).limit(self.size)
        if before.last:
            last = _read_key(self.key.type.python_type, before.last)
            statement = statement.where(self.key > last)
        rows = connection.execute(statement).mappings().all()
        changes: list[dict[str, Any]] = []
        unreadable = 0
        for row in rows:
            try:
                changes.extend(self.change_of({**row}))
            except DecryptionFailed:
                unreadable += 1
        renewed, refused = self.write(connection, changes)
        after = Progress(
            self.table.name,
            before.seen + len(rows),
            before.renewed + renewed,
            before.left + unreadable + refused,
            _write_key(rows[-1][self.key.name]) if len(rows) == self.size else None,
        )
        self._note(connection, after)
        return after

    def change_of(self, row: _Row) -> list[dict[str, Any]]:
        """The parameters that renew a row; none when all of it is under the newest keys."""
        is_newest = all(
            row[s.column.name] is None or self.keyring.is_newest(row[s.column.name])
            for s in self.sealed
        )
        if is_newest and not self.found_by:
            return []
        texts = {
            s: s.open(self.keyring, row[s.column.name], **_only(row, s.row))
            for s in self.sealed
            if row[s.column.name] is not None
        }
        by_name = {s.column.name: text for s, text in texts.items()}
        hashes = {
            c.name: self.keyring.lookup_hash(by.kind, by_name[by.sealed])
            for c, by in self.found_by.items()
            if by.sealed in by_name
        }
        new = {**row, **hashes}
        if is_newest and new == {**row}:
            return []
        for column, text in texts.items():
            new[column.column.name] = column.seal(self.keyring, text, **_only(new, column.row))
        return [
            {
                "old_key": row[self.key.name],
                **{f"old_{c.name}": row[c.name] for c in self.renewed},
                **{f"new_{c.name}": new[c.name] for c in self.renewed},
            }
        ]

    def write(self, connection: Connection, changes: list[dict[str, Any]]) -> tuple[int, int]:
        """How many rows were still as they had been read, and how many hashes were another's.

        Who changed a row meanwhile has written it under the newest keys.
        """
        if not changes:
            return 0, 0
        try:
            with connection.begin_nested():
                return connection.execute(self.update, changes).rowcount, 0
        except IntegrityError:
            if len(changes) == 1:
                return 0, 1
            each = [self.write(connection, [change]) for change in changes]
            return sum(done for done, _ in each), sum(refused for _, refused in each)

    def _note(self, connection: Connection, progress: Progress) -> None:
        values = {
            "ring": self.keyring.name,
            "seen": progress.seen,
            "renewed": progress.renewed,
            "unchanged": progress.left,
            "last_key": progress.last,
        }
        first = insert(_progress).values(table_name=self.table.name, **values)
        connection.execute(first.on_conflict_do_update(index_elements=["table_name"], set_=values))


_BEGINNING = (0, 0, 0, None)


def _only(row: _Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _write_key(key: Any) -> str:
    return key.hex() if isinstance(key, bytes) else str(key)


def _read_key(kind: type, text: str) -> Any:
    return bytes.fromhex(text) if kind is bytes else kind(text)
