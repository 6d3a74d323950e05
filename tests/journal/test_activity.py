"""A person's own history: the events the catalogue has words for, in those words."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.journal.activity import find_disownable, list_activity
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock

HOUR = timedelta(hours=1)
ZONE = "Asia/Ho_Chi_Minh"


@pytest.fixture(scope="module")
def engine(owner: Engine) -> Engine:
    """Here the past is written."""
    return owner


def seen(db: Session) -> list[tuple[str, str]]:
    found = list_activity(db, subject_number=7, since=clock.now() - HOUR, zone=ZONE)
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


def test_failures_of_a_day_are_counted_in_the_countrys_zone(db: Session) -> None:
    """23:59 and 00:01 in Vietnam are two days, though one in Greenwich; another reason is apart."""
    number = 70
    midnight = clock.now().astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0)
    for minutes, reason in ((-2, "password"), (-1, "password"), (1, "password"), (1, "otp")):
        with clock.shifted(midnight + timedelta(minutes=minutes) - clock.now()):
            record(db, event="signin.attempt_failed", subject_number=number, reason=reason)
    with clock.shifted(midnight - clock.now()):
        record(db, event="signin.succeeded", subject_number=number)
    since = midnight - HOUR
    lines = list_activity(db, subject_number=number, since=since, zone=ZONE)
    failed = sorted(line.times for line in lines if line.event == "signin.attempt_failed")
    assert failed == [1, 1, 2]
    assert len(list_activity(db, subject_number=number, since=since, zone="UTC")) == 3
    pages = [
        [
            line.entry_id
            for line in list_activity(
                db, subject_number=number, since=since, zone=ZONE, limit=2, offset=offset
            )
        ]
        for offset in (0, 2, 4)
    ]
    assert [len(page) for page in pages] == [2, 2, 0]
    assert [one for page in pages for one in page] == [line.entry_id for line in lines]


def test_only_ones_own_doing_is_disowned(db: Session) -> None:
    """What the catalogue says of each event is what may be disowned."""
    for name, event in EVENTS.items():
        record(db, event=name, subject_number=71)
        newest = db.scalar(select(func.max(JournalEntry.id)))
        asked = {"entry_id": newest, "since": clock.now() - HOUR}
        found = find_disownable(db, subject_number=71, **asked)
        assert (found is not None) == event.may_disown, name
        assert find_disownable(db, subject_number=72, **asked) is None
