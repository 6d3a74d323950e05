"""Writing rows of the journal: one, several, or very many at once.

What an entry tells of is not done without it: where the database kept fewer rows than it was given
(a trigger swallowed one), DataAltered is raised, and the unit of work rolls back.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Insert, Uuid, bindparam, func, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.journal.actors import name_actor
from idp.journal.events import EVENTS
from idp.journal.models import SOURCE, JournalEntry, JournalSource, Outcome
from idp.journal.sources import new_source
from idp.kit import clock
from idp.kit.crypto import Ciphertext
from idp.kit.db import table_of
from idp.kit.errors import DataAltered
from idp.kit.prepared import Prepared, writing
from idp.kit.unit import post, take_posted
from idp.kit.wire import Command
from idp.outbox.messages import enqueue_each


def entry(
    *,
    event: str,
    at: datetime | None = None,
    sign_in_id: UUID | None = None,
    outcome: Outcome | None = None,
    reason: str | None = None,
    acr: str | None = None,
    subject_number: int | None = None,
    organization_number: int | None = None,
    relying_party_id: UUID | None = None,
    service_id: UUID | None = None,
    agency_id: UUID | None = None,
    tier: str | None = None,
    counted: bool = True,
    error_id: str | None = None,
    source_id: UUID | None = None,
    actor: str | None = None,
    actor_number: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The column values of one row; raises KeyError for an event that is not catalogued.

    For callers that insert it inside a larger statement; everyone else calls `record`.
    """
    if event not in EVENTS:
        raise KeyError(event)
    return {
        "event": event,
        "at": at or clock.now(),
        "sign_in_id": sign_in_id,
        "outcome": outcome,
        "reason": reason,
        "acr": acr,
        "subject_number": subject_number,
        "organization_number": organization_number,
        "relying_party_id": relying_party_id,
        "service_id": service_id,
        "agency_id": agency_id,
        "tier": tier,
        "counted": counted,
        "error_id": error_id,
        "source_id": source_id,
        "actor": actor,
        "actor_number": actor_number,
        "data": dict(data or {}),
    }


_COLUMNS = tuple(entry(event="signin.succeeded"))
_TOGETHER = 4
"""Rows in one statement at most, of those that one unit of work records one by one."""


@cache
def _insert(rows: int, *, has_source: bool) -> Prepared:
    """So many rows and the source that they were asked from, or nothing."""
    entries, sources = table_of(JournalEntry), table_of(JournalSource)
    new = [
        {name: bindparam(f"{name}_{n}", type_=entries.c[name].type) for name in _COLUMNS}
        for n in range(rows)
    ]
    source = {
        "id": bindparam("kept_id", type_=Uuid()),
        "at": func.now(),
        "source_encrypted": bindparam("kept_source", type_=SOURCE.column.type),
    }
    written: list[tuple[Insert, int]] = [(insert(entries).inline().values(new), rows)]
    if has_source:
        written.append((insert(sources).inline().values(source), 1))
    return writing(written, lambda: _loss(0, of=rows))


@dataclass
class _Recorded:
    """Rows that a unit of work has recorded and not sent: they leave in one statement.

    What one request does was asked from one place: they name one source, kept once.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    source: tuple[UUID, Ciphertext] | None = None

    def add(self, db: Session, row: dict[str, Any]) -> None:
        """With where it was asked from, if its event keeps that."""
        if _keeps_source(row):
            self.source = self.source or new_source(db)
            row["source_id"] = self.source[0] if self.source else None
        self.rows.append(row)

    def command(self) -> Command:
        """What leaves."""
        values = {f"{name}_{n}": row[name] for n, row in enumerate(self.rows) for name in _COLUMNS}
        if self.source:
            values["kept_id"], values["kept_source"] = self.source
        return _insert(len(self.rows), has_source=self.source is not None).command(values)


def record(db: Session, *, told: Mapping[str, str] | None = None, **values: Any) -> None:
    """Insert one row; the keyword arguments are those of `entry`. No statement of its own.

    It leaves with others of its unit of work, behind what was posted before the last of them. It
    names who acts in this session. What a person reads of themselves, an outcome and what has an
    error id keep where it was asked from. An event that notifies puts its messages into the outbox
    too: what they need beside the entry is `told`, which the journal never holds.
    """
    row = entry(**values)
    event = EVENTS[row["event"]]
    if event.notifies:
        record_all(db, [row], told=told)
        return
    name_actor(db, row, is_by_others=event.is_by_others)
    recorded = take_posted(db, _Recorded) or _Recorded()
    if len(recorded.rows) == _TOGETHER:
        post(db, recorded)
        recorded = _Recorded()
    recorded.add(db, row)
    post(db, recorded)


def record_all(
    db: Session, entries: list[dict[str, Any]], *, told: Mapping[str, str] | None = None
) -> None:
    """Insert rows made by `entry` in one statement, with their messages; nothing when none."""
    if not entries:
        return
    table = table_of(JournalEntry)
    for row in entries:
        name_actor(db, row, is_by_others=EVENTS[row["event"]].is_by_others)
    sources = [
        (row, source) for row in entries if _keeps_source(row) and (source := new_source(db))
    ]
    for row, (source_id, _) in sources:
        row["source_id"] = source_id
    inserted = insert(table).values(entries)
    if sources:
        columns = ("id", "source_encrypted")
        places = [dict(zip(columns, source, strict=True)) for _, source in sources]
        inserted = inserted.add_cte(insert(table_of(JournalSource)).values(places).cte("kept"))
    numbered = inserted.returning(table.c.id, table.c.event, table.c.subject_number)
    written = db.execute(numbered).all()
    _refuse_loss(len(written), of=len(entries))
    payload = dict(told or {})
    for kept in written:
        kinds = EVENTS[kept.event].notifies if kept.subject_number else ()
        if not kinds:
            continue
        number, key = str(kept.subject_number), str(kept.id)
        if enqueue_each(db, kinds=kinds, recipient=number, key=key, payload=payload) != len(kinds):
            raise DataAltered("the outbox kept not all of what the journal tells")


def _loss(kept: int, *, of: int) -> DataAltered:
    return DataAltered(f"the journal kept {kept} of {of} entries")


def _refuse_loss(kept: int, *, of: int) -> None:
    if kept != of:
        raise _loss(kept, of=of)


def _keeps_source(row: Mapping[str, Any]) -> bool:
    """Whether that entry is one of those that keep where they were asked from."""
    return bool(EVENTS[row["event"]].words or row["outcome"] or row["error_id"])


def copy_entries(connection: Connection, entries: Iterable[Mapping[str, Any]]) -> int:
    """Append rows made by `entry`, by COPY, in the caller's transaction; their number.

    For imports and the demo's history: sealed like any other row, but no message is sent.
    """
    raw = cast(PsycopgConnection[Any], connection.connection.driver_connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(JournalEntry.__tablename__),
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
    )
    given = 0
    with raw.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for given, row in enumerate(entries, 1):  # noqa: B007 - counted, to be compared
                values = dict(row)
                values["outcome"] = str(values["outcome"]) if values["outcome"] else None
                values["data"] = json.dumps(values["data"]) if values["data"] else "{}"
                copy.write_row([values[column] for column in _COLUMNS])
        _refuse_loss(cursor.rowcount, of=given)
    return given
