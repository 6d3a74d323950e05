"""“This was not me” of a changed contact; and who leaves before the new password is chosen."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from idp.people.contacts import UNDONE_MAIL, UNDONE_WITHIN
from idp.people.models import PersonContact
from tests.account.recovering import with_number
from tests.account.test_contacts import (
    FIRST,
    PATH,
    SECOND,
    THIRD,
    account,
    browser,
    change_twice,
    give,
    profile,
    sent,
    world,
)
from tests.account.test_details import enter
from tests.account.test_not_me import ACTIVITY, ways
from tests.account.test_recovery import NEW, prove_address, title
from tests.account.test_recovery import PATH as RECOVERY
from tests.signin.conftest import Account, Browser, World

__all__ = ["account", "browser", "world"]
THIEFS = "0987654321"


def changes(browser: Browser) -> list[str]:
    """Where the history offers it beside a changed contact, newest first."""
    page = browser.get(ACTIVITY).text
    return re.findall(
        rf'href="({ACTIVITY}/\d+/not-me)"[^>]*>[^<]*<span[^>]*>: Contact changed,', page
    )


def test_the_history_says_which_contact_was_changed(
    world: World, account: Account, browser: Browser
) -> None:
    change_twice(world, account, browser)
    page = re.sub(r"<[^>]+>", " ", enter(world, account).get(ACTIVITY).text)
    about = re.findall(r"Contact changed\s+(\S+ \S+)", page)
    assert about == ["e-mail address"] * 3


def test_a_changed_address_is_as_before_and_everybody_is_out(
    world: World, account: Account, browser: Browser
) -> None:
    """What followed it goes too; the one that counted until now is told."""
    thief = change_twice(world, account, browser)
    with clock.shifted(timedelta(minutes=6)):
        owner = enter(world, account)
        _, second, _ = changes(owner)
        assert f"{FIRST} again" in owner.get(second).text
        assert owner.post(second).headers["location"] == "/account/not-me/password"
        assert thief.session() is None
    assert profile(world, account).email == FIRST
    assert [message["address"] for message in sent(world, account, UNDONE_MAIL)] == [THIRD]
    with world.transaction() as db:
        assert PASSWORD not in read_credentials(db, person_id=account.registered.person_id).held


def test_a_first_number_of_a_stranger_is_taken_away(
    world: World, account: Account, browser: Browser
) -> None:
    """There was none before; what the owner gave later stays, once it is gone."""
    browser.post("/account/phone", phone=THIEFS)
    code = sent(world, account, "sms.code")[-1]["code"]
    browser.post("/account/phone/code", shown_at="/account/phone", phone=THIEFS, code=code)
    assert profile(world, account).phone
    [change] = changes(browser)
    assert "you had none before" in browser.get(change).text
    browser.post(change)
    assert profile(world, account).phone == ""
    assert sent(world, account, "sms.undone"), "whoever had it hears of it"


def test_past_the_day_the_contact_stays_and_all_else_ends(
    world: World, account: Account, browser: Browser
) -> None:
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        give(world, account, enter(world, account), SECOND)
    with clock.shifted(timedelta(minutes=4) + UNDONE_WITHIN):
        owner = enter(world, account)
        change = changes(owner)[0]
        assert "again, as before" not in owner.get(change).text
        owner.post(change)
    assert profile(world, account).email == SECOND
    with world.transaction() as db:
        assert PASSWORD not in read_credentials(db, person_id=account.registered.person_id).held


def test_a_change_that_was_undone_is_not_undone_again(
    world: World, account: Account, browser: Browser
) -> None:
    """What the owner gave after having the first back is theirs."""
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        give(world, account, enter(world, account), SECOND)
    with clock.shifted(timedelta(minutes=4)):
        enter(world, account).post(f"{PATH}/undo", shown_at=PATH)
    with clock.shifted(timedelta(minutes=6)):
        give(world, account, enter(world, account), THIRD)
        owner = enter(world, account)
        _, second, _ = changes(owner)
        owner.post(second)
    assert profile(world, account).email == THIRD


def test_it_is_offered_where_the_contact_is_shown(
    world: World, account: Account, browser: Browser
) -> None:
    give(world, account, browser, FIRST)
    assert "This was not me" not in browser.get(PATH).text
    with clock.shifted(timedelta(minutes=3)):
        owner = enter(world, account)
        give(world, account, owner, SECOND)
        assert "“This was not me” beside the change" in owner.get(PATH).text


@pytest.mark.parametrize(
    ("totp", "has_mail", "says"),
    [
        (True, True, "and your app or a recovery code"),
        (False, True, "with a code to your e-mail address."),
        (True, False, "only at a one-stop shop"),
    ],
)
def test_who_closes_the_browser_too_early_was_told_and_comes_back_that_way(
    world: World, totp: bool, has_mail: bool, says: str
) -> None:
    """By recovery: the address and, where there is one, another factor; never less."""
    account = world.add_account(totp=totp)
    owner = enter(world, account)
    address = f"{account.number}@example.vn"
    if has_mail:
        give(world, account, owner, address)
    [*_, way] = ways(owner)
    page = owner.get(way).text
    assert "Stay in this browser" in page
    assert says in page
    owner.post(way)
    back = world.browser(f"closed-and-opened-{account.number}")
    with clock.shifted(timedelta(minutes=31)):
        if not has_mail:
            back.post(RECOVERY, number=account.number, contact=address)
            with world.transaction() as db:
                to_them = OutboxMessage.recipient == str(account.registered.person_id)
                assert not db.scalars(select(OutboxMessage).where(to_them)).all()
            return
        prove_address(world, account, address, back)
        back.post(f"{RECOVERY}/password", shown_at=RECOVERY, password=NEW, again=NEW)
        if totp:
            assert title(back) == "Do you have one of these?", "the address alone does nothing"
            back.post(f"{RECOVERY}/second", shown_at=RECOVERY, kind="totp", second=account.code())
            back.post(f"{RECOVERY}/password", shown_at=RECOVERY, password=NEW, again=NEW)
        assert title(back) == "Your account is yours again"
        interaction = back.open()
        back.post(f"/signin/{interaction}/identifier", identifier=account.number)
        back.post(f"/signin/{interaction}/password", password=NEW)
        assert back.session() is not None


@pytest.mark.parametrize(
    ("totp", "days", "says"),
    [
        (True, 30, "with a code to your phone number, and your app or a recovery code."),
        (False, 30, "with a code to your phone number, and after a wait of 72 hours"),
        (True, 3, "only at a one-stop shop"),
    ],
)
def test_who_has_a_telephone_alone_is_told_how_it_helps(
    world: World, totp: bool, days: int, says: str
) -> None:
    """As recovery has it: beside another factor, or after a wait, from the eighth day on."""
    account, _ = with_number(world, totp=totp, days=days)
    owner = enter(world, account)
    [*_, way] = ways(owner)
    assert says in owner.get(way).text


def test_nobody_elses_change_is_undone(world: World, account: Account, browser: Browser) -> None:
    give(world, account, browser, FIRST)
    other = enter(world, world.add_account(totp=False))
    [theirs] = changes(browser)
    own, *_ = ways(other)
    assert other.post(theirs, shown_at=own).headers["location"] == ACTIVITY
    assert profile(world, account).email == FIRST
    with world.transaction() as db:
        of_person = PersonContact.person_id == account.registered.person_id
        assert len(db.scalars(select(PersonContact).where(of_person)).all()) == 1
