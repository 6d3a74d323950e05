"""Refresh tokens end, however often they are used."""

from datetime import timedelta

import pytest

from idp.kit import clock
from tests.oidc.conftest import Browser, World
from tests.oidc.test_token import offline_tokens, signed_in

MONTH, YEAR = timedelta(days=25), timedelta(days=365)


def refreshed(browser: Browser, token: str) -> str:
    """The next refresh token; empty when that one is refused."""
    answer = browser.token(grant_type="refresh_token", refresh_token=token).json()
    assert "refresh_token" in answer or answer["error"] == "invalid_grant"
    return str(answer.get("refresh_token", ""))


@pytest.mark.asvs("10.4.8")
def test_used_every_month_it_ends_a_year_after_the_sign_in(world: World) -> None:
    _, browser = signed_in(world)
    token, passed = offline_tokens(browser)["refresh_token"], timedelta()
    while passed + MONTH < YEAR:
        passed += MONTH
        with clock.shifted(passed):
            token = refreshed(browser, token)
            assert token, passed
    with clock.shifted(YEAR - timedelta(seconds=30)):
        token = refreshed(browser, token)
        assert token
    with clock.shifted(YEAR + timedelta(seconds=30)):
        assert refreshed(browser, token) == ""
