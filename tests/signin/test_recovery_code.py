"""A recovery code in the place of the app: the same level, once, and a door that rests alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.people import give_codes

ANOTHER_WAY = "Another way: use a recovery code"
NOT_RIGHT = "This recovery code is not right, or was used already."
NO_CODE = "K4QM-7R2X-B9TN-0C3H"
DAY = timedelta(days=1)


def with_codes(world: World) -> tuple[Account, list[str]]:
    account = world.add_account()
    with world.transaction() as db:
        codes = give_codes(db, keyring=world.keyring, person_id=account.registered.person_id)
    return account, list(codes)


def at_code(world: World, account: Account, browser: Browser | None = None) -> tuple[Browser, str]:
    """In a browser where the password was right; the path of the page for recovery codes."""
    browser = browser or world.browser()
    interaction = browser.open(needed_authentication=2)
    assert browser.sign_in(interaction, account).headers["location"].endswith("/otp")
    return browser, f"/signin/{interaction}/recovery-code"


def is_in(answer: Any) -> bool:
    return "/authorize/resume/" in answer.headers["location"]


def journal(world: World, account: Account, event: str) -> list[JournalEntry]:
    of = (JournalEntry.subject_number == account.registered.subject_number,)
    with world.transaction() as db:
        rows = select(JournalEntry).where(*of, JournalEntry.event == event)
        return list(db.scalars(rows.order_by(JournalEntry.id)))


def test_the_page_of_the_app_names_the_way_to_who_has_it(world: World) -> None:
    """People.md 3: the only page that lists what this person has."""
    account, _ = with_codes(world)
    for one, has_codes in ((account, True), (world.add_account(), False)):
        browser, path = at_code(world, one)
        page = browser.get(path.replace("recovery-code", "otp")).text
        assert (ANOTHER_WAY in page, 'href="recovery-code"' in page) == (has_codes, has_codes)
        answer = browser.get(path)
        assert answer.status_code == (200 if has_codes else 303)


def test_a_code_signs_in_at_the_same_level_as_the_app(world: World) -> None:
    """As it is typed on a telephone; it carries the proofing that the app carries."""
    account, codes = with_codes(world)
    browser, path = at_code(world, account)
    page = browser.get(path).text
    assert 'autocomplete="off"' in page
    assert is_in(browser.post(path, code=codes[0].lower().replace("-", " ").replace("0", "o")))
    session = browser.session()
    assert session is not None
    assert session.amr == ("pwd", "otp", "mfa")
    assert (session.authentication, session.confirmed_authentication) == (2, 2)
    [used] = journal(world, account, "recovery_code.used")
    assert used.data == {"left": 9}
    with world.transaction() as db:
        sent = select(OutboxMessage).where(OutboxMessage.key == str(used.id))
        assert {one.kind for one in db.scalars(sent)} == {"mail.notice", "sms.notice"}


def test_a_code_works_once(world: World) -> None:
    account, codes = with_codes(world)
    browser, path = at_code(world, account)
    assert is_in(browser.post(path, code=codes[0]))
    browser, path = at_code(world, account, world.browser("another-browser-0123456789-abcd"))
    assert NOT_RIGHT in browser.refused(path, code=codes[0])
    assert is_in(browser.post(path, code=codes[1]))


def test_a_wrong_code_is_refused_and_told_in_the_history_and_nothing_typed_is_kept(
    world: World,
) -> None:
    account, _ = with_codes(world)
    _, [others, *_] = with_codes(world)
    browser, path = at_code(world, account)
    for typed in (NO_CODE, others, "123456", "x" * 1000, account.code()):
        page = browser.refused(path, code=typed)
        assert NOT_RIGHT in page
        assert typed not in page
    failed = journal(world, account, "signin.attempt_failed")
    assert {entry.reason for entry in failed} == {"recovery_code"}
    assert "Enter one of your recovery codes." in browser.refused(path, code=" ")
    session = browser.session()
    assert session is not None
    assert session.authentication == 1


def test_nobody_comes_to_it_without_the_password(world: World) -> None:
    account, codes = with_codes(world)
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    path = f"/signin/{interaction}/recovery-code"
    assert browser.get(path).headers["location"].endswith("/password")
    answer = browser.post(path, shown_at=f"/signin/{interaction}/password", code=codes[0])
    assert answer.headers["location"].endswith("/password")
    assert browser.session() is None
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert is_in(browser.post(path, code=codes[0])), "it was not used up"


def test_after_ten_wrong_ones_this_door_rests_for_a_day_and_the_others_do_not(
    world: World,
) -> None:
    """People.md 1: who knows the password keeps nobody from their app; a right code waits too."""
    account, codes = with_codes(world)
    owner = world.browser("owners-browser-0123456789-abcde")
    interaction = owner.open(needed_authentication=2)
    assert is_in(owner.sign_in(interaction, account, code=True))
    owner.client.cookies.delete(owner.names.session)
    browser, path = at_code(world, account, world.browser("thiefs-browser-0123456789-abcde"))
    for _ in range(10):
        assert NOT_RIGHT in browser.refused(path, code=NO_CODE)
    page = browser.refused(path, code=codes[0])
    assert "what you typed was not read" in page
    assert re.search(r"again in 24\s+hours", page)
    assert "/help/desks" in page
    with clock.shifted(timedelta(minutes=1)):
        otp = path.replace("recovery-code", "otp")
        assert is_in(browser.post(otp, code="", otp=account.code())), "the app's door is open"
        known, known_path = at_code(world, account, owner)
        assert is_in(known.post(known_path, code=codes[0])), "so is this one, where one is known"
    with clock.shifted(DAY + timedelta(minutes=1)):
        later, path = at_code(world, account, world.browser("another-browser-0123456789-abcd"))
        assert is_in(later.post(path, code=codes[1]))


def test_wrong_codes_of_the_app_leave_the_paper_alone(world: World) -> None:
    account, codes = with_codes(world)
    browser, path = at_code(world, account)
    for _ in range(3):
        browser.refused(path.replace("recovery-code", "otp"), otp="000000")
    assert "Please wait" in browser.refused(path.replace("recovery-code", "otp"), otp="000000")
    assert is_in(browser.post(path, code=codes[0]))


@pytest.mark.parametrize("left", [4, 3, 1, 0])
def test_few_codes_left_are_told(world: World, left: int) -> None:
    """People.md 1: at each sign-in, so that a set is made in time."""
    account, codes = with_codes(world)
    for nth, code in enumerate(codes[left:]):
        browser, path = at_code(world, account, world.browser(f"browser-no-{nth}-0123456789-abcd"))
        assert is_in(browser.post(path, code=code))
    browser, path = at_code(world, account, world.browser("one-more-browser-0123456789-abc"))
    page = browser.get(path).text
    assert (f"Only {left} recovery code" in page) is (0 < left <= 3)
    assert ("No recovery code is left" in page) is (left == 0)
    assert ('action="recovery-code"' in page) is (left > 0)


def test_a_recovery_code_is_as_fresh_as_a_code_of_the_app(world: World) -> None:
    """`max_age` and `prompt=login` ask again; one shown before does not do, a new one does."""
    account, codes = with_codes(world)
    browser, path = at_code(world, account)
    assert is_in(browser.post(path, code=codes[0]))
    interaction = browser.open(needed_authentication=2, authenticate_after=clock.now())
    browser.get(f"/signin/{interaction}/identifier")
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert answer.headers["location"].endswith("/otp")
    path = f"/signin/{interaction}/recovery-code"
    assert NOT_RIGHT in browser.refused(path, code=codes[0])
    assert is_in(browser.post(path, code=codes[1]))
