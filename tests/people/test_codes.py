"""A code is counted and taken by one statement: no race reads more than is allowed."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.codes import Purpose, drop_expired_codes, new_code, open_code, take_code
from idp.people.models import PersonCode
from tests.support.people import add_person

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
CODE = "482719"
AT_ONCE = 8


@pytest.fixture
def person_id(engine: Engine) -> UUID:
    with transaction(engine) as db:
        return add_person(db).id


@pytest.fixture
def sid(engine: Engine, person_id: UUID) -> UUID:
    """A session that asked for the code."""
    sid = uuid4()
    with transaction(engine) as db:
        assert open_code(
            db,
            CODE,
            keyring=KEYRING,
            purpose=Purpose.CONTACT,
            person_id=person_id,
            sid=sid,
            about=str(person_id),
            at=clock.now(),
        )
    return sid


def take_all(engine: Engine, person_id: UUID, sid: UUID, *typed: str) -> list[bool]:
    def take(code: str) -> bool:
        with transaction(engine) as db:
            return take_code(
                db,
                code,
                keyring=KEYRING,
                purpose=Purpose.CONTACT,
                person_id=person_id,
                sid=sid,
                about=str(person_id),
                at=clock.now(),
            )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(take, typed))


def test_of_parallel_tries_with_the_right_code_one_wins(
    engine: Engine, person_id: UUID, sid: UUID
) -> None:
    """G2: possession is shown once."""
    assert sum(take_all(engine, person_id, sid, *[CODE] * 40)) == 1


def test_of_parallel_guesses_no_more_are_read_than_allowed(
    engine: Engine, person_id: UUID, sid: UUID
) -> None:
    """G2: five, and the right one after them is not read either."""
    guesses = [f"{n:06}" for n in range(40)]
    assert not any(take_all(engine, person_id, sid, *guesses, CODE))
    with transaction(engine) as db:
        assert db.get_one(PersonCode, (person_id, Purpose.CONTACT, sid)).tries_left == 0


@pytest.mark.asvs("6.5.4")
def test_codes_are_digits_and_differ() -> None:
    codes = {new_code(Purpose.CONTACT) for _ in range(50)}
    assert len(codes) > 40
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(new_code(Purpose.DESK)) == 8


def test_expired_codes_leave(engine: Engine, person_id: UUID, sid: UUID) -> None:
    assert sid
    with transaction(engine) as db:
        assert drop_expired_codes(db, before=clock.now(), limit=100) == 0
        [stored] = db.query(PersonCode).filter_by(person_id=person_id)
        assert drop_expired_codes(db, before=stored.expires_at, limit=100) >= 0
