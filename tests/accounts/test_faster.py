"""Two at once: a desk confirms an app while somebody takes it away for not being confirmed."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from idp.accounts.changes import (
    add_factor,
    confirm_factor,
    disown_factors,
    replace_factor,
    set_password,
)
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP
from idp.factors.recovery_codes import begin_set, confirm_set
from idp.factors.totp import new_app, new_secret
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.models import PASSWORD_HASH
from idp.sessions.end import end_other_sessions
from idp.sessions.evidence import Shown, shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import start_session
from idp.settings.people import AssuranceSettings, SessionSettings
from tests.support.people import add_person

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
RULES = AssuranceSettings()
_WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
_LOOKS = 100_000
Act = Callable[[Session, CurrentSession], object]


def session_of(person_id: UUID) -> CurrentSession:
    """Of somebody proven who has just shown a password."""
    return CurrentSession(uuid4(), person_id, 1, "Hoa", 2, "vi", 0, shown_at(NOW, PASSWORD), NOW)


def an_app(person_id: UUID) -> object:
    return new_app(KEYRING, person_id=person_id, secret=new_secret(), at=NOW)


@pytest.fixture
def session(engine: Engine) -> CurrentSession:
    """Somebody with an app that does not carry their proofing."""
    with transaction(engine) as db:
        person = add_person(db)
        person.password_encrypted = PASSWORD_HASH.seal(KEYRING, "hash", id=person.id)
        db.flush()
        session = session_of(person.id)
        assert add_factor(db, an_app(person.id), session=session, settings=RULES, at=NOW)  # type: ignore[arg-type]
    return session


def disown(db: Session, session: CurrentSession) -> object:
    return disown_factors(db, session=session, at=NOW)


def replace(db: Session, session: CurrentSession) -> object:
    app = an_app(session.person_id)
    return replace_factor(db, app, session=session, settings=RULES, at=NOW)  # type: ignore[arg-type]


def add(db: Session, session: CurrentSession) -> object:
    app = an_app(session.person_id)
    return add_factor(db, app, session=session, settings=RULES, at=NOW)  # type: ignore[arg-type]


def make_codes(db: Session, session: CurrentSession) -> object:
    name = begin_set(db, keyring=KEYRING, session=session, at=NOW).name
    new = confirm_set(db, keyring=KEYRING, session=session, name=name, at=NOW)
    return new and replace_factor(db, new, session=session, settings=RULES, at=NOW)


def choose_password(db: Session, session: CurrentSession) -> object:
    """Which takes away what does not carry the proofing, and succeeds without it too."""
    set_password(
        db,
        keyring=KEYRING,
        person_id=session.person_id,
        password_hash="new",
        kept=(),
        at=NOW,
    )
    return None


def waits_for_another(engine: Engine) -> bool:
    with engine.connect() as connection:
        return any(connection.scalar(_WAITS) for _ in range(_LOOKS))


@pytest.mark.parametrize("act", [disown, replace, choose_password], ids=lambda act: act.__name__)
def test_an_app_that_a_desk_confirms_at_that_moment_stays(
    engine: Engine, session: CurrentSession, act: Act
) -> None:
    """G1: it was read as pending, the desk confirmed and committed, and it was taken away."""
    done: list[object] = []

    def take_away() -> None:
        with transaction(engine) as db:
            done.append(act(db, session))

    racer = threading.Thread(target=take_away)
    with transaction(engine) as db:
        assert confirm_factor(db, person_id=session.person_id, kind=TOTP, by="desk", at=NOW)
        racer.start()
        assert waits_for_another(engine)
    racer.join(30)
    assert done == [None]
    with transaction(engine) as db:
        own = read_credentials(db, person_id=session.person_id)
    assert TOTP in own.confirmed(at=clock.now())


@pytest.mark.parametrize("act", [disown, replace, choose_password], ids=lambda act: act.__name__)
def test_an_app_that_nobody_confirms_goes(
    engine: Engine, session: CurrentSession, act: Act
) -> None:
    """G1, control."""
    with transaction(engine) as db:
        before = read_credentials(db, person_id=session.person_id).authenticators
        act(db, session)
        after = read_credentials(db, person_id=session.person_id)
        assert TOTP not in after.confirmed(at=clock.now())
        assert (TOTP in after.held) is (act is replace)
        assert before


def test_who_objects_with_a_session_that_is_over_takes_nothing_away(
    engine: Engine, session: CurrentSession
) -> None:
    with transaction(engine) as db:
        set_password(
            db,
            keyring=KEYRING,
            person_id=session.person_id,
            password_hash="new",
            kept=(Shown(TOTP, NOW),),
            at=NOW,
        )
        assert disown_factors(db, session=session, at=NOW) is None
        assert TOTP in read_credentials(db, person_id=session.person_id).held


@pytest.mark.parametrize("act", [add, replace, make_codes], ids=lambda act: act.__name__)
def test_whose_session_was_ended_meanwhile_binds_nothing(engine: Engine, act: Act) -> None:
    """It was read as alive; its owner put another app in the place of a thief's, and ended it.

    Codes of that session would carry as much as the owner's app does: it says "the app was shown".
    """
    with transaction(engine) as db:
        person = add_person(db)
        person.password_encrypted = PASSWORD_HASH.seal(KEYRING, "hash", id=person.id)
        db.flush()
        started = start_session(
            db,
            keyring=KEYRING,
            settings=SessionSettings(),
            person_id=person.id,
            credentials_epoch=0,
            evidence=shown_at(NOW, PASSWORD, TOTP),
            at=NOW,
            source_address="192.0.2.1",
            user_agent="",
        )
        thief = CurrentSession(
            started.sid, person.id, 1, "Hoa", 2, "vi", 0, shown_at(NOW, PASSWORD, TOTP), NOW
        )
        if act is not add:
            add_factor(db, an_app(person.id), session=session_of(person.id), settings=RULES, at=NOW)  # type: ignore[arg-type]
    with transaction(engine) as db:
        end_other_sessions(db, person_id=person.id, keep_sid=None)
    with transaction(engine) as db:
        before = read_credentials(db, person_id=person.id).authenticators
        assert act(db, thief) is None
        assert read_credentials(db, person_id=person.id).authenticators == before
