"""Signing in by a passkey: two factors at once, and each lie refused beside the honest answer."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from idp.factors.models import Authenticator
from idp.factors.models import Passkey as PasskeyRow
from idp.journal.models import JournalEntry
from idp.outbox.models import OutboxMessage
from idp.sessions.new_browser import NEW_BROWSER_MAIL
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.passkeys import BE, BS, UP, UV, SoftKey
from tests.support.people import give_passkey

REFUSED = "This passkey does not work here"


@dataclass
class Holder:
    """Somebody who has a passkey."""

    account: Account
    key: SoftKey


def add_holder(world: World, **key: Any) -> Holder:
    account, made = world.add_account(totp=key.pop("totp", False)), SoftKey(**key)
    with world.transaction() as db:
        person_id = account.registered.person_id
        give_passkey(db, made, keyring=world.keyring, person_id=person_id)
    return Holder(account, made)


def asked(page: Any) -> str:
    """The options that a page asks with."""
    found = re.search(r'data-options="([^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found.group(1))


def answer(
    browser: Browser, interaction: str, key: SoftKey, *, shown_at: str = "identifier", **lies: Any
) -> Any:
    """Press the button on a page; what comes of it."""
    at = f"/signin/{interaction}/{shown_at}"
    page = browser.get(at)
    purpose = re.search(r'name="purpose" value="([a-z-]+)"', page.text)
    assert purpose
    sent = key.get(asked(page), **lies)
    to = f"/signin/{interaction}/passkey"
    return browser.post(to, shown_at=at, purpose=purpose.group(1), answer=sent)


def is_in(response: Any) -> bool:
    return "/authorize/resume/" in response.headers["location"]


def refusal(browser: Browser, response: Any) -> str:
    """The page that says why."""
    page = str(browser.get(response.headers["location"]).text)
    assert REFUSED in page
    return page


@pytest.mark.parametrize("is_synced", [True, False])
def test_it_is_the_whole_sign_in_at_a_level_that_needs_two_factors(
    world: World, is_synced: bool
) -> None:
    holder = add_holder(world, is_synced=is_synced, counts=not is_synced)
    browser = world.browser()
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    assert is_in(answer(browser, interaction, holder.key))
    session = browser.session()
    assert session is not None
    assert session.person_id == holder.account.registered.person_id
    assert session.amr == ("swk", "user", "mfa")
    assert (session.authentication, session.confirmed_authentication) == (2, 2)
    assert world.interaction(interaction).person_id == session.person_id


def test_it_says_whose_it_is_whatever_was_typed_before(world: World) -> None:
    holder, other = add_holder(world), world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=other.number)
    assert is_in(answer(browser, interaction, holder.key, shown_at="identifier?other=1"))
    session = browser.session()
    assert session is not None
    assert session.person_id == holder.account.registered.person_id


def test_beside_the_password_it_is_the_second_factor(world: World) -> None:
    holder = add_holder(world, totp=True)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    after = browser.sign_in(interaction, holder.account)
    assert after.headers["location"].endswith("/passkey")
    page = browser.get(after.headers["location"])
    assert "allowCredentials" in asked(page)
    assert "Use a code from the app instead" in page.text
    assert is_in(answer(browser, interaction, holder.key, shown_at="passkey"))
    session = browser.session()
    assert session is not None
    assert session.amr == ("pwd", "swk", "user", "mfa")


def test_who_has_an_app_too_may_use_that(world: World) -> None:
    holder = add_holder(world, totp=True)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, holder.account)
    assert "Use my passkey" in browser.get(f"/signin/{interaction}/otp").text
    code = holder.account.code()
    assert is_in(browser.post(f"/signin/{interaction}/otp", otp=code))


LIES: dict[str, dict[str, Any]] = {
    "nobody was verified": {"flags": UP | BE | BS},
    "another origin": {"origin": "http://localhost:8001"},
    "in a frame of another site": {"crossOrigin": True},
    "backed up, and cannot be": {"flags": UP | UV | BS},
    "of one device, and was synced": {"flags": UP | UV},
    "somebody else's handle": {"handle": b"h" * 32},
    "another challenge": {"challenge": "AAAA"},
    "a forged signature": {"signature": b"forged"},
    "no such passkey": {"said": {"id": "bm9uZQ", "rawId": "bm9uZQ"}},
    "no answer at all": {"said": {"response": "none"}},
}


@pytest.mark.asvs("6.3.4")
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_each_lie_is_refused_alike_and_what_is_honest_is_taken_after_it(
    world: World, lie: dict[str, Any]
) -> None:
    holder = add_holder(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    page = refusal(browser, answer(browser, interaction, holder.key, **lie))
    assert browser.session() is None
    assert page.count('role="alert"') == 1
    assert "signin.attempt_failed" in world.events(interaction)
    assert is_in(answer(browser, interaction, holder.key))


def test_one_made_for_another_site_is_refused(world: World) -> None:
    holder = add_holder(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    holder.key.rp_id = "evil.example"
    refusal(browser, answer(browser, interaction, holder.key))
    holder.key.rp_id = "localhost"
    assert is_in(answer(browser, interaction, holder.key))


def test_a_handle_may_be_left_out(world: World) -> None:
    holder = add_holder(world)
    browser = world.browser()
    assert is_in(answer(browser, browser.open(), holder.key, handle=None))


def test_the_passkey_of_one_does_not_open_where_another_is_to_sign_in(world: World) -> None:
    holder, other = add_holder(world), add_holder(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=other.account.number)
    refused = answer(browser, interaction, holder.key, shown_at="password")
    assert refused.headers["location"].endswith("/password")
    refusal(browser, refused)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    refused = answer(browser, interaction, holder.key, shown_at="passkey")
    assert refused.headers["location"].endswith("/passkey")
    refusal(browser, refused)
    assert is_in(answer(browser, interaction, other.key, shown_at="passkey"))


def test_an_answer_for_one_purpose_is_good_for_no_other(world: World) -> None:
    holder = add_holder(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    at, to = f"/signin/{interaction}/identifier", f"/signin/{interaction}/passkey"
    sent = holder.key.get(asked(browser.get(at)))
    browser.post(at, identifier=holder.account.number)
    refused = browser.post(
        to, shown_at=f"/signin/{interaction}/password", purpose="own", answer=sent
    )
    refusal(browser, refused)
    assert is_in(answer(browser, interaction, holder.key, shown_at="password"))


def test_a_challenge_is_good_once(world: World) -> None:
    holder = add_holder(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    at, to = f"/signin/{interaction}/identifier", f"/signin/{interaction}/passkey"
    sent = holder.key.get(asked(browser.get(at)))
    assert is_in(browser.post(to, shown_at=at, purpose="sign-in", answer=sent))
    before = browser.session()
    shown_at = f"{at}?other=1"
    refusal(browser, browser.post(to, shown_at=shown_at, purpose="sign-in", answer=sent, again="1"))
    after = browser.session()
    assert before is not None
    assert after is not None
    assert after.evidence == before.evidence


def test_of_many_at_once_one_takes_the_challenge(world: World) -> None:
    browser = world.browser()
    interaction = world.interaction(browser.open())
    from idp.interactions.challenges import take_challenge

    def take(_: int) -> bool:
        with world.transaction() as db:
            return take_challenge(db, interaction) is not None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(50))) == 1


@pytest.mark.parametrize(("count", "is_taken"), [(6, False), (5, False), (7, True)])
def test_a_counter_that_goes_back_locks_a_passkey_of_one_device(
    world: World, count: int, is_taken: bool
) -> None:
    holder = add_holder(world, is_synced=False, count=6)
    browser = world.browser()
    response = answer(browser, browser.open(), holder.key, count=count)
    assert is_in(response) is is_taken
    assert is_locked(world, holder) is not is_taken
    assert ("passkey.locked" in told(world, holder)) is not is_taken
    if not is_taken:
        refusal(browser, response)
        refusal(browser, answer(browser, browser.open(), holder.key, count=100))


def test_a_synced_one_may_tell_a_lower_count_and_the_higher_is_kept(world: World) -> None:
    holder = add_holder(world, count=6)
    browser = world.browser()
    assert is_in(answer(browser, browser.open(), holder.key, count=3))
    assert "passkey.counter_back" in told(world, holder)
    with world.transaction() as db:
        row = select(PasskeyRow.sign_count).join(Authenticator)
        person_id = holder.account.registered.person_id
        assert db.scalar(row.where(Authenticator.person_id == person_id)) == 6


def test_a_forged_count_locks_nothing(world: World) -> None:
    holder = add_holder(world, is_synced=False, count=6)
    browser = world.browser()
    interaction = browser.open()
    refusal(browser, answer(browser, interaction, holder.key, count=1, signature=b"forged"))
    assert not is_locked(world, holder)
    assert is_in(answer(browser, interaction, holder.key, count=7))


def test_many_wrong_passwords_from_elsewhere_keep_no_passkey_out(world: World) -> None:
    holder = add_holder(world)
    stranger = world.browser("browser-of-the-stranger-0123456", address="198.51.100.9")
    interaction = stranger.open()
    stranger.post(f"/signin/{interaction}/identifier", identifier=holder.account.number)
    said = ""
    for nth in range(100):
        answered = stranger.post(f"/signin/{interaction}/password", password=f"guess {nth:03d}")
        said = stranger.get(answered.headers["location"]).text
    assert "wrong attempts" in said
    browser = world.browser()
    assert is_in(answer(browser, browser.open(needed_authentication=2), holder.key))


def test_its_person_is_told_of_a_new_browser_once(world: World) -> None:
    holder = add_holder(world)
    browser = world.browser("browser-that-nobody-knows-01234")
    assert is_in(answer(browser, browser.open(), holder.key))
    assert letters(world, holder) == 1
    again = world.browser("browser-that-nobody-knows-56789")
    again.client.cookies.update(browser.client.cookies)
    assert letters(world, holder) == 1


def test_a_locked_one_and_one_of_a_closed_account_are_refused_like_any(world: World) -> None:
    from idp.people.models import Person, PersonStatus

    holder = add_holder(world)
    browser = world.browser()
    interaction = browser.open()
    person_id = holder.account.registered.person_id
    with world.transaction() as db:
        db.get_one(Person, person_id).status = PersonStatus.SUSPENDED
    refusal(browser, answer(browser, interaction, holder.key))
    with world.transaction() as db:
        db.get_one(Person, person_id).status = PersonStatus.ACTIVE
    assert is_in(answer(browser, interaction, holder.key))


def test_page_two_is_the_same_for_every_number(world: World) -> None:
    """T5: nobody learns who has a passkey, or an account."""
    numbers = [
        add_holder(world).account.number,
        world.add_account().number,
        world.new_number(),
    ]
    pages = []
    for nth, number in enumerate(numbers):
        browser = world.browser(f"browser-of-a-stranger-{nth:012d}")
        interaction = browser.open(needed_authentication=2)
        browser.post(f"/signin/{interaction}/identifier", identifier=number)
        page = browser.get(f"/signin/{interaction}/password").text
        page = page.replace(interaction, "{id}").replace(number[-4:], "####")
        page = page.replace(number, "{number}")
        page = re.sub(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"', "", page)
        pages.append(re.sub(r"challenge&#34;:&#34;[^&]*", "challenge", page))
    assert pages[0] == pages[1]
    assert re.sub(r"\d{8}####|\d{12}", "", pages[0]) == re.sub(r"\d{8}####|\d{12}", "", pages[2])
    assert "allowCredentials" not in pages[0]


def is_locked(world: World, holder: Holder) -> bool:
    with world.transaction() as db:
        of_holder = Authenticator.person_id == holder.account.registered.person_id
        row = select(Authenticator.locked_at).where(of_holder, Authenticator.kind == "passkey")
        return db.scalar(row) is not None


def told(world: World, holder: Holder) -> list[str]:
    with world.transaction() as db:
        number = holder.account.registered.subject_number
        rows = select(JournalEntry.event).where(JournalEntry.subject_number == number)
        return list(db.scalars(rows))


def letters(world: World, holder: Holder) -> int:
    with world.transaction() as db:
        number = str(holder.account.registered.subject_number)
        rows = select(OutboxMessage).where(
            OutboxMessage.kind == NEW_BROWSER_MAIL, OutboxMessage.recipient == number
        )
        return len(db.scalars(rows).all())
