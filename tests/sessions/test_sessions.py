"""A session lives until one of its deadlines, its end, or its person's epoch says otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from idp.consents.lookup import find_session_and_consent
from idp.factors.rules import STRICTEST
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.secrets import token_hash
from idp.people.models import Person, PersonStatus
from idp.sessions.end import end_other_sessions, end_session, end_session_of
from idp.sessions.lookup import find_session, list_sessions
from idp.sessions.models import SignInSession
from idp.sessions.start import StartedSession, raise_session, start_session, touch_session
from idp.settings.people import SessionSettings
from tests.support.people import add_person, shown

SETTINGS = SessionSettings()
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")


def start(db: Session, person: Person, settings: SessionSettings = SETTINGS) -> StartedSession:
    return start_session(
        db,
        keyring=KEYRING,
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
    found = find_session(db, keyring=KEYRING, token=started.token)
    assert found is not None
    assert (found.sid, found.person_id, found.name) == (
        started.sid,
        person.id,
        person.name,
    )
    assert find_session(db, keyring=KEYRING, token=started.token + "x") is None
    assert find_session(db, keyring=KEYRING, token=str(started.sid)) is None
    assert find_session(db, keyring=KEYRING, token=None) is None


@pytest.mark.asvs("7.2.4")
def test_raising_gives_a_new_cookie_and_kills_the_old(db: Session) -> None:
    person = add_person(db)
    started = start(db, person)
    token = raise_session(
        db,
        keyring=KEYRING,
        settings=SETTINGS,
        sid=started.sid,
        person_id=person.id,
        evidence=shown(2, at=clock.now()),
        at=clock.now(),
    )
    found = find_session(db, keyring=KEYRING, token=token)
    assert found is not None
    assert (found.sid, found.authentication) == (started.sid, 2)
    assert find_session(db, keyring=KEYRING, token=started.token) is None


@pytest.mark.asvs("7.4.1")
def test_an_ended_session_cannot_be_raised(db: Session) -> None:
    person = add_person(db)
    started = start(db, person)
    assert end_session(db, sid=started.sid)
    assert not end_session(db, sid=started.sid)
    raised = raise_session(
        db,
        keyring=KEYRING,
        settings=SETTINGS,
        sid=started.sid,
        person_id=person.id,
        evidence=shown(2, at=clock.now()),
        at=clock.now(),
    )
    assert raised is None
    assert find_session(db, keyring=KEYRING, token=started.token) is None


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
        assert find_session(db, keyring=KEYRING, token=started.token) is not None
    with clock.shifted(deadline + timedelta(seconds=5)):
        assert find_session(db, keyring=KEYRING, token=started.token) is None


def test_use_keeps_a_session_from_going_idle(db: Session) -> None:
    started = start(db, add_person(db))
    with clock.shifted(SETTINGS.idle - timedelta(seconds=5)):
        found = find_session(db, keyring=KEYRING, token=started.token)
        assert found is not None
        touch_session(db, settings=SETTINGS, session=found)
    with clock.shifted(SETTINGS.idle + timedelta(minutes=5)):
        assert find_session(db, keyring=KEYRING, token=started.token) is not None


@pytest.mark.parametrize("how", ["epoch", "suspended", "closed"])
@pytest.mark.asvs("7.4.2")
def test_what_ends_a_person_ends_their_sessions(db: Session, how: str) -> None:
    person = add_person(db)
    started = start(db, person)
    assert find_session(db, keyring=KEYRING, token=started.token) is not None
    if how == "epoch":
        person.credentials_epoch += 1
    else:
        person.status = PersonStatus(how)
    db.flush()
    assert find_session(db, keyring=KEYRING, token=started.token) is None


def test_ending_others_keeps_mine_and_touches_no_stranger(db: Session) -> None:
    person, stranger = add_person(db), add_person(db)
    mine, other, theirs = start(db, person), start(db, person), start(db, stranger)
    assert not end_session_of(db, sid=theirs.sid, person_id=person.id)
    assert end_other_sessions(db, person_id=person.id, keep_sid=mine.sid) == [other.sid]
    assert [summary.sid for summary in list_sessions(db, person_id=person.id)] == [mine.sid]
    assert find_session(db, keyring=KEYRING, token=theirs.token) is not None


@pytest.mark.parametrize("column", ["person_id", "token_hash"])
def test_a_row_that_was_given_to_another_is_nobodys(
    db: Session, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    """G14: the database's owner makes their own session another's, or another's their own."""
    mine, theirs = add_person(db), add_person(db)
    own, other = start(db, mine), start(db, theirs)
    taken, value = {"person_id": (own, theirs.id), "token_hash": (other, token_hash(own.token))}[
        column
    ]
    with db.begin_nested() as untouched:
        gone = [own.sid] if column == "token_hash" else []
        db.execute(delete(SignInSession).where(SignInSession.sid.in_(gone)))
        is_it = SignInSession.sid == taken.sid
        db.execute(update(SignInSession).where(is_it).values({column: value}))
        assert find_session(db, keyring=KEYRING, token=own.token) is None
        found, _ = find_session_and_consent(
            db,
            keyring=KEYRING,
            rules=STRICTEST,
            token=own.token,
            relying_party_id=None,
            mandate_id=None,
        )
        assert found is None
        assert f"session {taken.sid} was given to another" in caplog.text
        untouched.rollback()
    found = find_session(db, keyring=KEYRING, token=own.token)
    assert found is not None
    assert found.person_id == mine.id
