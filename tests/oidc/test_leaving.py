"""Whoever stops half-way: what the relying party, or the device, is told."""

from uuid import UUID

import pytest

from idp.interactions.progress import decide_consent
from idp.kit.db import transaction
from tests.oidc.conftest import World, answer_of, page_of
from tests.oidc.device import add_kiosk, asked, error_of, poll, type_code


def leave(world: World, interaction_id: UUID) -> None:
    """What the button of every page does."""
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=False)


@pytest.mark.parametrize("asked", [{}, {"prompt": "login"}, {"acr_values": "LoA3"}])
def test_who_leaves_before_signing_in_did_not_agree(world: World, asked: dict[str, str]) -> None:
    """C24: whoever is at the identifier or the password page, though they agreed long ago."""
    party, person, browser = world.party(), world.person(proofing=2), world.browser()
    world.consent(person, party)
    if asked:
        browser.sign_in(person, authentication=1)
    interaction_id, page = page_of(browser.authorize(**asked))
    assert page == "identifier"
    leave(world, interaction_id)
    told = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert (told["error"], told["state"]) == ("access_denied", "st4te")
    assert [(row.outcome, row.reason) for row in world.outcomes()] == [("refused", "access_denied")]
    again = browser.get(f"/authorize/resume/{interaction_id}")
    assert again.status_code == 400, "it has ended, once"


def test_who_stays_signs_in(world: World) -> None:
    """C24, control: what another sign-in of the browser came to is nothing to this one."""
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    left, _ = page_of(browser.authorize())
    stayed, _ = page_of(browser.authorize())
    leave(world, left)
    browser.sign_in(person)
    assert "code" in answer_of(browser.get(f"/authorize/resume/{stayed}"))
    told = answer_of(browser.get(f"/authorize/resume/{left}"))
    assert told["error"] == "access_denied"


def test_at_a_device_nobody_need_sign_in_to_say_no(world: World) -> None:
    """C24, sibling: the device hears it at its next poll."""
    add_kiosk(world)
    device, phone = world.browser("browser-of-the-device-0123456789"), world.browser()
    codes = asked(device)
    began = type_code(phone, codes["user_code"]).headers["location"]
    interaction_id, page = page_of(phone.get(began))
    assert page == "identifier"
    leave(world, interaction_id)
    assert phone.get(began).headers["location"] == "/device/denied"
    assert error_of(poll(device, codes)) == "access_denied"
