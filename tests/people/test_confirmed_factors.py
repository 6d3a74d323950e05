"""G1: what a desk does about factors, as it runs the commands."""

from uuid import UUID, uuid4

import pyotp
import pytest

from idp.accounts.changes import add_factor
from idp.accounts.proofing import set_proofing
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
BORN = ("--birthdate", PERSON["--birthdate"])
CARD = ("--name", PERSON["--name"], *BORN, "--compared-again")
CONFIRM = ("person", "confirm-factor", WHO)
KEYRING = Keyring(
    ["demo-encryption-key-of-the-tests-0001"], "demo-lookup-key-of-the-tests-00000001"
)


def add_alone(database: Database, person_id: UUID, *, proofing: int) -> str:
    """Set up an app as somebody who gave a password just now; what its codes are made from."""
    engine, now, secret = make_engine(database.app_url), clock.now(), new_secret()
    shown = shown_at(now, PASSWORD)
    session = CurrentSession(uuid4(), person_id, 1, "Hoa", proofing, "vi", 0, shown, now)
    with transaction(engine) as db:
        app = new_app(KEYRING, person_id=person_id, secret=secret, at=now)
        assert add_factor(db, app, session=session, settings=RULES, at=now)
    engine.dispose()
    return secret


def prove(database: Database, person_id: UUID) -> None:
    """What the desk does for who is signed in with a password alone."""
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=2, at=clock.now())
    engine.dispose()


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


@pytest.fixture
def secret() -> str:
    """Of the app that an operator gave to somebody of proofing 1."""
    return str(add("--proofing", "1", "--totp")["totp_secret"])


def test_an_app_is_confirmed_by_a_code_it_shows(secret: str) -> None:
    assert run("person", "show", WHO)["totp_confirmed"] is True
    assert run(*CONFIRM, *CARD).code == 2, "never without a code"
    assert run(*CONFIRM, "--code", "000000").code == 2, "never without a card"
    refused = run(*CONFIRM, *CARD, "--code", "000000")
    assert "Neither their app nor their page shows this code" in refused.public
    answer = run(*CONFIRM, *CARD, "--code", code_of(secret))
    assert answer["changed"] is False, "it was confirmed when it was given"
    again = run(*CONFIRM, *CARD, "--code", code_of(secret))
    assert again.public == refused.public, "a code works once, here too"


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (("--name", "Trần Thị Mai", *BORN, "--compared-again"), "another name, birthdate or sex"),
        (("--name", PERSON["--name"], *BORN), "does not have this number"),
    ],
)
def test_an_app_is_confirmed_to_the_card_as_its_owner_is_proven(
    secret: str, card: tuple[str, ...], says: str
) -> None:
    """G2: the digits were enough."""
    assert says in run(*CONFIRM, *card, "--code", code_of(secret)).public


def test_proving_more_vouches_for_no_app_that_nobody_saw(database: Database) -> None:
    """Else the desk proves a person, and with them the app of whoever knows their password."""
    person_id = UUID(add()["person_id"])
    secret = add_alone(database, person_id, proofing=0)
    assert run("person", "show", WHO)["totp_confirmed"] is True, "nothing was proven yet"
    prove(database, person_id)
    assert run("person", "show", WHO)["totp_confirmed"] is False
    answer = run(*CONFIRM, *CARD, "--code", code_of(secret))
    assert answer["changed"] is True
    assert run("person", "show", WHO)["totp_confirmed"] is True
    assert run("person", "reset-password", WHO)["password"]
    assert run("person", "show", WHO)["has_totp"] is True


def test_a_new_password_takes_away_what_nobody_vouched_for(database: Database) -> None:
    """Whoever knew the old one may have set it up."""
    add_alone(database, UUID(add("--proofing", "1")["person_id"]), proofing=1)
    assert run("person", "show", WHO)["has_totp"] is True
    assert run("person", "show", WHO)["totp_confirmed"] is False
    assert run("person", "reset-password", WHO)["password"]
    assert run("person", "show", WHO)["has_totp"] is False


def test_all_that_was_lost_is_taken_away(secret: str) -> None:
    """G1: the command takes every kind of the table, under its old name too."""
    assert secret
    assert run("person", "reset-password", WHO)["password"]
    assert run("person", "show", WHO)["has_totp"] is True
    assert run("person", "reset-password", WHO, "--remove-factors")["password"]
    assert run("person", "show", WHO)["has_totp"] is False
