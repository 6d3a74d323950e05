"""A contact that a service cannot do without: asked with the reason, given once, or declined."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from idp.accounts.enrolment import find_lacking
from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator
from idp.interactions.opening import Credit, Requested
from idp.kit import clock
from idp.people.models import ContactKind, PersonContact
from idp.people.profile import PersonProfile, read_profile
from idp.relying_parties.models import RelyingParty
from idp.settings import Settings
from idp.settings.server import MailSettings, SmsSettings
from idp.web.routes import room_router
from tests.signin.conftest import Account, Browser, World
from tests.signin.test_repeats import fill, is_same, send_twice
from tests.support.app import room_app
from tests.support.codes import sent_codes
from tests.support.people import add_agency, add_relying_party

EMAIL, PHONE = ContactKind.EMAIL, ContactKind.PHONE
TYPED = {EMAIL: "hoa@example.vn", PHONE: "0912 345 678"}
KEPT = {EMAIL: "hoa@example.vn", PHONE: "+84912345678"}
CLAIM = {EMAIL: "email", PHONE: "phone_number"}
_serial = count(10)


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """Sign-in pages of a provider that can send mail and text messages."""
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    app = room_app(
        module_settings.model_copy(update={"mail": mail, "sms": sms}), room_router("idp.signin")
    )
    yield World(app)
    app.state.runtime.engine.dispose()


@pytest.fixture(scope="module")
def party(world: World) -> RelyingParty:
    """One that says what it needs an address for, and what the rest."""
    with world.transaction() as db:
        party = add_relying_party(
            db, client_id="needs-contacts", agency=add_agency(db, code="G99.CT")
        )
        party.client_name_en = "Licence exchange"
        party.purpose_vi, party.purpose_en = "đổi giấy phép", "exchanging your licence"
        party.claim_purposes_vi = ["email: để gửi biên nhận"]
        party.claim_purposes_en = ["email: sending you the receipt"]
    return party


@pytest.fixture
def account(world: World) -> Account:
    return world.add_account(totp=False)


def begin(
    world: World,
    party: RelyingParty,
    account: Account,
    *,
    needs: tuple[str, ...] = ("email",),
    totp: bool = False,
) -> tuple[Browser, str]:
    """Somebody who has just signed in where these are needed, and the sign-in's address."""
    browser = world.browser(f"browser-of-contacts-{next(_serial):012}")
    interaction = browser.open(
        client_id=party.client_id,
        credit=Credit(relying_party_id=party.id),
        requested=Requested(scopes=("openid",), claims=needs, needed_claims=needs),
        needed_authentication=2 if totp else 1,
    )
    browser.sign_in(interaction, account, code=totp)
    return browser, f"/signin/{interaction}"


def back_at(path: str) -> str:
    """Where the opener looks again."""
    return f"/authorize/resume/{path.rpartition('/')[2]}"


def sent(world: World, account: Account, kind: ContactKind) -> list[dict[str, str]]:
    """The messages with codes, oldest first."""
    person_id = account.registered.person_id
    with world.transaction() as db:
        return sent_codes(db, keyring=world.keyring, person_id=person_id, kind=kind)


def profile(world: World, account: Account) -> PersonProfile:
    with world.transaction() as db:
        return read_profile(db, keyring=world.keyring, person_id=account.registered.person_id)


