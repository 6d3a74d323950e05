"""T14: nobody keeps an owner from taking an account back by what they type at any door."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from idp.factors.attempts import count_attempt
from idp.factors.kinds import PASSWORD as BY_PASSWORD
from idp.factors.kinds import TOTP, Kind
from idp.factors.models import FailureCounter
from idp.kit import clock
from idp.rate_limits import FORMER_PASSWORDS, count
from tests.account.recovering import HOURS, NEW, taken_over
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.account.test_recovery_back import NOT_RIGHT, owner, show, take_back
from tests.account.test_recovery_back_passkey import HAPPENED, give, lost
from tests.account.test_recovery_back_passkey import show as show_passkey
from tests.signin.conftest import Account, World
from tests.support.passkeys import SoftKey


def keep_full(world: World, account: Account, kind: Kind) -> None:
    """Whoever knows the number, or has the account, types wrong ones at the sign-in without end."""
    of = {"settings": world.settings.throttle, "person_id": account.registered.person_id}
    with world.transaction() as db:
        for nth in range(12):
            who = {"device": "", "address": f"203.0.{nth}.1"}
            at = clock.now() - timedelta(minutes=60 - 5 * nth)
            count_attempt(db, kind, keyring=world.keyring, at=at, **of, **who)  # type: ignore[arg-type]
        counters = update(FailureCounter).where(FailureCounter.blocked_until > clock.now() - HOURS)
        db.execute(counters.values(blocked_until=clock.now() + HOURS))


@pytest.mark.parametrize("kind", [BY_PASSWORD, TOTP])
def test_who_keeps_the_sign_in_waiting_keeps_nobody_from_taking_back(
    world: World, kind: Kind
) -> None:
    account, _, thief = taken_over(world)
    keep_full(world, account, kind)
    if kind is BY_PASSWORD:
        interaction = thief.open()
        thief.post(f"/signin/{interaction}/identifier", identifier=account.number)
        page = f"/signin/{interaction}/password"
        assert "Too many wrong attempts." in thief.refused(page, password=NEW), "the control"
    browser = owner(world, account)
    show(browser, account)
    assert take_back(browser) == "Your account is yours again"


def test_wrong_passwords_before_have_one_network_wait_and_no_other(world: World) -> None:
    """Whoever has the account by now makes known browsers of it; they wait as well."""
    account, _, thief = taken_over(world)
    interaction = thief.open()
    thief.post(f"/signin/{interaction}/identifier", identifier=account.number)
    thief.post(f"/signin/{interaction}/password", password=NEW)
    for nth in range(10):
        with clock.shifted(timedelta(minutes=nth)):
            show(thief, account, password=f"a guess {nth} of a stranger")
    assert "Too many wrong attempts." in show(thief, account)
    elsewhere = world.browser(f"owner-{account.number}-0123456789", address="198.51.100.77")
    assert "choose a new password" in show(elsewhere, account)


def test_who_knows_the_password_before_guesses_at_the_code_as_one_from_all_networks(
    world: World,
) -> None:
    account, _, _ = taken_over(world)
    said = []
    for nth in range(12):
        guesser = world.browser(f"guesser-{account.number}-{nth}-0123", address=f"198.51.{nth}.9")
        said.append(show(guesser, account, second="000000"))
    assert NOT_RIGHT in said[0]
    assert any("Too many wrong attempts." in page for page in said)
    with clock.shifted(timedelta(hours=1)):
        assert "choose a new password" in show(owner(world, account), account), "the control"


def test_many_networks_learn_no_password_before_and_keep_nobody_waiting(world: World) -> None:
    """Beyond the guesses of a day the wait of who knows it is told like a wrong password."""
    account, _, _ = taken_over(world)
    throttle, person_id = world.settings.throttle, account.registered.person_id
    guesses = FORMER_PASSWORDS.of(str(person_id), keyring=world.keyring, settings=throttle)

    def guess(nth: int, **shown: str) -> str:
        name = f"guesser-{account.number}-{nth}-0123"
        browser = world.browser(name, address=f"198.51.{nth}.9")
        return show(browser, account, second="000000", **shown)

    guess(1)
    with world.transaction() as db:
        waits = update(FailureCounter).where(FailureCounter.clears_at > clock.now())
        db.execute(waits.values(blocked_until=clock.now() + HOURS))
        for _ in range(guesses.most - 1):
            count(db, guesses, at=clock.now())
    assert "Too many wrong attempts." in guess(2), "the control: who knows it is told so far"
    assert NOT_RIGHT in guess(3, password="a guess of a stranger")
    assert NOT_RIGHT in guess(4)
    with clock.shifted(2 * HOURS):
        assert "choose a new password" in show(owner(world, account), account), "nobody waits"


def test_who_has_the_account_keeps_nobody_from_taking_it_back(world: World) -> None:
    """Neither by wrong passwords at the sign-in nor by a passkey that they have set up since."""
    key, thiefs = SoftKey(), SoftKey()
    account = lost(world, key)
    give(world, account, thiefs)
    keep_full(world, account, BY_PASSWORD)
    said = list[str]()
    for nth in range(10):
        thief = world.browser(f"thief-{account.number}-{nth}-01234", address=f"198.51.{nth}.8")
        said.append(show_passkey(thief, thiefs, before="a guess"))
    assert any("Too many wrong attempts." in page for page in said), "the control"
    assert HAPPENED in show_passkey(owner(world, account), key)
