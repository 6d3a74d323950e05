"""Adding a passkey: made, shown to work, bound; each lie refused; named, locked and taken away."""

import html
import re
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from idp.factors.models import Authenticator, Passkey
from idp.factors.passkey_site import PasskeySite
from idp.factors.passkeys import require_same_site, user_handle
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.errors import ConfigurationError
from tests.signin.conftest import Account, Browser, World
from tests.support.passkeys import BE, BS, UP, SoftKey
from tests.support.people import give_passkey

PATH, WAYS, WAY = "/account/passkey", "/account/factor", "/account/way"
NOT_ADDED = "The passkey could not be added"


def enter(world: World, account: Account, *, code: bool = True) -> Browser:
    browser = world.browser("browser-of-the-owner-0123456789")
    needed = 2 if code else 1
    browser.sign_in(browser.open(needed_authentication=needed), account, code=code)
    return browser


def options(browser: Browser) -> str:
    found = re.search(r'data-options="([^"]*)"', browser.get(PATH).text)
    assert found
    return html.unescape(found.group(1))


def make(browser: Browser, key: SoftKey, **lies: Any) -> Any:
    sent = key.create(options(browser), **lies)
    return browser.post(PATH, purpose="enrol", answer=sent)


def show(browser: Browser, key: SoftKey, name: str = "", **lies: Any) -> Any:
    sent = key.get(options(browser), **lies)
    return browser.post(PATH, purpose="confirm", answer=sent, called=name)


def passkeys(world: World, account: Account) -> list[Authenticator]:
    of_owner = Authenticator.person_id == account.registered.person_id
    with world.transaction() as db:
        rows = select(Authenticator).where(of_owner, Authenticator.kind == "passkey")
        return list(db.scalars(rows.where(Authenticator.confirmed_at.is_not(None))))


def events(world: World, account: Account) -> list[str]:
    mine = JournalEntry.subject_number == account.registered.subject_number
    with world.transaction() as db:
        return list(db.scalars(select(JournalEntry.event).where(mine).order_by(JournalEntry.id)))


def test_it_counts_once_it_has_shown_that_it_works(world: World) -> None:
    account, key = world.add_account(), SoftKey()
    browser = enter(world, account)
    assert make(browser, key).headers["location"] == PATH
    assert passkeys(world, account) == []
    assert show(browser, key, "  Máy\u200b của mẹ ").headers["location"] == WAYS
    [row] = passkeys(world, account)
    assert (row.name, row.carries_proofing) == ("Máy của mẹ", 2)
    page = browser.get(WAYS).text
    assert "Your passkey is added." in page
    assert "Máy của mẹ" in page
    assert events(world, account).count("factor.enrolled") == 2
    session = browser.session()
    assert session is not None
    assert session.amr == ("pwd", "otp", "swk", "user", "mfa")


def test_what_is_kept_of_it_is_sealed_and_its_handle_is_no_number(world: World) -> None:
    account, key = world.add_account(), SoftKey()
    browser = enter(world, account)
    make(browser, key)
    show(browser, key)
    [row] = passkeys(world, account)
    assert key.handle == user_handle(world.keyring, account.registered.person_id)
    assert len(key.handle) == 32
    assert account.number.encode() not in key.handle
    with world.transaction() as db:
        kept = db.get_one(Passkey, row.id)
        for secret in (key.id, key.cose, key.handle):
            assert secret not in (row.secret_encrypted or b"")
            assert secret not in kept.credential_hash


MADE: dict[str, dict[str, Any]] = {
    "nobody was verified": {"flags": UP | BE | BS},
    "another origin": {"origin": "http://localhost:8001"},
    "in a frame": {"crossOrigin": True},
    "another challenge": {"challenge": "AAAA"},
    "no key": {"cose": b"\xa0"},
}


@pytest.mark.parametrize("lie", MADE.values(), ids=MADE)
def test_what_is_made_with_a_lie_is_refused_and_an_honest_one_is_taken(
    world: World, lie: dict[str, Any]
) -> None:
    account = world.add_account()
    browser = enter(world, account)
    assert make(browser, SoftKey(), **lie).headers["location"] == PATH
    assert NOT_ADDED in browser.get(PATH).text
    key = SoftKey()
    make(browser, key)
    assert show(browser, key).headers["location"] == WAYS


SHOWN: dict[str, dict[str, Any]] = {
    "nobody was verified": {"flags": UP | BE | BS},
    "a forged signature": {"signature": b"forged"},
    "somebody else's handle": {"handle": b"x" * 32},
    "another passkey": {"said": {"id": "bm9uZQ", "rawId": "bm9uZQ"}},
}


@pytest.mark.parametrize("lie", SHOWN.values(), ids=SHOWN)
def test_what_is_shown_with_a_lie_binds_nothing_and_may_be_shown_again(
    world: World, lie: dict[str, Any]
) -> None:
    account, key = world.add_account(), SoftKey()
    browser = enter(world, account)
    make(browser, key)
    assert show(browser, key, **lie).headers["location"] == PATH
    assert NOT_ADDED in browser.get(PATH).text
    assert passkeys(world, account) == []
    assert show(browser, key).headers["location"] == WAYS


def test_each_challenge_is_answered_once(world: World) -> None:
    account, key = world.add_account(), SoftKey()
    browser = enter(world, account)
    first = options(browser)
    assert first == options(browser)
    browser.post(PATH, purpose="enrol", answer="nothing")
    browser.post(PATH, purpose="enrol", answer=key.create(first))
    assert NOT_ADDED in browser.get(PATH).text
    make(browser, key)
    assert show(browser, key).headers["location"] == WAYS


