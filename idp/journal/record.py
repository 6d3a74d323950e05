"""Writing rows of the journal: one, several, or very many at once.

What an entry tells of is not done without it: where the database kept fewer rows than it was given
(a trigger swallowed one), DataAltered is raised, and the unit of work rolls back.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Insert, Uuid, bindparam, func, insert, select
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
from idp.kit.prepared import writing_one
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


_ENTRY = insert(table_of(JournalEntry)).inline()
_COLUMNS = tuple(entry(event="signin.succeeded"))


def _insert() -> Insert:
    own = [c for c in table_of(JournalEntry).c if c.name in _COLUMNS]
    row = select(*(bindparam(c.name, type_=c.type) for c in own))
    return _ENTRY.from_select([c.name for c in own], row, include_defaults=False)


def _insert_with_source() -> Insert:
    """No source kept, no entry."""
    kept = (
        insert(table_of(JournalSource))
        .values(
            id=bindparam("kept_id", type_=Uuid()),
            at=func.now(),
            source_encrypted=bindparam("kept_source", type_=SOURCE.column.type),
        )
        .returning(table_of(JournalSource).c.id)
        .cte("kept")
    )
    own = [c for c in table_of(JournalEntry).c if c.name in _COLUMNS and c.name != "source_id"]
    row = select(kept.c.id, *(bindparam(c.name, type_=c.type) for c in own))
    names = ["source_id", *(c.name for c in own)]
    return _ENTRY.from_select(names, row, include_defaults=False)


_INSERT, _INSERT_WITH_SOURCE = (
    writing_one(statement, lambda: _loss(0, of=1))
    for statement in (_insert(), _insert_with_source())
)


def record(db: Session, *, told: Mapping[str, str] | None = None, **values: Any) -> None:
    """Insert one row; the keyword arguments are those of `entry`. One statement.

    It names who acts in this session. What a person reads of themselves, an outcome and what has
    an error id keep where it was asked from. An event that notifies puts its messages into the
    outbox too: what they need beside the entry is `told`, which the journal never holds.
    """
    row = entry(**values)
    event = EVENTS[row["event"]]
    if event.notifies:
        record_all(db, [row], told=told)
        return
    name_actor(db, row, is_by_others=event.is_by_others)
    if source := _source_of(db, row):
        source_id, encrypted = source
        kept = {"kept_id": source_id, "kept_source": encrypted}
        _INSERT_WITH_SOURCE.post(db, row | kept)
    else:
        _INSERT.post(db, row)


def record_all(
    db: Session, entries: list[dict[str, Any]], *, told: Mapping[str, str] | None = None
) -> None:
    """Insert rows made by `entry` in one statement, with their messages; nothing when none."""
    if not entries:
        return
    table = table_of(JournalEntry)
    for row in entries:
        name_actor(db, row, is_by_others=EVENTS[row["event"]].is_by_others)
    sources = [(row, source) for row in entries if (source := _source_of(db, row))]
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
    for kept in written:
        kinds = EVENTS[kept.event].notifies if kept.subject_number else ()
        number, key = str(kept.subject_number), str(kept.id)
        payload = {**(told or {})}
        if not kinds:
            continue
        if enqueue_each(db, kinds=kinds, recipient=number, key=key, payload=payload) != len(kinds):
            raise DataAltered("the outbox kept not all of what the journal tells")


def _loss(kept: int, *, of: int) -> DataAltered:
    return DataAltered(f"the journal kept {kept} of {of} entries")


def _refuse_loss(kept: int, *, of: int) -> None:
    if kept != of:
        raise _loss(kept, of=of)


def _source_of(db: Session, row: Mapping[str, Any]) -> tuple[UUID, Ciphertext] | None:
    """The source to keep with that entry, when it is one of those that have one."""
    if EVENTS[row["event"]].words or row["outcome"] or row["error_id"]:
        return new_source(db)
    return None


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
