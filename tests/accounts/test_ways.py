"""What a person does with their ways to sign in, by the clock and at the same instant."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from idp.accounts.changes import confirm_factor
from idp.accounts.ways import Came, OwnWay, find_way
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP, Kind
from idp.factors.models import Authenticator
from idp.factors.totp import new_app
from idp.factors.ways import list_ways, remove_suspended
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.models import PASSWORD_HASH, Person
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.models import SignInSession
from idp.sessions.start import start_session
from idp.settings.people import AssuranceSettings, SessionSettings
from tests.support.people import add_person, give_app, give_codes

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
SECRETS = ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def owner_of(db: Session, *, apps: int) -> UUID:
    person_id = add_person(db).id
    sealed = PASSWORD_HASH.seal(KEYRING, "hash", id=person_id)
    db.execute(update(Person).where(Person.id == person_id).values(password_encrypted=sealed))
    give_app(db, keyring=KEYRING, person_id=person_id, at=NOW - DAY, secret=SECRETS[0])
    for nth in range(1, apps):
        at, secret = NOW - DAY + MINUTE * nth, SECRETS[nth]
        app = new_app(KEYRING, person_id=person_id, secret=secret, at=at)
        app.carries_proofing = 2
        db.add(app)
    db.flush()
    return person_id


def session_of(
    db: Session, owner: UUID, *kinds: Kind, at: datetime = NOW, factor: UUID | None = None
) -> CurrentSession:
    person = db.get_one(Person, owner)
    evidence = shown_at(at, PASSWORD, *kinds)
    if factor is not None:
        evidence = [*evidence, {**shown_at(at, TOTP)[0], "id": str(factor)}]
    epoch = person.credentials_epoch
    sid = start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=owner,
        credentials_epoch=epoch,
        evidence=evidence,
        at=at,
        source_address="192.0.2.1",
        user_agent="",
    ).sid
    number, proofing = person.subject_number, person.proofing
    return CurrentSession(sid, owner, number, "Hoa", proofing, "vi", epoch, evidence, at)


def factors_of(db: Session, owner: UUID) -> list[UUID]:
    return [one.id for one in read_credentials(db, person_id=owner).factors]


def way_of(db: Session, session: CurrentSession, factor: UUID, *, at: datetime = NOW) -> OwnWay:
    way = find_way(db, factor, session=session, settings=AssuranceSettings(), at=at)
    assert way
    return way


@pytest.mark.parametrize("act", [OwnWay.remove, OwnWay.lock], ids=lambda act: act.__name__)
def test_the_last_way_that_reaches_the_level_stays(
    db: Session, act: Callable[[OwnWay], Came]
) -> None:
    """R11: a sheet of codes is no way of its own, and one of two apps may go."""
    owner = owner_of(db, apps=1)
    give_codes(db, keyring=KEYRING, person_id=owner)
    app = new_app(KEYRING, person_id=owner, secret=SECRETS[1], at=NOW)
    app.carries_proofing = 2
    db.add(app)
    db.flush()
    session = session_of(db, owner, TOTP)
    first, last = (one.id for one in list_ways(db, person_id=owner, at=NOW))
    assert act(way_of(db, session, first)) is Came.DONE
    assert act(way_of(db, session, last)) is Came.LAST
    assert last in factors_of(db, owner)


def test_what_carries_the_proofing_does_not_go_for_what_does_not(db: Session) -> None:
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    db.execute(update(Person).where(Person.id == owner).values(proofing=2))
    db.execute(update(Authenticator).where(Authenticator.id == second).values(carries_proofing=1))
    db.expire_all()
    session = session_of(db, owner, TOTP)
    assert way_of(db, session, first).remove() is Came.LAST
    assert way_of(db, session, second).remove() is Came.DONE


@pytest.mark.parametrize(
    ("after", "comes_back"), [(DAY - MINUTE, True), (DAY, False), (DAY + MINUTE, False)]
)
def test_what_was_taken_away_can_be_had_back_for_a_day(
    db: Session, after: timedelta, *, comes_back: bool
) -> None:
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    assert way_of(db, session_of(db, owner, TOTP), second).remove() is Came.DONE
    assert factors_of(db, owner) == [first]
    at = NOW + after
    assert (remove_suspended(db, at=at, limit=10) == 0) is comes_back
    deleted = select(JournalEntry.data).where(JournalEntry.event == "factor.deleted")
    assert list(db.scalars(deleted)) == ([] if comes_back else [{"kind": "totp"}])
    session = session_of(db, owner, TOTP, at=at)
    way = find_way(db, second, session=session, settings=AssuranceSettings(), at=at)
    assert (way is not None and way.restore() is Came.DONE) is comes_back
    assert factors_of(db, owner) == ([first, second] if comes_back else [first])
    seed = select(Authenticator.secret_encrypted).where(Authenticator.id == second)
    assert (db.scalar(seed) is not None) is comes_back


def test_a_locked_way_counts_again_once_unlocked_and_not_before(db: Session) -> None:
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    session = session_of(db, owner, TOTP)
    assert way_of(db, session, second).lock() is Came.DONE
    assert way_of(db, session, second).lock() is Came.NOTHING
    assert factors_of(db, owner) == [first]
    assert way_of(db, session, second).unlock() is Came.DONE
    assert way_of(db, session, second).unlock() is Came.NOTHING
    assert factors_of(db, owner) == [first, second]


def test_only_sessions_in_which_it_was_shown_end_and_not_this_one(db: Session) -> None:
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    here, with_it, with_other = (
        session_of(db, owner, factor=shown).sid for shown in (second, second, first)
    )
    current = session_of(db, owner, factor=first)
    acting = CurrentSession(
        here, owner, current.subject_number, "Hoa", 0, "vi", 0, current.evidence, NOW
    )
    assert way_of(db, acting, second).remove() is Came.DONE
    ended = select(SignInSession.sid).where(
        SignInSession.person_id == owner, SignInSession.ended_at.is_not(None)
    )
    assert db.scalars(ended).all() == [with_it]
    assert with_other != with_it


def test_a_session_that_does_not_say_which_app_it_was_ends_too(db: Session) -> None:
    """It is from a time when a person had one of a kind."""
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    before = session_of(db, owner, TOTP).sid
    session_of(db, owner, factor=first)
    session_of(db, owner)
    assert way_of(db, session_of(db, owner, TOTP), second).lock() is Came.DONE
    ended = select(SignInSession.sid).where(
        SignInSession.person_id == owner, SignInSession.ended_at.is_not(None)
    )
    assert db.scalars(ended).all() == [before]


def test_a_password_alone_changes_no_way(db: Session) -> None:
    """T10: and a session that showed the app long ago does not either."""
    owner = owner_of(db, apps=2)
    rules = AssuranceSettings()
    for session in (session_of(db, owner), session_of(db, owner, TOTP, at=NOW - DAY)):
        assert not find_way(db, factors_of(db, owner)[0], session=session, settings=rules, at=NOW)
    stranger = session_of(db, owner_of(db, apps=1), TOTP)
    assert not find_way(db, factors_of(db, owner)[0], session=stranger, settings=rules, at=NOW)
    assert way_of(db, session_of(db, owner, TOTP), factors_of(db, owner)[0])


def test_each_act_is_journaled_once_and_a_name_is_not(db: Session) -> None:
    owner = owner_of(db, apps=2)
    session, way = session_of(db, owner, TOTP), factors_of(db, owner)[1]
    for act in (OwnWay.lock, OwnWay.unlock, OwnWay.remove, OwnWay.remove, OwnWay.restore):
        act(way_of(db, session, way))
    assert way_of(db, session, way).rename("  Điện\u202e thoại\n mới " + "x" * 99) is Came.DONE
    db.flush()
    events = select(JournalEntry.event).where(
        JournalEntry.subject_number == session.subject_number,
        JournalEntry.event.in_([f"factor.{e}" for e in ("locked", "unlocked", "suspended")])
        | (JournalEntry.event == "factor.restored"),
    )
    assert db.scalars(events.order_by(JournalEntry.id)).all() == [
        f"factor.{word}" for word in ("locked", "unlocked", "suspended", "restored")
    ]
    names = [one.name for one in list_ways(db, person_id=owner, at=NOW)]
    assert names[1].startswith("Điện thoại mới xxx")
    assert len(names[1]) == 40


def test_of_fifty_that_take_both_away_at_once_one_way_is_left(engine: Engine) -> None:
    with transaction(engine) as db:
        owner = owner_of(db, apps=2)
        ids, session = factors_of(db, owner), session_of(db, owner, TOTP)

    def take(nth: int) -> Came:
        with transaction(engine) as db:
            return way_of(db, session, ids[nth % 2]).remove()

    with ThreadPoolExecutor(10) as pool:
        came = list(pool.map(take, range(50)))
    assert came.count(Came.DONE) == 1
    assert came.count(Came.LAST) >= 24
    with transaction(engine) as db:
        assert len(factors_of(db, owner)) == 1


@pytest.mark.parametrize("act", [OwnWay.remove, OwnWay.lock], ids=lambda act: act.__name__)
def test_what_is_away_or_locked_is_not_confirmed_with_the_others(
    db: Session, act: Callable[[OwnWay], Came]
) -> None:
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    assert act(way_of(db, session_of(db, owner, TOTP), second)) is Came.DONE
    db.execute(update(Person).where(Person.id == owner).values(proofing=2))
    db.execute(update(Authenticator).values(carries_proofing=0))
    assert confirm_factor(db, person_id=owner, kind=TOTP, by="desk", at=NOW)
    rows = select(Authenticator.id, Authenticator.carries_proofing)
    carried = {row.id: row.carries_proofing for row in db.execute(rows)}
    assert (carried[first], carried[second]) == (2, 0)


def test_what_a_desk_saw_says_so_and_what_mail_confirmed_does_not(db: Session) -> None:
    """Also where it carried everything already, and was no news."""
    owner = owner_of(db, apps=2)
    first, second = factors_of(db, owner)
    for one, by in ((first, "desk"), (second, "contact")):
        confirm_factor(db, person_id=owner, kind=TOTP, factor_id=one, by=by, at=NOW)
    seen = select(Authenticator.id).where(Authenticator.seen_at == NOW)
    assert list(db.scalars(seen)) == [first]
