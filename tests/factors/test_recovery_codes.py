"""Recovery codes: how they are made, kept, read as people type them, and used once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from idp.accounts.changes import keep_factors, replace_factor
from idp.assurance.evidence import Trust
from idp.factors.credentials import read_credentials
from idp.factors.enrolments import delete_over
from idp.factors.kinds import RECOVERY_CODE, TOTP
from idp.factors.models import Authenticator, RecoveryCode
from idp.factors.recovery_codes import (
    MANY,
    NewSet,
    begin_set,
    confirm_set,
    drop_set,
    find_begun_set,
    find_set,
    read_code,
    use_code,
)
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.letters import CODE_ALPHABET
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from tests.support.people import add_person, give_app, give_codes, with_app

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
TYPED = "K4QM-7R2X-B9TN-0C3H"
READ = "K4QM7R2XB9TN0C3H"


def owner(db: Session) -> CurrentSession:
    """Someone signed in with password and app, seen face to face."""
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id, at=NOW)
    return with_app(db, person_id, at=NOW)


def make(db: Session, session: CurrentSession) -> tuple[str, ...]:
    """A set that counts; its codes as they are printed."""
    return give_codes(db, keyring=KEYRING, person_id=session.person_id, at=NOW)


def use(db: Session, session: CurrentSession, code: str) -> int | None:
    """How many are left; None for a code that is refused."""
    used = use_code(db, keyring=KEYRING, person_id=session.person_id, typed=code, at=NOW)
    return None if used is None else used.left


def rows_of(db: Session, session: CurrentSession) -> list[RecoveryCode]:
    of = Authenticator.person_id == session.person_id
    return list(db.scalars(select(RecoveryCode).join(Authenticator).where(of)))


def test_ten_codes_work_once_each_and_an_eleventh_does_not(db: Session) -> None:
    """T8."""
    session = owner(db)
    codes = make(db, session)
    assert len(set(codes)) == MANY
    for left, code in zip(range(MANY - 1, -1, -1), codes, strict=True):
        assert use(db, session, code) == left
    assert all(use(db, session, code) is None for code in codes)
    assert use(db, session, TYPED) is None
    own = find_set(db, person_id=session.person_id)
    assert own is not None
    assert own.left == 0


def test_a_new_set_kills_the_one_before_at_once(db: Session) -> None:
    """T8: with its rows, so that nothing brings it back."""
    session = owner(db)
    old, new = make(db, session), make(db, session)
    assert use(db, session, old[0]) is None
    assert use(db, session, new[0]) == MANY - 1
    assert len(rows_of(db, session)) == MANY


def begin(db: Session, session: CurrentSession, *, at: datetime = NOW) -> NewSet:
    return begin_set(db, keyring=KEYRING, session=session, at=at)


def confirm(db: Session, session: CurrentSession, name: str, *, at: datetime = NOW) -> bool:
    """Whether the set counts from now on."""
    new = confirm_set(db, keyring=KEYRING, session=session, name=name, at=at)
    rules = AssuranceSettings()
    return new is not None and bool(replace_factor(db, new, session=session, settings=rules, at=at))


def test_a_set_counts_only_once_it_is_confirmed_and_its_session_alone_sees_it(db: Session) -> None:
    session = owner(db)
    shown = begin(db, session)
    assert use(db, session, shown.codes[0]) is None
    assert begin(db, session) == shown, "reloaded"
    elsewhere = replace(session, sid=uuid4())
    assert find_begun_set(db, keyring=KEYRING, session=elsewhere, at=NOW) is None
    assert not confirm(db, elsewhere, shown.name)
    assert RECOVERY_CODE not in read_credentials(db, person_id=session.person_id).held
    assert confirm(db, session, shown.name)
    assert find_begun_set(db, keyring=KEYRING, session=session, at=NOW) is None, "never again"
    assert use(db, session, shown.codes[0]) == MANY - 1


def test_a_set_that_was_not_seen_is_not_confirmed(db: Session) -> None:
    """Ticked in a tab from before, after another was begun in the next."""
    session = owner(db)
    before = begin(db, session)
    drop_set(db, session=session)
    after = begin(db, session, at=NOW + timedelta(seconds=1))
    assert not confirm(db, session, before.name)
    assert confirm(db, session, after.name)


def test_a_set_that_is_put_off_is_forgotten_and_so_is_one_of_half_an_hour_ago(db: Session) -> None:
    session = owner(db)
    first = begin(db, session)
    drop_set(db, session=session)
    assert not confirm(db, session, first.name)
    first = begin(db, session)
    later = NOW + timedelta(minutes=31)
    assert not confirm(db, session, first.name, at=later)
    assert begin(db, session, at=later) != first


def test_what_nobody_confirmed_is_deleted_and_what_is_displayed_stays(engine: Engine) -> None:
    """T21: so is the secret of an app that was never set up."""
    with transaction(engine) as db:
        session, other = owner(db), owner(db)
        later = NOW + timedelta(minutes=31)
        over, shown = begin(db, session), begin(db, other, at=later)
    with transaction(engine) as db:
        assert delete_over(db, at=NOW, limit=100) == 0
        assert delete_over(db, at=later, limit=100) >= 1
        assert not confirm(db, session, over.name)
        assert confirm(db, other, shown.name, at=later) is False, "not fresh when it was begun"
        assert find_begun_set(db, keyring=KEYRING, session=other, at=later) == shown


def test_codes_of_an_ended_epoch_are_not_confirmed(db: Session) -> None:
    """Whom support helped at this moment gets none."""
    session = owner(db)
    shown = begin(db, session)
    db.execute(text("UPDATE person SET credentials_epoch = 1"))
    assert not confirm(db, session, shown.name)


def test_copying_by_hand_may_take_longer_than_a_sign_in_stays_fresh(db: Session) -> None:
    """Freshness is asked when the codes are displayed; a set begun too late is refused."""
    session, at = owner(db), NOW + timedelta(minutes=20)
    assert confirm(db, session, begin(db, session).name, at=at)
    assert not confirm(db, session, begin(db, session, at=at).name, at=at)


def test_a_code_is_its_persons_alone(db: Session) -> None:
    session, other = owner(db), owner(db)
    code = make(db, session)[0]
    make(db, other)
    assert use(db, other, code) is None
    assert use(db, session, code) == MANY - 1


def test_a_row_that_the_databases_owner_gave_somebody_else_opens_nothing(db: Session) -> None:
    """Its hash is its person's, under a key that is not in the database."""
    session, other = owner(db), owner(db)
    code = make(db, session)[0]
    moved = {"kind": "recovery_code", "old": session.person_id, "new": other.person_id}
    db.execute(
        text("UPDATE authenticator SET person_id = :new WHERE person_id = :old AND kind = :kind"),
        moved,
    )
    assert use(db, other, code) is None