def words(browser: Browser, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200, page.headers
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def ask_code(world: World, account: Account, browser: Browser, page: str, kind: ContactKind) -> str:
    """Type the address; the code that goes there."""
    assert browser.post(page, **{kind: TYPED[kind]}).headers["location"] == page
    newest = sent(world, account, kind)[-1]
    assert newest["address"] == KEPT[kind]
    return newest["code"]


@pytest.mark.parametrize("kind", ContactKind)
def test_it_is_asked_with_the_reason_and_the_sign_in_goes_on(
    world: World, party: RelyingParty, account: Account, kind: ContactKind
) -> None:
    browser, path = begin(world, party, account, needs=(CLAIM[kind],))
    page = f"{path}/contact/{kind}"
    text = words(browser, page)
    assert "Licence exchange" in text
    for_what = "sending you the receipt" if kind is EMAIL else "exchanging your licence"
    assert f"For: {for_what}" in text
    code = ask_code(world, account, browser, page, kind)
    assert "A code is on its way to" in words(browser, page)
    assert not getattr(profile(world, account), kind), "nobody has shown yet whose it is"
    typed = {kind.value: TYPED[kind], "code": f"{code[:3]} {code[3:]}"}
    answer = browser.post(f"{page}/code", shown_at=page, **typed)
    assert answer.headers["location"] == back_at(path)
    mine = profile(world, account)
    assert (getattr(mine, kind), getattr(mine, f"{kind}_verified")) == (KEPT[kind], True)
    assert browser.get(page).headers["location"] == back_at(path), "asked once: Back leads on"


def test_a_wrong_code_keeps_what_was_typed_and_the_right_one_is_taken(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    code = ask_code(world, account, browser, page, EMAIL)
    wrong = {"email": TYPED[EMAIL], "code": "000000" if code != "000000" else "111111"}
    assert browser.post(f"{page}/code", shown_at=page, **wrong).headers["location"] == page
    assert "This code is not right" in words(browser, page)
    assert TYPED[EMAIL] in browser.get(page).text
    empty = {"email": TYPED[EMAIL], "code": ""}
    browser.post(f"{page}/code", shown_at=page, **empty)
    assert "Enter the code of the message." in words(browser, page)
    assert profile(world, account).email == ""
    right = {"email": TYPED[EMAIL], "code": code}
    browser.post(f"{page}/code", shown_at=page, **right)
    assert profile(world, account).email == KEPT[EMAIL]


def test_what_is_no_address_is_said_and_kept(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    for typed, says in (("", "Enter your e-mail address."), ("hoa@", "not an e-mail address")):
        assert says in browser.refused(page, email=typed)
        assert not typed or f'value="{typed}"' in browser.get(page).text
    assert sent(world, account, EMAIL) == []
    ask_code(world, account, browser, page, EMAIL)


def test_declining_is_explained_first_and_told_to_the_opener_then(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    page, interaction = f"{path}/contact/email", path.rpartition("/")[2]
    assert f'href="{page}/without"' in browser.get(page).text
    text = words(browser, f"{page}/without")
    assert "needs an e-mail address, and you chose not to give one" in text
    assert world.interaction(interaction).consent_decision is None, "a page decides nothing"
    assert words(browser, page), "and one may think better of it"
    answer = browser.post(f"{page}/without")
    assert answer.headers["location"] == back_at(path)
    assert world.interaction(interaction).consent_decision == "deny"
    assert profile(world, account).email == ""


def test_what_the_service_does_not_need_is_not_asked_here(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account, needs=("email",))
    for kind in ("phone", "birthdate", "x" * 300):
        for page in (f"{path}/contact/{kind}", f"{path}/contact/{kind}/without"):
            assert browser.get(page).headers["location"] == back_at(path)
    form = {**fill(browser, f"{path}/contact/email"), "phone": TYPED[PHONE]}
    answer = browser.client.post(f"{path}/contact/phone", data=form)
    assert answer.headers["location"] == back_at(path)
    assert sent(world, account, PHONE) == []
    ask_code(world, account, browser, f"{path}/contact/email", EMAIL)


def test_who_signed_in_a_while_ago_gives_nothing_until_they_do_again(
    world: World, party: RelyingParty, account: Account
) -> None:
    """A session left open in an internet café gives nobody's account an address."""
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    form = {**fill(browser, page), "email": "ke.trom@example.vn"}
    with clock.shifted(timedelta(minutes=6)):
        assert browser.get(page).headers["location"] == back_at(path)
        answer = browser.client.post(page, data=form)
        assert answer.headers["location"] == back_at(path)
        assert sent(world, account, EMAIL) == []
        assert "chose not to give" in words(browser, f"{page}/without"), "one may still leave"


def test_a_second_step_that_is_not_confirmed_gives_nothing(
    world: World, party: RelyingParty
) -> None:
    """Whoever knew the password may have set it up: told, and no way round in circles."""
    account = world.add_account()
    person_id = account.registered.person_id
    with world.transaction() as db:
        app = db.scalars(select(Authenticator).where(Authenticator.person_id == person_id)).one()
        app.carries_proofing = 0
    browser, path = begin(world, party, account, totp=True)
    page = f"{path}/contact/email"
    assert 'name="email"' in browser.get(page).text, "its own password is enough for an account"
    with world.transaction() as db:
        app = db.scalars(select(Authenticator).where(Authenticator.person_id == person_id)).one()
        app.carries_proofing = 2
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        own = read_credentials(db, person_id=person_id)
    rules = world.settings.assurance
    assert find_lacking(session, own, settings=rules, at=clock.now()) is None
    text = words(browser, page)
    assert "Nothing can be added to your account now" in text
    form = {**fill(browser, f"{page}/without"), "email": TYPED[EMAIL]}
    assert browser.client.post(page, data=form).headers["location"] == back_at(path)
    assert sent(world, account, EMAIL) == []


def test_a_form_sent_twice_sends_one_code_and_is_answered_alike(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    assert is_same(*send_twice(browser, page, email=TYPED[EMAIL]))
    [message] = sent(world, account, EMAIL)
    form = {**fill(browser, page), "email": TYPED[EMAIL], "code": message["code"]}
    first, second = (browser.client.post(f"{page}/code", data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"] == back_at(path)
    with world.transaction() as db:
        mine = PersonContact.person_id == account.registered.person_id
        assert len(db.scalars(select(PersonContact).where(mine)).all()) == 1


def test_two_tabs_ask_for_one_code_and_the_later_tab_leads_on(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    left, right = fill(browser, page), fill(browser, page)
    browser.client.post(page, data={**left, "email": TYPED[EMAIL]})
    browser.client.post(page, data={**right, "email": TYPED[EMAIL], "again": "yes"})
    text = words(browser, page)
    assert "Please wait a little" in text
    assert "Type the code" in text, "the one that was sent can still be typed"
    [message] = sent(world, account, EMAIL)
    given = {"email": TYPED[EMAIL], "code": message["code"]}
    later = fill(browser, page)
    browser.client.post(f"{page}/code", data={**fill(browser, page), **given})
    answer = browser.client.post(f"{page}/code", data={**later, **given, "tab": "2"})
    assert answer.headers["location"] == back_at(path)
    assert profile(world, account).email == KEPT[EMAIL]


def test_another_sessions_code_is_not_taken(
    world: World, party: RelyingParty, account: Account
) -> None:
    browser, path = begin(world, party, account)
    code = ask_code(world, account, browser, f"{path}/contact/email", EMAIL)
    thief, other = begin(world, party, account)
    page = f"{other}/contact/email"
    given: dict[str, Any] = {"email": TYPED[EMAIL], "code": code}
    thief.post(f"{page}/code", shown_at=page, **given)
    assert profile(world, account).email == ""
    browser.post(f"{path}/contact/email/code", shown_at=f"{path}/contact/email", **given)
    assert profile(world, account).email == KEPT[EMAIL]


def test_another_browser_sees_nothing_of_it(
    world: World, party: RelyingParty, account: Account
) -> None:
    _, path = begin(world, party, account)
    stranger = world.browser(f"browser-of-contacts-{next(_serial):012}")
    for page in ("contact/email", "contact/email/without"):
        assert stranger.get(f"{path}/{page}").status_code == 400
