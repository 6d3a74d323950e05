"""Statements that go straight to the driver answer and fail as SQLAlchemy's do."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from idp.journal.models import ErrorReport, JournalEntry, Outcome
from idp.kit import clock
from idp.kit.db import NOW, table_of, transaction
from idp.kit.prepared import Prepared

_reports, _entries = table_of(ErrorReport), table_of(JournalEntry)
MAKE = insert(_reports)
OF_ERROR = _reports.c.error_id == bindparam("sought")
FIND = select(_reports.c.kind, _reports.c.at).where(OF_ERROR)
END = delete(_reports).where(OF_ERROR)


def row(error_id: str, **more: Any) -> dict[str, Any]:
    return {"error_id": error_id, "at": clock.now(), "kind": "page", "detail": "", **more}


def test_what_it_reads_and_writes_is_what_the_library_does(db: Session) -> None:
    made = row("one")
    assert Prepared(MAKE).run(db, made) == 1
    sought = {"sought": "one"}
    found = Prepared(FIND).one(db, sought)
    assert tuple(found) == tuple(db.execute(FIND, sought).one())
    assert (found.kind, found.at) == ("page", made["at"]) == found[:2]
    assert Prepared(FIND).one(db, {"sought": "another"}) is None
    assert [Prepared(END).run(db, sought) for _ in range(2)] == [1, 0]


def test_values_are_those_of_their_columns_types(db: Session) -> None:
    """An enumeration is a member of it, a document a dictionary; constants go in by type too."""
    written = insert(_entries).values(outcome=Outcome.SUCCESS).returning(_entries.c.id)
    values = {"event": "signin.succeeded", "at": clock.now(), "data": {"a": [1]}, "counted": True}
    made = Prepared(written).one(db, values)
    told = select(_entries.c.outcome, _entries.c.data).where(_entries.c.id == bindparam("sought"))
    found = Prepared(told).one(db, {"sought": made.id})
    assert found.outcome is Outcome.SUCCESS
    assert found.data == {"a": [1]}
    assert tuple(found) == tuple(db.execute(told, {"sought": made.id}).one())


@pytest.mark.parametrize(
    "words",
    [[], ["openid"], ['a"b', "c\\d", "NULL", "", "x,y", "{}", " ", "Trần"], [None, "one"]],
)
def test_lists_and_instants_go_as_they_are(db: Session, words: list[str | None]) -> None:
    """What the driver takes long for is written here: the server reads the same."""
    at = datetime(2026, 11, 30, 23, 59, 59, 7, timezone(timedelta(hours=7)))
    told = Prepared("SELECT CAST(:words AS text[]) AS words, CAST(:at AS timestamptz) AS at")
    found = told.one(db, {"words": words, "at": at})
    assert (found.words, found.at) == (words, at)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("text", each) for each in ("", "Trần \\ ' \U0001f4f1", None)),
        *(("bigint", each) for each in (0, -7, 2**62, None)),
        *(("boolean", each) for each in (True, False)),
        *(("bytea", each) for each in (b"", b"\\x\0\xff", bytes(range(256)))),
        *(("uuid", UUID(int=each)) for each in (0, 2**127 + 5)),
        *(("date", each) for each in (date(1, 1, 1), date(2026, 11, 30))),
        *(
            ("timestamptz", each)
            for each in (datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        ),
        ("interval", timedelta(days=-1, microseconds=3)),
    ],
)
def test_each_kind_of_value_comes_back_as_it_went(db: Session, kind: str, value: object) -> None:
    told = Prepared(f"SELECT CAST(:value AS {kind}) AS value")
    assert told.one(db, {"value": value}).value == value


@pytest.mark.parametrize("value", ["\0", "a\0b"])
def test_a_text_that_would_end_early_is_refused(db: Session, value: str) -> None:
    told = Prepared("SELECT CAST(:value AS text) AS value")
    with pytest.raises(DBAPIError, match="NUL"):
        told.one(db, {"value": value})
    assert told.one(db, {"value": "ab"}).value == "ab"


def test_one_statement_serves_several_sets_of_columns(db: Session) -> None:
    make = Prepared(MAKE)
    assert make.run(db, row("short")) == make.run(db, row("long", detail="more")) == 1
    details = db.execute(select(_reports.c.detail).order_by(_reports.c.error_id)).scalars()
    assert list(details) == ["more", ""]


def test_it_is_written_as_text_too(db: Session) -> None:
    Prepared(MAKE).run(db, row("one"))
    ago = Prepared("SELECT :at - at AS passed FROM error_report WHERE error_id = :error_id")
    later = clock.now() + timedelta(hours=1)
    assert ago.one(db, {"at": later, "error_id": "one"}).passed > timedelta(minutes=59)
    assert Prepared(text("SELECT 1 WHERE :no")).one(db, {"no": False}) is None


def test_several_rows_are_a_mistake(db: Session) -> None:
    for error_id in ("one", "two"):
        Prepared(MAKE).run(db, row(error_id))
    of_kind = Prepared(select(_reports.c.error_id).where(_reports.c.kind == bindparam("sought")))
    with pytest.raises(RuntimeError):
        of_kind.one(db, {"sought": "page"})


def test_a_statement_whose_text_depends_on_its_values_is_refused(db: Session) -> None:
    either = Prepared(select(_reports.c.kind).where(_reports.c.kind.in_(("page", "oidc"))))
    with pytest.raises(TypeError, match="not the same"):
        either.one(db, {})


def test_a_parameter_that_is_not_given_is_told(db: Session) -> None:
    late = Prepared(update(_reports).where(OF_ERROR).values(at=NOW))
    with pytest.raises(KeyError, match="now"):
        late.run(db, {"sought": "one"})
    assert late.run(db, {"sought": "one", "now": clock.now()}) == 0


def test_what_the_database_refuses_is_told_without_the_values(engine: Engine) -> None:
    twice = row("one", detail="a secret")
    with transaction(engine) as db:
        Prepared(MAKE).run(db, twice)
    with pytest.raises(IntegrityError) as refused, transaction(engine) as db:
        Prepared(MAKE).run(db, twice)
    assert "a secret" not in str(refused.value)
    with transaction(engine) as db:
        assert Prepared(END).run(db, {"sought": "one"}) == 1


def test_a_lost_connection_leaves_the_pool(engine: Engine) -> None:
    kill = Prepared("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DBAPIError) as lost, transaction(engine) as db:
        kill.one(db, {})
    assert lost.value.connection_invalidated
    with transaction(engine) as db:
        assert Prepared("SELECT 1 AS one").one(db, {}).one == 1
