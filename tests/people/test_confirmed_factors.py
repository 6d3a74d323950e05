"""G1: what a desk does about factors, as it runs the commands."""

from uuid import UUID, uuid4

import pyotp
import pytest

from idp.accounts.changes import add_factor
from idp.factors.kinds import PASSWORD
from idp.factors.totp import new_app, new_secret
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine, transaction
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from tests.people.test_commands import PERSON, add, run
from tests.people.test_commands import _environment as _environment  # noqa: PLC0414
from tests.support.postgres import Database

WHO, RULES = PERSON["--number"], AssuranceSettings()
KEYRING = Keyring(
    ["demo-encryption-key-of-the-tests-0001"], "demo-lookup-key-of-the-tests-00000001"
)


def signed_in_with_password(person_id: UUID) -> CurrentSession:
    """A session of somebody who has proven nothing yet."""
    now = clock.now()
    return CurrentSession(uuid4(), person_id, 1, "Hoa", 0, "vi", 0, shown_at(now, PASSWORD), now)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


@pytest.fixture
def secret() -> str:
    """Of the app that an operator gave to somebody of proofing 1."""
    return str(add("--proofing", "1", "--totp")["totp_secret"])


def test_an_app_is_confirmed_by_a_code_it_shows(secret: str) -> None:
    assert run("person", "show", WHO)["totp_confirmed"] is True
    assert run("person", "confirm-factor", WHO).code == 2, "never without a code"
    refused = run("person", "confirm-factor", WHO, "--code", "000000")
    assert "another code" in refused.public
    answer = run("person", "confirm-factor", WHO, "--code", code_of(secret))
    assert answer["changed"] is False, "it was confirmed when it was given"
    again = run("person", "confirm-factor", WHO, "--code", code_of(secret))
    assert "another code" in again.public, "a code works once, here too"


def test_proving_more_vouches_for_no_app_that_nobody_saw(database: Database) -> None:
    """Else the desk proves a person, and with them the app of whoever knows their password."""
    person_id, secret = UUID(add()["person_id"]), new_secret()
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        session = signed_in_with_password(person_id)
        app = new_app(KEYRING, person_id=person_id, secret=secret, at=clock.now())
        assert add_factor(db, app, session=session, settings=RULES, at=clock.now())
    engine.dispose()
    assert run("person", "show", WHO)["totp_confirmed"] is True, "nothing was proven yet"
    assert run("person", "proof", WHO, "1")["confirmed"] is False
    assert run("person", "show", WHO)["totp_confirmed"] is False
    assert run("person", "proof", WHO, "--code", code_of(secret))["confirmed"] is True
    assert run("person", "show", WHO)["totp_confirmed"] is True


def test_all_that_was_lost_is_taken_away(secret: str) -> None:
    """G1: the command takes every kind of the table, under its old name too."""
    assert secret
    assert run("person", "reset-password", WHO)["password"]
    assert run("person", "show", WHO)["has_totp"] is True
    assert run("person", "reset-password", WHO, "--remove-factors")["password"]
    assert run("person", "show", WHO)["has_totp"] is False
