"""A passkey instead of an app, set up on the way to a service that asks for a second step."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.factors.kinds import PASSKEY, PASSWORD, SMS, TOTP
from idp.factors.passkey_site import site_of
from idp.interactions.models import Needs
from idp.interactions.opening import Requested
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from idp.signin.next_step import next_step
from idp.signin.part import SignInPart
from tests.signin.conftest import Account, Browser, World
from tests.signin.test_codes import CODE, set_up_app
from tests.signin.test_next_step import signed
from tests.signin.test_offer import asked, held
from tests.signin.test_repeats import fill, is_same, send_twice
from tests.support.app import changed_part
from tests.support.passkeys import BE, UP, UV, SoftKey

REFUSED = "could not be added"


def at_choice(
    world: World, account: Account, name: str = "a-browser-of-theirs-0123456789", **values: Any
) -> tuple[Browser, str]:
    """A browser in which the password was right, and the page where a passkey is set up."""
    browser = world.browser(name)
    interaction = browser.open(**{"needed_authentication": 2, **values})
    answer = browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/enrol"
    assert answer.headers["location"] == path
    return browser, f"{path}-passkey"


def send(browser: Browser, path: str, purpose: str, answer: str, **fields: str) -> Any:
    """Send the form of a passkey, without the app's beside it."""
    return browser.post(path, purpose=purpose, answer=answer, **fields)


def make(browser: Browser, path: str, key: SoftKey) -> Any:
    """Have the browser make one; where that leads."""
    return send(browser, path, "enrol", key.create(asked(browser, path)))


def set_up_passkey(browser: Browser, path: str, key: SoftKey, **fields: str) -> Any:
    """Make one and show it; where that leads."""
    assert make(browser, path, key).headers["location"] == path
    return send(browser, path, "confirm", key.get(asked(browser, path)), **fields)


def test_it_is_made_and_shown_and_is_the_second_factor_of_this_sign_in(world: World) -> None:
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    assert "pubKeyCredParams" in asked(browser, path)
    assert make(browser, path, key).headers["location"] == path
    assert held(world, account) == {"password"}, "made is not shown"
    assert browser.get(path).text.count("<h1") == 1
    assert "Try your passkey" in browser.get(path).text
    answer = send(browser, path, "confirm", key.get(asked(browser, path)), called=" My  phone ")
    assert answer.headers["location"] == f"/authorize/resume/{path.split('/')[2]}"
    assert held(world, account) == {"password", "passkey"}
    session = browser.session()
    assert session is not None
    assert session.authentication == PASSKEY.alone == 2
    assert session.amr == ("pwd", "swk", "user", "mfa")
    assert browser.get(path).headers["location"].startswith("/authorize/resume/")


def test_it_stands_first_is_hidden_without_a_script_and_all_else_is_there(world: World) -> None:
    browser, path = at_choice(world, world.add_account(totp=False))
    choice = path.removesuffix("-passkey")
    page = browser.get(choice).text
    assert re.search(r'<li data-passkey hidden>\s*<a href="enrol-passkey">', page)
    places = [page.index(f'<a href="{one}">') for one in ("enrol-passkey", "#app", "#paper")]
    assert places == sorted(places), "best first"
    assert '<a href="enrol">' in browser.get(path).text
    answer = set_up_app(browser, choice)
    assert "/authorize/resume/" in answer.headers["location"]


@pytest.mark.parametrize("wanted", [{}, {"codes": "yes"}], ids=["none", "codes"])
def test_recovery_codes_are_offered_beside_it(world: World, wanted: dict[str, str]) -> None:
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    make(browser, path, key)
    assert 'name="codes"' in browser.get(path).text
    answer = send(browser, path, "confirm", key.get(asked(browser, path)), **wanted)
    led = answer.headers["location"]
    if not wanted:
        assert "/authorize/resume/" in led
        return
    assert led.endswith("/codes")
    assert len(set(CODE.findall(browser.get(led).text))) == 10
    assert "/authorize/resume/" in browser.post(led, kept="yes").headers["location"]
    assert held(world, account) == {"password", "passkey", "recovery_code"}


