"""Where an entry was asked from: apart from it, encrypted, tied to it, and gone when it is time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry, JournalSource, Outcome
from idp.journal.record import entry, record, record_all
from idp.journal.sources import Asker, asked_by, drop_old_sources, read_source, show_source
from idp.kit import clock
from idp.kit.crypto import DecryptionFailed, Keyring

RING = Keyring(["the encryption key of these tests"], "lookup")
ADDRESS = "203.0.113.7 port 51234"
YEAR = timedelta(days=365)


@pytest.fixture
def asked(db: Session) -> Session:
    asked_by(db, Asker(lambda: ADDRESS, RING))
    return db


def newest(db: Session) -> JournalEntry:
    found = db.scalar(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(1))
    assert found
    return found


def count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(JournalSource)) or 0


@pytest.mark.parametrize(
    "told",
    [
        {"event": "session.started", "subject_number": 7},
        {"event": "signin.refused", "outcome": Outcome.REFUSED, "reason": "access_denied"},
        {"event": "token.refused", "error_id": "7KQ4-M2XD"},
    ],
)
@pytest.mark.asvs("16.2.1")
def test_an_entry_keeps_its_source_apart(asked: Session, told: dict[str, Any]) -> None:
    """F7: address and port of a sign-in, a refusal, and what people read of themselves."""
    for write in (record, lambda db, **values: record_all(db, [entry(**values)])):
        write(asked, **told)
        source_id = newest(asked).source_id
        assert source_id
        assert read_source(asked, source_id=source_id, keyring=RING) == ADDRESS
    rows = "SELECT e::text || s::text FROM journal_entry e, journal_source s"
    assert not any("203.0.113.7" in row for row in asked.scalars(text(rows)))


def test_traffic_of_programs_and_work_of_nobody_keep_none(asked: Session) -> None:
    """F7: a refreshed token is no sign-in; a sweep or a command came from nowhere."""
    record(asked, event="token.refreshed", subject_number=7)
    assert newest(asked).source_id is None
    asked.info.clear()
    record(asked, event="signin.abandoned", outcome=Outcome.ABANDONED)
    assert newest(asked).source_id is None


def test_a_source_is_read_with_the_key_at_its_own_entry_alone(asked: Session) -> None:
    """F7: neither another key nor another row's id opens it."""
    ids = []
    for _ in range(2):
        record(asked, event="session.started", subject_number=7)
        ids.append(newest(asked).source_id)
    one, other = ids
    assert one
    assert other
    assert show_source(asked, source_id=one, keyring=RING) == ADDRESS
    stranger = Keyring(["another key"], "lookup")
    with pytest.raises(DecryptionFailed):
        read_source(asked, source_id=one, keyring=stranger)
    assert show_source(asked, source_id=one, keyring=stranger) == "kept under another key"
    moved = select(JournalSource.source_encrypted).where(JournalSource.id == other)
    asked.execute(
        update(JournalSource)
        .where(JournalSource.id == one)
        .values(source_encrypted=moved.scalar_subquery())
    )
    with pytest.raises(DecryptionFailed):
        read_source(asked, source_id=one, keyring=RING)
    assert show_source(asked, source_id=None, keyring=RING) is None


def test_sources_leave_when_the_policy_says_so(asked: Session) -> None:
    """F7: they expire by the operator's setting; the entry stays."""
    record(asked, event="session.started", subject_number=7)
    source_id = newest(asked).source_id
    with clock.shifted(YEAR - timedelta(hours=1)):
        assert drop_old_sources(asked, kept_for=YEAR, limit=10) == 0
    assert count(asked) == 1
    with clock.shifted(YEAR + timedelta(hours=1)):
        assert drop_old_sources(asked, kept_for=YEAR, limit=10) == 1
    assert count(asked) == 0
    assert newest(asked).source_id == source_id
    assert show_source(asked, source_id=source_id, keyring=RING) == "kept no longer"
