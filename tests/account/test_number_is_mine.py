"""The page for whose number somebody else uses says what a desk does, by the desk's own rule."""

import re

from idp.account.number_is_mine import PATH, NumberIsMinePage
from idp.accounts.reclaim import is_given_back
from idp.people.declaration import FACE_TO_FACE, LEVELS
from tests.signin.conftest import World


def test_it_promises_no_account_that_a_desk_keeps(world: World) -> None:
    """F1: it promised everybody a new password; a desk refuses what was proven face to face."""
    kept = [level for level in LEVELS if not is_given_back(level)]
    assert kept == [FACE_TO_FACE], "the page tells of this one exception"
    assert not NumberIsMinePage().is_verified_given_back
    page = world.browser().get(PATH).text
    assert "If the account was verified face to face" in page
    assert "see below" in page


def test_it_leads_back_to_the_sign_in_it_was_opened_from(world: World) -> None:
    """Whoever came from a service ends there, not at an account that may be somebody else's."""
    browser = world.browser()
    sign_in = browser.open()
    page = browser.get(f"/signin/{sign_in}/identifier").text
    [link] = re.findall(r'href="(/number-is-mine[^"]*)"', page)
    back = f'href="/signin/{sign_in}/identifier"'
    assert back in browser.get(link).text
    for other in (PATH, f"{PATH}?signin=//evil.example", f"{PATH}?signin="):
        assert "/identifier" not in browser.get(other).text