def test_one_that_somebody_has_is_nobody_elses(world: World) -> None:
    owner, other, key = world.add_account(), world.add_account(), SoftKey()
    with world.transaction() as db:
        person_id = owner.registered.person_id
        give_passkey(db, key, keyring=world.keyring, person_id=person_id)
    browser = enter(world, other)
    make(browser, key)
    assert NOT_ADDED in browser.get(PATH).text
    another = SoftKey()
    make(browser, another)
    assert show(browser, another).headers["location"] == WAYS


def test_a_password_alone_adds_none_to_an_account_with_an_app(world: World) -> None:
    account = world.add_account()
    browser = enter(world, account, code=False)
    assert "/signin/" in browser.get(PATH).headers["location"]
    assert passkeys(world, account) == []


def test_to_a_proven_account_without_second_step_it_counts_days_later(world: World) -> None:
    account, key = world.add_account(totp=False), SoftKey()
    browser = enter(world, account, code=False)
    make(browser, key)
    show(browser, key)
    [row] = passkeys(world, account)
    assert row.carries_from > row.created_at
    assert "It is not confirmed yet" in browser.get(WAYS).text


def test_it_is_named_locked_and_taken_away_like_any_way(world: World) -> None:
    account, key = world.add_account(), SoftKey()
    browser = enter(world, account)
    make(browser, key)
    show(browser, key)
    [row] = passkeys(world, account)
    shown = f"{WAY}?way={row.id}"
    for what, is_signed_in in (("lock", False), ("unlock", True), ("remove", False)):
        answer = browser.post(WAY, shown_at=shown, way=str(row.id), do=what)
        assert answer.headers["location"] == WAYS
        assert sign_in(world, key) is is_signed_in, what
    assert {"factor.locked", "factor.unlocked", "factor.suspended"} <= {*events(world, account)}


def sign_in(world: World, key: SoftKey) -> bool:
    browser = world.browser("browser-of-nobody-yet-0123456789")
    at = f"/signin/{browser.open()}/identifier"
    found = re.search(r'data-options="([^"]*)"', browser.get(at).text)
    assert found
    sent = key.get(html.unescape(found.group(1)))
    to = at.replace("identifier", "passkey")
    answer = browser.post(to, shown_at=at, purpose="sign-in", answer=sent)
    return "/authorize/resume/" in answer.headers["location"]


def test_there_is_an_end_to_how_many(world: World) -> None:
    account = world.add_account()
    person_id = account.registered.person_id
    with world.transaction() as db:
        for _ in range(10):
            give_passkey(db, SoftKey(), keyring=world.keyring, person_id=person_id)
    browser = enter_by(world, account)
    page = browser.get(PATH).text
    assert "as many passkeys as there may be" in page
    assert "data-options" not in page
    assert 'href="/account/passkey"' not in browser.get(WAYS).text


def enter_by(world: World, account: Account) -> Browser:
    browser = world.browser("browser-of-the-owner-0123456789")
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    browser.post(f"/signin/{interaction}/otp", otp=account.code())
    return browser


def test_an_app_set_up_by_who_showed_a_passkey_stands_beside_the_one_before(world: World) -> None:
    account, key = world.add_account(), SoftKey()
    with world.transaction() as db:
        person_id = account.registered.person_id
        give_passkey(db, key, keyring=world.keyring, person_id=person_id)
    browser = world.browser("browser-of-the-owner-0123456789")
    at = f"/signin/{browser.open()}/identifier"
    found = re.search(r'data-options="([^"]*)"', browser.get(at).text)
    assert found
    sent = key.get(html.unescape(found.group(1)))
    browser.post(at.replace("identifier", "passkey"), shown_at=at, purpose="sign-in", answer=sent)
    page = browser.get(f"{WAYS}/new").text
    secret = re.search(r'<code tabindex="0">([A-Z2-7 ]+)</code>', page)
    assert secret
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).at(clock.now())
    assert browser.post(f"{WAYS}/new", otp=code).headers["location"] == WAYS
    with world.transaction() as db:
        mine = (Authenticator.person_id == person_id, Authenticator.kind == "totp")
        rows = select(Authenticator.id).where(*mine, Authenticator.removed_at.is_(None))
        assert len(db.scalars(rows).all()) == 2


def test_a_provider_for_another_host_does_not_start(world: World) -> None:
    with world.transaction() as db:
        person_id = world.add_account().registered.person_id
        give_passkey(db, SoftKey(), keyring=world.keyring, person_id=person_id)
        require_same_site(db, PasskeySite("localhost", "http://localhost:8000"))
        for rp_id in ("id.example", ""):
            with pytest.raises(ConfigurationError, match="IDP_PASSKEYS__RP_ID"):
                require_same_site(db, PasskeySite(rp_id, "https://id.example"))


def test_the_overview_offers_one_once_a_month_where_the_device_can_keep_one(world: World) -> None:
    """The month is the person's: what was offered in one browser is not in another."""
    account, control = world.add_account(totp=False), world.add_account(totp=False)
    offer = 'id="offer"'
    browser = enter(world, account, code=False)
    assert offer not in browser.get("/account").text, "nothing says that it can"
    for whose, is_offered in ((account, True), (account, False), (control, True)):
        browser = enter(world, whose, code=False)
        browser.client.cookies.set(browser.names.makes_passkeys, "yes", domain="localhost.local")
        assert (offer in browser.get("/account").text) is is_offered
        assert offer not in browser.get("/account").text
