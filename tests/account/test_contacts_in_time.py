"""A contact's code is typed as long as it lives; to ask for one needs a sign-in of just now."""

from datetime import timedelta

from idp.kit import clock
from tests.account.test_contacts import CODE, FIRST, PATH, SECOND, enter, profile, sent
from tests.account.test_contacts import account as account  # noqa: PLC0414 - fixtures
from tests.account.test_contacts import browser as browser  # noqa: PLC0414
from tests.account.test_contacts import world as world  # noqa: PLC0414
from tests.signin.conftest import Account, Browser, World


def test_a_code_is_typed_as_long_as_it_is_valid_by_who_asked_for_it_in_time(
    world: World, account: Account, browser: Browser
) -> None:
    """Asking needs a new sign-in after five minutes; typing does not. Nobody else's session may."""
    other = enter(world, account)
    browser.post(PATH, email=FIRST)
    code = sent(world, account)[-1]["code"]
    with clock.shifted(timedelta(minutes=7)):
        for form in (PATH, CODE):
            answer = other.post(form, shown_at="/recovery/address", email=FIRST, code=code)
            assert answer.headers["location"].startswith("/signin/")
        assert other.get(PATH).headers["location"].startswith("/signin/")
        wrong = "000000" if code != "000000" else "111111"
        browser.post(CODE, shown_at=PATH, email=FIRST, code=wrong)
        assert "This code is not right" in browser.get(PATH).text
        answer = browser.post(PATH, shown_at=PATH, email=SECOND)
        assert answer.headers["location"].startswith("/signin/")
        browser.post(CODE, shown_at=PATH, email=FIRST, code=code)
        assert profile(world, account).email == FIRST
        assert browser.get(PATH).headers["location"].startswith("/signin/"), "it was taken"


def test_a_code_that_is_too_old_is_not_typed(
    world: World, account: Account, browser: Browser
) -> None:
    browser.post(PATH, email=FIRST)
    code = sent(world, account)[-1]["code"]
    assert "A code is on its way" in browser.get(PATH).text
    with clock.shifted(timedelta(minutes=11)):
        answer = browser.post(CODE, shown_at="/recovery/address", email=FIRST, code=code)
        assert answer.headers["location"].startswith("/signin/")
    assert profile(world, account).email == ""
