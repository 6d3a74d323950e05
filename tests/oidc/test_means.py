"""Each way a sign-in ends says by which class of device, and in which language; nothing more."""

from datetime import timedelta

import pytest

from idp.interactions.end import sweep_abandoned
from idp.journal.models import Outcome
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.languages import LANGUAGES
from tests.oidc.conftest import Browser, World, answer_of
from tests.oidc.test_device_code import allow, asked, device, kiosk

__all__ = ["device", "kiosk"]

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0"


def carry(browser: Browser, agent: str, language: str) -> None:
    browser.client.headers.update({"user-agent": agent, "accept-language": language})


def test_a_success_says_what_it_was_made_with(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    carry(browser, ANDROID, "en")
    assert "code" in answer_of(browser.authorize())
    (outcome,) = world.outcomes()
    told = {"device_class": "phone", "language": "en", "method": "pwd otp mfa"}
    assert outcome.data == told


def test_the_language_that_the_party_asks_for_is_the_one_that_counts(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    carry(browser, WINDOWS, "en")
    browser.authorize(ui_locales="vi")
    (outcome,) = world.outcomes()
    assert (outcome.data["device_class"], outcome.data["language"]) == ("desktop", "vi")


def test_what_was_given_up_says_what_it_was_begun_with(world: World) -> None:
    world.party()
    browser = world.browser()
    carry(browser, WINDOWS, "en")
    assert browser.authorize().status_code == 303
    with clock.shifted(timedelta(hours=2)), transaction(world.engine) as db:
        sweep_abandoned(db)
    (outcome,) = world.outcomes()
    assert outcome.outcome == Outcome.ABANDONED
    assert outcome.data == {"device_class": "desktop", "language": "en"}


def test_a_refusal_says_it_too(world: World) -> None:
    world.party()
    browser = world.browser()
    carry(browser, ANDROID, "vi")
    browser.authorize(scope="openid service:9.999999")
    (outcome,) = world.outcomes()
    assert outcome.outcome == Outcome.REFUSED
    assert (outcome.data["device_class"], outcome.data["language"]) == ("phone", "vi")
    assert "method" not in outcome.data


def test_who_signs_a_kiosk_in_is_at_a_kiosk(world: World, kiosk: object, device: Browser) -> None:
    allow(world, kiosk, asked(device))  # type: ignore[arg-type]
    (outcome,) = world.outcomes()
    assert outcome.data["device_class"] == "kiosk"


@pytest.mark.parametrize("agent", ["secret-words/1.0", ""])
def test_what_a_browser_says_of_itself_is_not_kept(world: World, agent: str) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    carry(browser, agent, "en-secret")
    browser.authorize()
    (outcome,) = world.outcomes()
    assert outcome.data["device_class"] == "other"
    assert outcome.data["language"] in LANGUAGES
    assert "secret" not in str(outcome.data)
