"""Who would set up a passkey on another's account, with two browsers: each refusal and a control.

What the thief has is said in each: a password, a page left open, an answer overheard.
"""

import pytest

from idp.accounts.changes import give_factor, set_password
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSKEY
from idp.factors.recovery_codes import new_sheet
from idp.kit import clock
from tests.signin.conftest import Account, Browser, World
from tests.signin.test_enrol_passkey import REFUSED, at_choice, make, send, set_up_passkey
from tests.signin.test_offer import asked, held
from tests.signin.test_repeats import fill
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

THIEF, OWNER = "the-thiefs-browser-0123456789", "the-owners-browser-0123456789"


def half_way(world: World, account: Account, name: str = THIEF) -> tuple[Browser, str]:
    """Signed in with the password alone, wherever that leads; where a passkey would be set up."""
    browser = world.browser(name)
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    return browser, f"/signin/{interaction}/enrol-passkey"


@pytest.mark.parametrize("has_app", [True, False])
@pytest.mark.asvs("6.3.4")
def test_a_password_alone_adds_none_where_there_is_a_second_factor(
    world: World, *, has_app: bool
) -> None:
    account, key = world.add_account(totp=has_app), SoftKey()
    other, elsewhere = at_choice(world, world.add_account(totp=False), OWNER)
    answer = key.create(asked(other, elsewhere))
    browser, path = half_way(world, account)
    if not has_app:
        set_up_passkey(browser, path, key)
        assert "passkey" in held(world, account), "the control"
        return
    form = fill(browser, path.replace("enrol-passkey", "otp"), purpose="enrol", answer=answer)
    for purpose in ("enrol", "confirm"):
        led = browser.client.post(path, data={**form, "purpose": purpose})
        assert led.headers["location"].endswith("/otp")
    assert browser.get(path).headers["location"].endswith("/otp"), "nobody is asked for one"
    assert held(world, account) == {"password", "totp"}


def test_a_passkey_that_came_meanwhile_closes_the_page_that_was_open(world: World) -> None:
    """The owner set up theirs in another browser, while the thief's answer was under way."""
    for is_late in (True, False):
        account, key = world.add_account(totp=False, proofing=0), SoftKey()
        thief, path = at_choice(world, account, THIEF)
        make(thief, path, key)
        form = fill(thief, path, purpose="confirm", answer=key.get(asked(thief, path)))
        if is_late:
            owner, theirs = at_choice(world, account, OWNER)
            set_up_passkey(owner, theirs, SoftKey())
        led = thief.client.post(path, data=form)
        with world.transaction() as db:
            own = read_credentials(db, person_id=account.registered.person_id)
        assert len([one for one in own.factors if one.kind is PASSKEY]) == 1
        session = thief.session()
        assert session is not None
        assert session.authentication == (1 if is_late else 2), led.headers["location"]


def test_what_was_asked_in_one_session_is_answered_in_no_other(world: World) -> None:
    """The thief shows the owner their own options, or sends what the owner's device answered."""
    victim, own = world.add_account(totp=False), world.add_account(totp=False)
    owner, theirs = at_choice(world, victim, OWNER)
    thief, mine = at_choice(world, own, THIEF)
    key = SoftKey()
    overheard = key.create(asked(owner, theirs))
    assert REFUSED in thief.refused(mine, purpose="enrol", answer=overheard)
    lured = SoftKey()
    assert REFUSED in owner.refused(
        theirs, purpose="enrol", answer=lured.create(asked(thief, mine))
    )
    second, again = at_choice(world, victim, THIEF)
    assert REFUSED in second.refused(
        again, purpose="enrol", answer=key.create(asked(owner, theirs))
    )
    make(owner, theirs, key)
    shown = key.get(asked(owner, theirs))
    assert make(second, again, SoftKey()).headers["location"] == again
    assert REFUSED in second.refused(again, purpose="confirm", answer=shown)
    assert "passkey" not in held(world, victim) | held(world, own)
    send(owner, theirs, "confirm", shown)
    assert "passkey" in held(world, victim), "the control"


