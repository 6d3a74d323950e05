"""A password lasts until somebody changes it."""

from datetime import timedelta

import pytest

from idp.kit import clock
from tests.signin.conftest import PASSWORD, World


@pytest.mark.asvs("6.2.10")
def test_a_password_does_not_expire(world: World) -> None:
    account = world.add_account(totp=False)
    with clock.shifted(timedelta(days=3650)):
        browser = world.browser()
        interaction = browser.open()
        browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
        wrong = browser.post(f"/signin/{interaction}/password", password="not the right one")
        assert wrong.headers["location"] == f"/signin/{interaction}/password"
        right = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
        assert right.headers["location"] == f"/authorize/resume/{interaction}"
