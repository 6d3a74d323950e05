"""A session whose time is over ends, and every party that listens is told, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from idp.sessions.end import end_session
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import find_session
from idp.sessions.models import SignInSession
from idp.sessions.start import StartedSession, start_session, touch_session
from idp.settings.people import SessionSettings
from idp.tokens.end import end_overdue_sessions
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from idp.tokens.models import Grant
from tests.support.people import add_agency, add_person, add_relying_party

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
RULES = SessionSettings()


@pytest.fixture(autouse=True)
def _nothing_is_overdue(engine: Engine) -> None:
    """What another test left."""
    with transaction(engine) as db:
        db.execute(update(SignInSession).values(ended_at=func.now()))


def begin(db: Session) -> StartedSession:
    """A session with a grant of a party that listens."""
    person, at = add_person(db), clock.now()
    code = f"listens-{uuid4().hex[:8]}"
    party = add_relying_party(db, client_id=code, agency=add_agency(db, code=code))
    party.backchannel_logout_uri = "https://rp.example/out"
    started = start_session(
        db,
        keyring=KEYRING,
        settings=RULES,
        person_id=person.id,
        credentials_epoch=0,
        evidence=shown_at(at, PASSWORD),
        at=at,
        source_address="",
        user_agent="",
    )
    db.add(
        Grant(
            sign_in_id=uuid4(),
            relying_party_id=party.id,
            person_id=person.id,
            credentials_epoch=0,
            sid=started.sid,
            scope="openid",
            acr="LoA1",
            amr=["pwd"],
            authenticated_at=at,
            is_offline=False,
            created_at=at,
            expires_at=at + timedelta(days=30),
        )
    )
    db.flush()
    return started


def told(db: Session, session: StartedSession) -> int:
    of = (OutboxMessage.kind == BACKCHANNEL_LOGOUT, OutboxMessage.key == str(session.sid))
    return db.scalar(select(func.count()).select_from(OutboxMessage).where(*of)) or 0


@pytest.mark.parametrize("after", [RULES.idle, RULES.total], ids=["unused", "over"])
def test_what_ended_by_time_is_told_once(engine: Engine, after: timedelta) -> None:
    with transaction(engine) as db:
        session = begin(db)
    with clock.shifted(after - timedelta(minutes=1)), transaction(engine) as db:
        if after == RULES.total:
            far = clock.now() + RULES.idle
            used = update(SignInSession).where(SignInSession.sid == session.sid)
            db.execute(used.values(idle_expires_at=far))
        assert end_overdue_sessions(db, limit=10) == 0
        assert told(db, session) == 0
    with clock.shifted(after + timedelta(seconds=1)), transaction(engine) as db:
        assert end_overdue_sessions(db, limit=10) == 1
        assert end_overdue_sessions(db, limit=10) == 0
        assert told(db, session) == 1
        assert find_session(db, keyring=KEYRING, token=session.token) is None


def test_one_that_is_used_goes_on_and_one_that_ended_is_told_no_more(engine: Engine) -> None:
    with transaction(engine) as db:
        used, ended = begin(db), begin(db)
        end_session(db, sid=ended.sid)
    with clock.shifted(RULES.idle - timedelta(minutes=1)), transaction(engine) as db:
        current = find_session(db, keyring=KEYRING, token=used.token)
        assert current is not None
        touch_session(db, settings=RULES, session=current)
    with clock.shifted(RULES.idle + timedelta(seconds=1)), transaction(engine) as db:
        assert end_overdue_sessions(db, limit=10) == 0
        assert (told(db, used), told(db, ended)) == (0, 0)


def test_a_batch_is_no_larger_than_it_may_be(engine: Engine) -> None:
    with transaction(engine) as db:
        for _ in range(3):
            begin(db)
    with clock.shifted(RULES.total + timedelta(seconds=1)), transaction(engine) as db:
        assert [end_overdue_sessions(db, limit=2) for _ in range(3)] == [2, 1, 0]
