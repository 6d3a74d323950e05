"""An event that notifies somebody puts the message into the outbox with the entry, or neither."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.journal.event import Event
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.journal.record import entry, record, record_all
from idp.journal.sources import Asker, asked_by
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from tests.support.statements import statements

KINDS = ("test.mail", "test.sms")


@pytest.fixture(autouse=True)
def events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, "test.told", Event("Something happened.", notifies=KINDS))
    monkeypatch.setitem(EVENTS, "test.quiet", Event("Something else happened."))


def messages(db: Session) -> list[tuple[str, str, str]]:
    rows = select(OutboxMessage).order_by(OutboxMessage.key, OutboxMessage.kind)
    return [(row.kind, row.recipient, row.key) for row in db.scalars(rows)]


def test_a_message_of_each_kind_names_the_person_and_the_entry_alone(db: Session) -> None:
    record(db, event="test.told", subject_number=7, data={"kind": "totp"})
    entry_id = db.scalar(select(JournalEntry.id).where(JournalEntry.event == "test.told"))
    assert messages(db) == [(kind, "7", str(entry_id)) for kind in KINDS]
    assert db.scalars(select(OutboxMessage.payload)).all() == [{}, {}]


def test_every_entry_notifies_again(db: Session) -> None:
    for _ in range(2):
        record(db, event="test.told", subject_number=7)
    assert len(messages(db)) == 2 * len(KINDS)


def test_other_events_notify_nobody_and_cost_one_statement(db: Session, engine: Engine) -> None:
    db.connection()
    with statements(engine) as sent:
        record(db, event="test.quiet", subject_number=7)
    assert len(sent) == 1
    assert messages(db) == []


def test_an_entry_about_nobody_notifies_nobody(db: Session) -> None:
    record(db, event="test.told")
    assert messages(db) == []


def test_entries_recorded_together_notify_as_those_recorded_alone(db: Session) -> None:
    told = [entry(event="test.told", subject_number=number) for number in (7, 8)]
    record_all(db, [*told, entry(event="test.quiet", subject_number=9)])
    assert [recipient for _, recipient, _ in messages(db)] == ["7", "7", "8", "8"]
    record_all(db, [])


@pytest.mark.asvs("2.3.3")
def test_what_is_rolled_back_is_neither_recorded_nor_told(engine: Engine) -> None:
    with Session(engine) as db:
        record(db, event="test.told", subject_number=7)
        assert len(messages(db)) == len(KINDS)
        db.rollback()
        assert messages(db) == []
        entries = select(func.count()).where(JournalEntry.event == "test.told")
        assert db.scalar(entries) == 0


def test_entries_of_one_unit_leave_together_and_in_order(engine: Engine) -> None:
    """With one source: what a request does was asked from one place."""
    sign_in_id, ring = uuid4(), Keyring(["a secret of these tests"], "lookup")
    with statements(engine) as sent, transaction(engine) as db:
        asked_by(db, Asker(lambda: "203.0.113.7 port 51234", ring))
        for nth in range(6):
            event = "session.started" if nth % 2 else "token.refreshed"
            record(db, event=event, sign_in_id=sign_in_id, subject_number=nth)
    assert len(sent) == 2
    told = select(JournalEntry).where(JournalEntry.sign_in_id == sign_in_id)
    with transaction(engine) as db:
        rows = db.scalars(told.order_by(JournalEntry.id)).all()
    assert [row.subject_number for row in rows] == list(range(6))
    sources = [row.source_id for row in rows]
    assert sources[0] is sources[2] is sources[4] is None
    assert sources[1] == sources[3] is not None
    assert sources[5] not in (None, sources[1])


def test_an_entry_comes_before_what_is_asked_after_it(engine: Engine) -> None:
    sign_in_id = uuid4()
    told = select(func.count()).where(JournalEntry.sign_in_id == sign_in_id)
    with transaction(engine) as db:
        record(db, event="test.quiet", sign_in_id=sign_in_id)
        assert db.scalar(told) == 1
        record(db, event="test.quiet", sign_in_id=sign_in_id)
        record_all(db, [entry(event="test.quiet", sign_in_id=sign_in_id)])
    with transaction(engine) as db:
        assert db.scalar(told) == 3