@pytest.mark.parametrize("purpose", ["enrol", "confirm"])
def test_a_challenge_is_answered_once(world: World, purpose: str) -> None:
    """After a wrong answer, and in another sign-in of the same browser."""
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    if purpose == "confirm":
        make(browser, path, key)
    options = asked(browser, path)
    right = key.create(options) if purpose == "enrol" else key.get(options)
    assert REFUSED in browser.refused(path, purpose=purpose, answer="{}")
    assert REFUSED in browser.refused(path, purpose=purpose, answer=right)
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier?other=1", identifier=account.number)
    other = f"/signin/{interaction}/enrol-passkey"
    assert REFUSED in browser.refused(other, purpose=purpose, answer=right)
    assert held(world, account) == {"password"}
    if purpose == "enrol":
        make(browser, other, key)
    send(browser, other, "confirm", key.get(asked(browser, other)))
    assert held(world, account) == {"password", "passkey"}, "the control"


def test_what_was_shown_for_another_purpose_is_not_taken(world: World) -> None:
    """A signature from a sign-in page, for the challenge that confirms one."""
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    make(browser, path, key)
    sign_in = f"/signin/{world.browser().open()}/identifier"
    overheard = key.get(asked(world.browser(), sign_in))
    assert REFUSED in browser.refused(path, purpose="confirm", answer=overheard)
    send(browser, path, "confirm", key.get(asked(browser, path)))
    assert held(world, account) == {"password", "passkey"}, "the control"


def test_a_key_that_somebody_has_is_nobody_elses(world: World) -> None:
    """The thief's own passkey cannot stand in two accounts, nor the owner's be taken over."""
    other, account, key = world.add_account(totp=False), world.add_account(totp=False), SoftKey()
    with world.transaction() as db:
        give_passkey(db, key, keyring=world.keyring, person_id=other.registered.person_id)
    browser, path = at_choice(world, account)
    answer = key.create(asked(browser, path))
    assert REFUSED in browser.refused(path, purpose="enrol", answer=answer)
    set_up_passkey(browser, path, SoftKey())
    assert "passkey" in held(world, account), "the control"


@pytest.mark.parametrize("change", ["recovery", "desk", "nothing"])
def test_what_recovery_or_a_desk_did_ends_the_page_that_was_open(world: World, change: str) -> None:
    """The thief stands at the page when its owner gets the account back, or codes at a desk."""
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    person_id = account.registered.person_id
    thief, path = at_choice(world, account, THIEF)
    made = fill(thief, path, purpose="enrol", answer=key.create(asked(thief, path)))
    make(thief, path, key)
    shown = fill(thief, path, purpose="confirm", answer=key.get(asked(thief, path)))
    with world.transaction() as db:
        at, given = clock.now(), {"keyring": world.keyring, "person_id": person_id}
        if change == "recovery":
            set_password(db, **given, password_hash="of another", kept=[], at=at)
        elif change == "desk":
            give_factor(db, new_sheet(**given, at=at)[1], at=at, by="desk")
    for form in (made, shown):
        led = thief.client.post(path, data=form).headers["location"]
    if change == "nothing":
        assert "/authorize/resume/" in led
        assert "passkey" in held(world, account), "the control"
        return
    assert led.endswith("/password")
    assert thief.session() is None
    assert "passkey" not in held(world, account)
    if change == "desk":
        again, later = half_way(world, account)
        assert again.get(later).headers["location"].endswith("/recovery-code")


def test_a_known_password_of_a_proven_account_makes_one_that_counts_for_nothing_yet(
    world: World,
) -> None:
    """It is its owner's for certain only later; told at once, they end it."""
    proven, unproven = world.add_account(totp=False), world.add_account(totp=False, proofing=0)
    for account, counts in ((proven, 1), (unproven, 2)):
        thief, path = at_choice(world, account, THIEF + account.number)
        for page in (path.removesuffix("-passkey"), path):
            assert ("It is fully valid from" in thief.get(page).text) is (counts == 1)
        set_up_passkey(thief, path, SoftKey())
        session = thief.session()
        assert session is not None
        assert (session.authentication, session.confirmed_authentication) == (2, counts)
        with world.transaction() as db:
            own = read_credentials(db, person_id=account.registered.person_id)
            assert (PASSKEY in own.confirmed(at=clock.now())) is (counts == 2), "the control"
