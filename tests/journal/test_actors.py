"""An entry says who acted: subject = whom it concerns, actor = who did it."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from idp.journal.activity import list_activity
from idp.journal.actors import WORDS, Actor, Capacity, acted_by
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.journal.record import entry, record, record_all
from idp.journal.trail import list_trail
from idp.kit import clock
from tests.journal.conftest import behind_our_back, seal, write
from tests.journal.test_seal import verify
from tests.support.postgres import Database

DESK = Actor(Capacity.DESK, number=8, account="registrar")


def who(db: Session) -> list[tuple[Any, ...]]:
    columns = (JournalEntry.subject_number, JournalEntry.actor, JournalEntry.actor_number)
    return [tuple(row) for row in db.execute(select(*columns).order_by(JournalEntry.id))]


def test_the_session_says_who_acts(db: Session) -> None:
    """G5: whoever records knows whom it concerns; who acts is told once for the unit of work."""
    acted_by(db, DESK)
    record(db, event="person.password_changed", subject_number=7, data={"kept": 1})
    record_all(db, [entry(event="person.proofed", subject_number=7)])
    assert who(db) == [(7, "desk", 8)] * 2
    first = db.scalars(select(JournalEntry.data).order_by(JournalEntry.id)).first()
    assert first == {"kept": 1, "claimed_account": "registrar"}


def test_a_person_acts_for_themselves_unless_somebody_is_named(db: Session) -> None:
    """G5: the control."""
    record(db, event="person.password_changed", subject_number=7)
    assert who(db) == [(7, None, None)]


@pytest.mark.parametrize("event", [name for name, row in EVENTS.items() if row.is_by_others])
def test_what_nobody_does_to_themselves_is_never_told_as_their_own(db: Session, event: str) -> None:
    """G5: without a name it was the program."""
    record(db, event=event, subject_number=7)
    assert who(db) == [(7, "program", None)]
    assert event not in ("signin.succeeded", "person.password_changed")


def test_the_person_reads_in_which_capacity_and_not_who(db: Session) -> None:
    """G5: "by a one-stop shop", without the official's number or account."""
    acted_by(db, DESK)
    record(db, event="person.password_changed", subject_number=7)
    [line] = list_activity(db, subject_number=7, since=clock.now().replace(year=2000), zone="UTC")
    assert line.by == WORDS[Capacity.DESK] == "by a one-stop shop"
    assert "registrar" not in repr(line)
    assert "8" not in repr(line).partition("at=")[0]


def test_the_trail_is_asked_by_either_end(db: Session) -> None:
    """G5: what was done to a person, and what an official did."""
    acted_by(db, DESK)
    record(db, event="person.proofed", subject_number=7)
    record(db, event="person.proofed", subject_number=9)
    assert [e.subject_number for e in list_trail(db, actor_number=8, limit=9)] == [9, 7]
    assert [e.actor_number for e in list_trail(db, subject_number=7, limit=9)] == [8]
    assert list_trail(db, actor_number=7, limit=9) == []


def test_who_acted_is_sealed_and_older_seals_still_hold(
    database: Database, serving: Engine, sealing: Engine
) -> None:
    """G5: rows of before the column verify as they did; another actor breaks a seal."""
    with serving.begin() as connection:
        write(connection, 1, 2)
    seal(sealing)
    with Session(serving) as db, db.begin():
        acted_by(db, DESK)
        record(db, event="person.proofed", subject_number=3)
    seal(sealing)
    assert verify(serving).problem == ""
    with behind_our_back(database) as connection:
        connection.execute(text("UPDATE journal_entry SET actor_number = 9 WHERE actor = 'desk'"))
    assert verify(serving).seal_id == 2


@pytest.mark.parametrize("capacity", Capacity)
def test_every_capacity_has_words(capacity: Capacity) -> None:
    assert WORDS[capacity]
