"""A person's own history: the events the catalogue has words for, in those words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.journal.activity import list_activity
from idp.journal.events import EVENTS
from idp.journal.record import record
from idp.kit import clock

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def engine(owner: Engine) -> Engine:
    """Here the past is written."""
    return owner


def seen(db: Session) -> list[tuple[str, str]]:
    found = list_activity(db, subject_number=7, since=clock.now() - HOUR)
    return [(activity.words, activity.tone) for activity in found]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_shown_when_its_row_has_words(db: Session, name: str) -> None:
    record(db, event=name, subject_number=7)
    event = EVENTS[name]
    assert seen(db) == ([(event.words, event.tone)] if event.words else [])


def test_a_session_for_a_relying_party_is_not_shown_beside_its_sign_in(db: Session) -> None:
    record(db, event="session.started", subject_number=7, relying_party_id=uuid4())
    record(db, event="signin.succeeded", subject_number=7, relying_party_id=uuid4())
    assert seen(db) == [("Signed in", "success")]
    record(db, event="session.started", subject_number=7)
    assert seen(db) == [("Signed in", "success")] * 2


def test_nobody_sees_what_happened_to_others_or_long_ago(db: Session) -> None:
    record(db, event="factor.enrolled", subject_number=8)
    with clock.shifted(-2 * HOUR):
        record(db, event="factor.enrolled", subject_number=7)
    assert seen(db) == []
    record(db, event="factor.enrolled", subject_number=7)
    assert len(seen(db)) == 1