def test_another_one_may_be_made_instead_and_every_other_way_stays(world: World) -> None:
    account, lost, key = world.add_account(totp=False, proofing=0), SoftKey(), SoftKey()
    browser, path = at_choice(world, account)
    make(browser, path, lost)
    assert browser.post(path, again="yes").headers["location"] == path
    assert "pubKeyCredParams" in asked(browser, path)
    set_up_passkey(browser, path, key)
    assert held(world, account) == {"password", "passkey"}


@pytest.mark.parametrize(
    "lie",
    [
        {"flags": UP},
        {"flags": UP | UV | BE, "origin": "https://evil.example"},
        {"origin": "https://evil.example"},
        {"challenge": "AAAA"},
        {"crossOrigin": True},
        {"type": "webauthn.other"},
    ],
    ids=str,
)
def test_what_is_made_or_shown_with_a_lie_is_refused(world: World, lie: dict[str, Any]) -> None:
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    answer = key.create(asked(browser, path), **lie)
    assert REFUSED in browser.refused(path, purpose="enrol", answer=answer)
    make(browser, path, key)
    answer = key.get(asked(browser, path), **lie)
    assert REFUSED in browser.refused(path, purpose="confirm", answer=answer)
    assert held(world, account) == {"password"}
    send(browser, path, "confirm", key.get(asked(browser, path)))
    assert held(world, account) == {"password", "passkey"}, "the control"


def test_one_for_another_site_is_refused(world: World) -> None:
    account = world.add_account(totp=False, proofing=0)
    browser, path = at_choice(world, account)
    elsewhere = SoftKey(rp_id="id.example")
    answer = elsewhere.create(asked(browser, path))
    assert REFUSED in browser.refused(path, purpose="enrol", answer=answer)
    set_up_passkey(browser, path, SoftKey())
    assert held(world, account) == {"password", "passkey"}, "the control"


@pytest.mark.parametrize("answer", ["", "{}", "nothing", "[" * 5000], ids=len)
def test_no_answer_is_refused_with_words(world: World, answer: str) -> None:
    browser, path = at_choice(world, world.add_account(totp=False))
    token = re.search(r'name="csrf_token"\s+value="([^"]*)"', browser.get(path).text)
    assert token
    for purpose in ("enrol", "confirm", "own", ""):
        form = {"csrf_token": token[1], "purpose": purpose, "answer": answer}
        led = browser.client.post(path, data=form)
        assert led.headers["location"] == path
        assert REFUSED in browser.get(path).text


def test_each_form_sent_twice_is_answered_alike(world: World) -> None:
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    made = key.create(asked(browser, path))
    assert is_same(*send_twice(browser, path, purpose="enrol", answer=made))
    shown = key.get(asked(browser, path))
    first, second = send_twice(browser, path, purpose="confirm", answer=shown)
    assert is_same(first, second)
    assert "/authorize/resume/" in second.headers["location"]
    assert held(world, account) == {"password", "passkey"}


def test_two_tabs_make_one_and_the_second_goes_on(world: World) -> None:
    account, key, other = world.add_account(totp=False, proofing=0), SoftKey(), SoftKey()
    browser, path = at_choice(world, account)
    options = asked(browser, path)
    send(browser, path, "enrol", key.create(options))
    answer = send(browser, path, "enrol", other.create(options))
    assert answer.headers["location"] == path, "it waits to be shown"
    shown = asked(browser, path)
    assert "Try your passkey" in browser.get(path).text
    form = fill(browser, path, purpose="confirm", answer=other.get(shown))
    send(browser, path, "confirm", key.get(shown))
    led = browser.client.post(path, data=form)
    assert "/authorize/resume/" in led.headers["location"]
    with world.transaction() as db:
        bound = select(func.count()).select_from(JournalEntry)
        number = account.registered.subject_number
        mine = bound.filter_by(subject_number=number, event="factor.enrolled")
        assert db.scalar(mine) == 1


