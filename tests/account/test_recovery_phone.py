"""Getting an account back by its telephone, for whoever has no address, and who learns nothing."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from idp.account.recovery_visit import HAVE, PATH
from idp.factors.credentials import read_credentials
from idp.kit import clock
from idp.mail.text_messages import read_text
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_TEXT
from idp.people.models import ContactKind
from idp.people.text_budget import TextBudget, Use
from idp.recovery.models import State
from idp.web.part import Site
from tests.account import recovering
from tests.account.recovering import (
    HOURS,
    NEW,
    accept_notice,
    let_pass,
    row_of,
    run,
    title,
    with_address,
    with_number,
)
from tests.account.test_recovery_alike import seen
from tests.signin.conftest import Account, Browser, World
from tests.support.app import changed_part

world = recovering.texting_world
codes_to = partial(recovering.codes_to, kind=ContactKind.PHONE)


def prove_number(world: World, account: Account, number: str, browser: Browser) -> None:
    assert browser.post(PATH, number=account.number, contact=number).status_code == 303
    browser.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])


def test_with_the_app_a_new_password_is_set_at_once(world: World) -> None:
    """Typed as people write it; the level stays."""
    account, number = with_number(world)
    browser = world.browser("has-a-telephone-and-an-app-012345")
    page = browser.get(HAVE).text
    assert "The mobile phone number of your account" in page
    prove_number(world, account, f"0{number[3:6]} {number[6:]}", browser)
    assert title(browser) == "Do you have one of these?"
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Do you have one of these?", "the number alone is not enough"
    browser.post(f"{PATH}/second", shown_at=PATH, kind="totp", second=account.code())
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    assert {kind.name for kind in own.held} == {"password", "totp"}
    assert own.proofing == 2


@pytest.mark.parametrize("totp", [True, False])
def test_the_number_alone_waits_whatever_the_account_has(world: World, *, totp: bool) -> None:
    """A SIM card changes hands: 72 hours, told, and nothing is proven afterwards."""
    account, number = with_number(world, totp=totp)
    browser = world.browser(f"has-a-telephone-alone-{totp}-0123456")
    prove_number(world, account, number, browser)
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Do you have one of these?"
    browser.post(f"{PATH}/wait", shown_at=PATH)
    assert title(browser) == "You are waiting"
    accept_notice(world, account)
    let_pass(world, account, 72 * HOURS)
    assert title(browser) == "The wait is over"
    browser.post(PATH, contact="0912 345 679")
    assert "This is not what your account is written to." in browser.get(PATH).text
    browser.post(PATH, contact=number)
    browser.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    assert {kind.name for kind in own.held} == {"password"}
    assert own.proofing == 0


def test_a_number_opens_nothing_for_seven_days(world: World) -> None:
    """Whoever is in an account, or has somebody's SIM card, adds one. The eighth is the control."""
    for days, sent in ((6, 0), (8, 1)):
        account, number = with_number(world, days=days)
        browser = world.browser(f"has-it-for-{days}-days-0123456789")
        browser.post(PATH, number=account.number, contact=number)
        assert title(browser) == "Type the code"
        assert len(codes_to(world, account)) == sent


def test_nobody_learns_whose_number_and_telephone_were_typed(world: World) -> None:
    """Status, headers, text and statements; a code only where both are right."""
    account, telephone = with_number(world)
    new, of_new = with_number(world, days=1)
    unshown, of_unshown = with_number(world, is_verified=False)
    bare = world.add_account()
    tried = [
        *((account, telephone), (new, of_new), (unshown, of_unshown)),
        *((bare, telephone), (None, telephone)),
    ]
    asked, typed, shown = set(), set(), set()
    for index, (who, contact) in enumerate(tried):
        number = who.number if who else world.new_number()
        browser = world.browser(f"asks-{index}-{number}-0123456789", address=f"192.0.2.{index}")
        asked.add(seen(browser, PATH, number=number, contact=contact))
        typed.add(seen(browser, f"{PATH}/code", shown_at=PATH, code="00000"))
        shown.add(title(browser))
    assert [len(each) for each in (asked, typed, shown)] == [1, 1, 1]
    sent = [len(codes_to(world, who)) for who in (account, new, unshown, bare)]
    assert sent == [1, 0, 0, 0]


def test_a_spent_day_is_said_to_all_alike_and_is_spent_by_what_is_sent_alone(world: World) -> None:
    """Wrong pairs cost nobody a message; an address is the way that stays open."""
    account, telephone = with_number(world)
    mailed, address = with_address(world)
    texts = TextBudget(keyring=world.keyring, most=4)
    told = set()
    with clock.shifted(timedelta(days=11)), changed_part(world.app, Site, texts=texts):
        for index in range(6):
            browser = world.browser(f"pumps-{index}-01234567890123456", address=f"192.0.2.{index}")
            browser.post(PATH, number=world.new_number(), contact=telephone)
            assert title(browser) == "Type the code"
        with world.transaction() as db:
            assert texts.spent(db, at=clock.now()) == 0
            for _ in range(3):
                assert texts.spend(db, Use.CODE, at=clock.now())
        for who in (account.number, world.new_number()):
            browser = world.browser(f"comes-late-{who}-01234567", address="192.0.2.80")
            told.add(seen(browser, PATH, number=who, contact=telephone))
            assert "No more text messages are sent today" in browser.get(PATH).text
        assert codes_to(world, account) == []
        browser.post(PATH, number=mailed.number, contact=address)
        assert title(browser) == "Type the code"
        assert len(recovering.codes_to(world, mailed)) == 1
    browser = world.browser("comes-the-next-day-0123456789012")
    browser.post(PATH, number=account.number, contact=telephone)
    assert len(codes_to(world, account)) == 1
    assert len(told) == 1


@pytest.mark.parametrize("totp", [True, False])
def test_a_sign_in_with_all_that_an_account_has_stops_the_wait(world: World, *, totp: bool) -> None:
    """The password is all of one that has nothing else; of one with an app it is not."""
    account, number = with_number(world, totp=totp)
    thief = world.browser(f"has-the-sim-card-{totp}-012345678901")
    prove_number(world, account, number, thief)
    thief.post(f"{PATH}/wait", shown_at=PATH)
    owner = world.browser(f"owner-signs-in-{totp}-012345678901")
    owner.sign_in(owner.open(), account)
    run(world)
    assert row_of(world, account).state is (State.WAITING if totp else State.CANCELLED)


def test_the_message_is_one_plain_text_about_what_it_is_for(world: World) -> None:
    account, number = with_number(world)
    browser = world.browser("asks-for-a-text-0123456789012345")
    browser.post(PATH, number=account.number, contact=number)
    [code] = codes_to(world, account)
    mine = OutboxMessage.recipient == str(account.registered.person_id)
    with world.transaction() as db:
        row = db.scalars(select(OutboxMessage).where(mine, OutboxMessage.kind == CODE_TEXT)).one()
        text = read_text(world.app.state.runtime.mail_writer, db, row)
    assert text is not None
    assert text.number == number
    assert code in text.text
    assert text.text.isascii()
    assert len(text.text) <= 160
    assert "." not in text.text.rstrip(".").replace(". ", " ")
