"""The chain covers every entry once it is final, and shows what was done behind our back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, text
from sqlalchemy.exc import ProgrammingError

from idp.journal.models import JournalEntry, Outcome
from idp.journal.record import copy_entries, entry
from idp.journal.seal import Verification, read_lines, seal_once, verify_journal
from idp.kit.db import make_engine
from tests.support.postgres import Database


@pytest.fixture
def serving(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sealed(serving: Engine) -> Engine:
    """Three seals over two entries each."""
    for first in (1, 3, 5):
        with serving.begin() as connection:
            write(connection, first, first + 1)
        seal(serving)
    return serving


def write(connection: Connection, *subjects: int) -> None:
    rows = [entry(event="person.registered", subject_number=n) for n in subjects]
    connection.execute(insert(JournalEntry), rows)


def seal(engine: Engine) -> int:
    with engine.begin() as connection:
        return seal_once(connection)


def verify(engine: Engine, *, known_head: bytes | None = None) -> Verification:
    with engine.connect() as connection:
        return verify_journal(connection, known_head=known_head)


@contextmanager
def behind_our_back(database: Database) -> Iterator[Connection]:
    """A connection of the tables' owner, whom no trigger stops."""
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        for table in ("journal_entry", "journal_seal"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
        yield connection
    engine.dispose()


def test_untouched_chain_holds(sealed: Engine) -> None:
    found = verify(sealed)
    assert (found.problem, found.seal_count, found.entry_count) == ("", 3, 6)
    assert found.unsealed_count == 0


def test_sealing_again_adds_nothing(sealed: Engine) -> None:
    assert seal(sealed) == 0
    assert verify(sealed).seal_count == 3


def test_only_one_node_seals_at_a_time(serving: Engine) -> None:
    with serving.begin() as connection:
        write(connection, 1)
    with serving.begin() as one, serving.begin() as other:
        assert seal_once(one) == 1
        assert seal_once(other) == 0


def test_entries_in_flight_are_sealed_after_they_commit(serving: Engine) -> None:
    with serving.connect() as slow:
        write(slow, 1)
        with serving.begin() as quick:
            write(quick, 2)
        assert seal(serving) == 0, "the slow transaction is older and may still commit"
        slow.commit()
    assert seal(serving) == 2
    assert verify(serving).problem == ""


def test_entries_rolled_back_leave_no_gap(serving: Engine) -> None:
    with serving.connect() as abandoned:
        write(abandoned, 1)
        abandoned.rollback()
    with serving.begin() as connection:
        write(connection, 2)
    assert seal(serving) == 1
    assert verify(serving).problem == ""


def test_the_line_of_an_entry_covers_every_column(sealed: Engine) -> None:
    full = {
        "outcome": "success",
        "sign_in_id": "00000000-0000-0000-0000-000000000001",
        "relying_party_id": "00000000-0000-0000-0000-000000000002",
        "service_id": "00000000-0000-0000-0000-000000000003",
        "agency_id": "00000000-0000-0000-0000-000000000004",
        "reason": "r",
        "acr": "LoA2",
        "organization_number": 7,
        "tier": "central",
        "error_id": "E",
    }
    with sealed.begin() as connection:
        connection.execute(
            insert(JournalEntry), {**entry(event="signin.succeeded", subject_number=9), **full}
        )
        line = [line for _, line in read_lines(connection, 0, 2**62)][-1]
    for column in JournalEntry.__table__.columns:
        assert f'"{column.name}": ' in line


@pytest.mark.parametrize(
    ("statement", "seal_number"),
    [
        ("UPDATE journal_entry SET acr = 'LoA4' WHERE subject_number = 3", 2),
        ("UPDATE journal_entry SET at = at - interval '1 microsecond' WHERE subject_number = 6", 3),
        ("""UPDATE journal_entry SET data = '{"proofing": 2}' WHERE subject_number = 1""", 1),
        ("DELETE FROM journal_entry WHERE subject_number = 4", 2),
        (
            """INSERT INTO journal_entry (at, xact_id, event, counted, data)
            SELECT at, xact_id, event, true, '{}' FROM journal_entry WHERE subject_number = 5""",
            3,
        ),
        ("UPDATE journal_seal SET sealed_at = now() WHERE id = 2", 2),
        ("DELETE FROM journal_seal WHERE id = 2", 3),
        ("DELETE FROM journal_seal WHERE id = 1", 2),
    ],
)
def test_first_broken_seal_is_named(
    sealed: Engine, database: Database, statement: str, seal_number: int
) -> None:
    with behind_our_back(database) as connection:
        assert connection.execute(text(statement)).rowcount == 1
    found = verify(sealed)
    assert found.problem
    assert found.seal_id == seal_number


def test_chain_cut_at_its_end_no_longer_has_the_known_head(
    sealed: Engine, database: Database
) -> None:
    head = verify(sealed).head_hash
    assert verify(sealed, known_head=head).problem == ""
    with behind_our_back(database) as connection:
        connection.execute(text("DELETE FROM journal_seal WHERE id = 3"))
        connection.execute(text("DELETE FROM journal_entry WHERE subject_number >= 5"))
    assert verify(sealed).problem == ""
    assert "known head" in verify(sealed, known_head=head).problem


def test_entry_stamped_with_a_future_transaction_is_found(
    sealed: Engine, database: Database
) -> None:
    with behind_our_back(database) as connection:
        connection.execute(
            text(
                "INSERT INTO journal_entry (at, xact_id, event, counted, data) "
                "VALUES (now(), '9999999999', 'person.registered', true, '{}')"
            )
        )
    assert "has not happened" in verify(sealed).problem


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_entry SET acr = 'LoA4'", "DELETE FROM journal_seal", "TRUNCATE journal_entry"],
)
def test_serving_role_cannot_rewrite_the_journal(sealed: Engine, statement: str) -> None:
    with pytest.raises(ProgrammingError), sealed.begin() as connection:
        connection.execute(text(statement))


def test_copied_entries_are_sealed_like_any_other(serving: Engine) -> None:
    with serving.begin() as connection:
        count = copy_entries(
            connection,
            (
                entry(event="signin.succeeded", outcome=outcome, subject_number=n, data=data)
                for n, outcome, data in [(1, Outcome.SUCCESS, {"a": "dấu\n\t\\"}), (2, None, None)]
            ),
        )
    assert count == 2
    with serving.connect() as connection:
        rows = connection.execute(text("SELECT outcome, data, counted FROM journal_entry")).all()
    assert [tuple(row) for row in rows] == [
        ("success", {"a": "dấu\n\t\\"}, True),
        (None, {}, True),
    ]
    assert seal(serving) == 2
    assert verify(serving).problem == ""