def test_whoever_lost_their_factors_at_the_desk_has_no_codes(db: Session) -> None:
    session = owner(db)
    code = make(db, session)[0]
    assert keep_factors(db, person_id=session.person_id, kept=(), at=NOW)
    assert use(db, session, code) is None
    assert rows_of(db, session) == []


def test_a_set_carries_what_the_app_carries_with_which_it_was_made(db: Session) -> None:
    session = owner(db)
    make(db, session)
    own = read_credentials(db, person_id=session.person_id)
    assert own.trust_in(RECOVERY_CODE) == own.trust_in(TOTP)
    pending = Trust(1, NOW + timedelta(days=3))
    db.execute(
        text("UPDATE authenticator SET carries_proofing = :proofing, carries_from = :since"),
        {"proofing": pending.proofing, "since": pending.since},
    )
    make(db, session)
    own = read_credentials(db, person_id=session.person_id)
    assert own.trust_in(RECOVERY_CODE) == pending


@pytest.mark.parametrize(
    "typed",
    [
        TYPED,
        READ,
        READ.lower(),
        "k4qm 7r2x b9tn oc3h",
        "K4QM\u20107R2X\u2011B9TN\u2013OC3H",
        "K4QM\u22127R2X.B9TN\u00a00C3H",
        "\u200b\u202aK4QM-7R2X-B9TN-0C3H\u202c\ufeff",
        "\uff2b\uff14\uff31\uff2d\uff0d\uff17\uff32\uff12\uff38\u3000\uff22\uff19\uff34\uff2e\uff10\uff23\uff13\uff28",
        "\tK4QM-7R2X-B9TN-0C3H\r\n",
    ],
)
def test_a_code_is_read_however_it_was_copied(typed: str) -> None:
    assert read_code(typed) == READ


def test_letters_that_look_like_digits_are_those() -> None:
    assert read_code("oOiIlL") == "001111"


def test_no_code_holds_what_a_vietnamese_keyboard_changes() -> None:
    """Telex makes â of aa, đ of dd, ư of w; of a consonant and a digit no method makes anything."""
    assert set(CODE_ALPHABET) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), "Crockford's"
    assert set(CODE_ALPHABET) & set("AEIOUYDW") == set()
    assert len(CODE_ALPHABET) ** 16 > 2**76


@pytest.mark.parametrize("typed", ["", " ", "K4QM", TYPED[:-1], f"{TYPED}7", "Đ" * 16, "\ud800"])
def test_what_is_no_code_is_refused(db: Session, typed: str) -> None:
    session = owner(db)
    make(db, session)
    assert use(db, session, typed) is None


@pytest.mark.asvs("2.3.4", "6.5.1")
def test_of_fifty_who_use_one_code_at_once_one_wins(engine: Engine) -> None:
    """T8, and the rule of all one-time things."""
    with transaction(engine) as db:
        session = owner(db)
        code = make(db, session)[0]

    def attempt(_nth: int) -> int | None:
        with transaction(engine) as db:
            return use(db, session, code)

    with ThreadPoolExecutor(10) as pool:
        left = [one for one in pool.map(attempt, range(50)) if one is not None]
    assert left == [MANY - 1]


def test_the_tables_hold_no_code_in_clear(db: Session) -> None:
    """T21: neither while they are displayed nor after; what was displayed is gone from its row."""
    session = owner(db)
    shown = begin(db, session)
    forms = [form.encode() for code in shown.codes for form in (code, code.replace("-", ""))]
    assert not any(form in _dump(db) for form in forms)
    assert confirm(db, session, shown.name)
    db.flush()
    assert not any(form in _dump(db) for form in forms)
    own = Authenticator.person_id == session.person_id, Authenticator.kind == RECOVERY_CODE.name
    row = db.scalars(select(Authenticator).where(*own)).one()
    assert row.secret_encrypted is None


def _dump(db: Session) -> bytes:
    rows: Iterator[tuple[object, ...]] = (
        tuple(row)
        for table in ("authenticator", "recovery_code", "journal_entry", "outbox_message")
        for row in db.execute(text(f"SELECT * FROM {table}"))
    )
    return b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for row in rows
        for value in row
    )