def test_its_person_is_told_as_of_an_app(world: World) -> None:
    account = world.add_account(totp=False, proofing=0)
    browser, path = at_choice(world, account)
    set_up_passkey(browser, path, SoftKey())
    with world.transaction() as db:
        mine = {"subject_number": account.registered.subject_number, "event": "factor.enrolled"}
        entry = db.scalars(select(JournalEntry).filter_by(**mine)).one()
        assert entry.data["kind"] == PASSKEY.name
        told = select(func.count()).where(OutboxMessage.key == str(entry.id))
        assert db.scalar(told) == 2, "by mail and by text message"


def expect_closed(browser: Browser, path: str) -> None:
    """The page leads to the other ways, and so does its form."""
    choice = path.removesuffix("-passkey")
    assert browser.get(path).headers["location"] == choice
    answer = browser.post(path, shown_at=choice, purpose="enrol", answer="{}")
    assert answer.headers["location"] == choice


def test_on_the_way_of_a_device_none_is_made(world: World) -> None:
    """Its person may stand anywhere: people.md asks for a device of one's own."""
    for device, is_offered in (("ABCD-EFGH", False), ("", True)):
        account, key = world.add_account(totp=False, proofing=0), SoftKey()
        requested = Requested(device_code=device)
        browser, path = at_choice(world, account, requested=requested)
        choice = path.removesuffix("-passkey")
        assert ("enrol-passkey" in browser.get(choice).text) is is_offered
        if is_offered:
            set_up_passkey(browser, path, key)
        else:
            expect_closed(browser, path)
        assert ("passkey" in held(world, account)) is is_offered, "the control"


def test_where_there_are_no_passkeys_the_page_has_the_other_ways(world: World) -> None:
    account = world.add_account(totp=False, proofing=0)
    with changed_part(world.app, SignInPart, passkeys=site_of("http://127.0.0.1:8000")):
        browser, path = at_choice(world, account)
        page = browser.get(path.removesuffix("-passkey")).text
        assert "passkey" not in page.partition("<main")[2].partition("</main")[0]
        assert 'id="app"' in page
        expect_closed(browser, path)
    assert 'id="passkey"' in browser.get(path).text, "the control"


@pytest.mark.parametrize(
    ("passkeys", "texts", "kinds"),
    [
        (True, True, (TOTP, SMS, PASSKEY)),
        (True, False, (TOTP, PASSKEY)),
        (False, True, (TOTP, SMS)),
        (False, False, (TOTP,)),
    ],
)
def test_the_ways_to_choose_from(*, passkeys: bool, texts: bool, kinds: tuple[Any, ...]) -> None:
    who = replace(signed(held=(PASSWORD,)), may_make_passkey=passkeys, may_have_texts=texts)
    step = next_step(Needs(authentication=2), has_identifier=True, signed_in=who)
    assert step.kinds == kinds
    assert step.page == "enrol", "which works without a script, and leads to the others"
    assert step.pages == tuple(kind.enrol_page for kind in kinds)


def test_the_password_must_be_fresh(world: World) -> None:
    account, key = world.add_account(totp=False, proofing=0), SoftKey()
    browser, path = at_choice(world, account)
    make(browser, path, key)
    form = fill(browser, path, purpose="confirm", answer=key.get(asked(browser, path)))
    with clock.shifted(world.settings.assurance.enrolment_fresh + timedelta(seconds=1)):
        led = browser.client.post(path, data=form)
        assert led.headers["location"].endswith("/password")
    assert held(world, account) == {"password"}
    send(browser, path, "confirm", key.get(asked(browser, path)))
    assert held(world, account) == {"password", "passkey"}, "the control"
