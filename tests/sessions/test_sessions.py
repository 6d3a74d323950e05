"""A session lives until one of its deadlines, its end, or its person's epoch says otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.people.models import Person, PersonStatus
from idp.sessions.end import end_other_sessions, end_session, end_session_of
from idp.sessions.lookup import find_session, list_sessions
from idp.sessions.start import StartedSession, raise_session, start_session, touch_session
from idp.settings.people import SessionSettings
from tests.support.people import add_person, shown

SETTINGS = SessionSettings()


def start(db: Session, person: Person, settings: SessionSettings = SETTINGS) -> StartedSession:
    return start_session(
        db,
        settings=settings,
        person_id=person.id,
        credentials_epoch=person.credentials_epoch,
        evidence=shown(1, at=clock.now()),
        at=clock.now(),
        source_address="127.0.0.1",
        user_agent="x" * 1000,
    )


@pytest.mark.asvs("7.2.1")
def test_a_started_session_is_found_by_its_cookie_only(db: Session) -> None:
    person = add_person(db)
    started = start(db, person)
    found = find_session(db, token=started.token)
    assert found is not None
    assert (found.sid, found.person_id, found.name) == (
        started.sid,
        person.id,
        person.name,
    )
    assert find_session(db, token=started.token + "x") is None
    assert find_session(db, token=str(started.sid)) is None
    assert find_session(db, token=None) is None


@pytest.mark.asvs("7.2.4")
def test_raising_gives_a_new_cookie_and_kills_the_old(db: Session) -> None:
    started = start(db, add_person(db))
    token = raise_session(
        db,
        settings=SETTINGS,
        sid=started.sid,
        evidence=shown(2, at=clock.now()),
        at=clock.now(),
    )
    found = find_session(db, token=token)
    assert found is not None
    assert (found.sid, found.authentication) == (started.sid, 2)
    assert find_session(db, token=started.token) is None


@pytest.mark.asvs("7.4.1")
def test_an_ended_session_cannot_be_raised(db: Session) -> None:
    started = start(db, add_person(db))
    assert end_session(db, sid=started.sid)
    assert not end_session(db, sid=started.sid)
    raised = raise_session(
        db,
        settings=SETTINGS,
        sid=started.sid,
        evidence=shown(2, at=clock.now()),
        at=clock.now(),
    )
    assert raised is None
    assert find_session(db, token=started.token) is None


@pytest.mark.parametrize(
    ("deadline", "settings"),
    [
        (SETTINGS.idle, SETTINGS),
        (SETTINGS.total, SETTINGS.model_copy(update={"idle": SETTINGS.total * 2})),
    ],
    ids=["idle", "total"],
)
@pytest.mark.asvs("7.3.1", "7.3.2")
def test_a_session_dies_at_its_deadlines(
    db: Session, deadline: timedelta, settings: SessionSettings
) -> None:
    started = start(db, add_person(db), settings)
    with clock.shifted(deadline - timedelta(seconds=5)):
        assert find_session(db, token=started.token) is not None
    with clock.shifted(deadline + timedelta(seconds=5)):
        assert find_session(db, token=started.token) is None


def test_use_keeps_a_session_from_going_idle(db: Session) -> None:
    started = start(db, add_person(db))
    with clock.shifted(SETTINGS.idle - timedelta(seconds=5)):
        found = find_session(db, token=started.token)
        assert found is not None
        touch_session(db, settings=SETTINGS, session=found)
    with clock.shifted(SETTINGS.idle + timedelta(minutes=5)):
        assert find_session(db, token=started.token) is not None


@pytest.mark.parametrize("how", ["epoch", "suspended", "closed"])
@pytest.mark.asvs("7.4.2")
def test_what_ends_a_person_ends_their_sessions(db: Session, how: str) -> None:
    person = add_person(db)
    started = start(db, person)
    assert find_session(db, token=started.token) is not None
    if how == "epoch":
        person.credentials_epoch += 1
    else:
        person.status = PersonStatus(how)
    db.flush()
    assert find_session(db, token=started.token) is None


def test_ending_others_keeps_mine_and_touches_no_stranger(db: Session) -> None:
    person, stranger = add_person(db), add_person(db)
    mine, other, theirs = start(db, person), start(db, person), start(db, stranger)
    assert not end_session_of(db, sid=theirs.sid, person_id=person.id)
    assert end_other_sessions(db, person_id=person.id, keep_sid=mine.sid) == [other.sid]
    assert [summary.sid for summary in list_sessions(db, person_id=person.id)] == [mine.sid]
    assert find_session(db, token=theirs.token) is not None
