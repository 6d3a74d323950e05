"""The chain covers every entry once it is final, and shows what was done behind our back."""

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import ProgrammingError

from idp.journal.heads import Head
from idp.journal.models import JournalEntry, Outcome
from idp.journal.record import copy_entries, entry
from idp.journal.seal import GENESIS, read_lines, seal_once
from idp.journal.verify import Verification, verify_journal
from tests.journal.conftest import SIGNER, behind_our_back, seal, write
from tests.support.postgres import Database


def verify(engine: Engine, *, known_head: bytes = GENESIS) -> Verification:
    with engine.connect() as connection:
        known = Head.of_hash(known_head.hex())
        return verify_journal(connection, keys=SIGNER.public_keys, known_heads=[known])


def test_untouched_chain_holds(sealed: Engine) -> None:
    found = verify(sealed)
    assert (found.problem, found.seal_count, found.entry_count) == ("", 3, 6)
    assert found.unsealed_count == 0


def test_sealing_again_adds_nothing(sealed: Engine, sealing: Engine) -> None:
    assert seal(sealing) == 0
    assert verify(sealed).seal_count == 3


def test_only_one_node_seals_at_a_time(serving: Engine, sealing: Engine) -> None:
    with serving.begin() as connection:
        write(connection, 1)
    with sealing.begin() as one, sealing.begin() as other:
        assert seal_once(one, signer=SIGNER) == 1
        assert seal_once(other, signer=SIGNER) == 0


def test_entries_in_flight_are_sealed_after_they_commit(serving: Engine, sealing: Engine) -> None:
    with serving.connect() as slow:
        write(slow, 1)
        with serving.begin() as quick:
            write(quick, 2)
        assert seal(sealing) == 0, "the slow transaction is older and may still commit"
        slow.commit()
    assert seal(sealing) == 2
    assert verify(serving).problem == ""


def test_entries_rolled_back_leave_no_gap(serving: Engine, sealing: Engine) -> None:
    with serving.connect() as abandoned:
        write(abandoned, 1)
        abandoned.rollback()
    with serving.begin() as connection:
        write(connection, 2)
    assert seal(sealing) == 1
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
        "source_id": "00000000-0000-0000-0000-000000000005",
        "actor": "operator",
        "actor_number": 8,
    }
    with sealed.begin() as connection:
        connection.execute(
            insert(JournalEntry), {**entry(event="signin.succeeded", subject_number=9), **full}
        )
        line = [entry.line for entry in read_lines(connection, 0, 2**62)][-1]
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
@pytest.mark.asvs("13.2.2", "16.4.2")
def test_serving_role_cannot_rewrite_the_journal(sealed: Engine, statement: str) -> None:
    with pytest.raises(ProgrammingError), sealed.begin() as connection:
        connection.execute(text(statement))


def test_copied_entries_are_sealed_like_any_other(serving: Engine, sealing: Engine) -> None:
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
    assert seal(sealing) == 2
    assert verify(serving).problem == ""
