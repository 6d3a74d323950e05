"""What is released is what was shown to the person who agreed, whatever the grant's scope says."""

import pytest
from sqlalchemy import func, update

from idp.consents.models import Consent
from idp.kit.db import transaction
from tests.oidc.conftest import World, answer_of, page_of
from tests.oidc.test_token import offline_tokens, signed_in
from tests.oidc.test_token_exchange import change


@pytest.mark.parametrize("claim", ["gender", "name"])
def test_a_claim_that_was_never_shown_is_not_released(world: World, claim: str) -> None:
    """G24: as for consents of before, or when a scope has more claims than it had."""
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    with transaction(world.engine) as db:
        db.execute(update(Consent).values(claims=func.array_remove(Consent.claims, claim)))
    again = browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    for token in (tokens["access_token"], again["access_token"]):
        released = browser.userinfo(token).json()
        assert claim not in released
        assert released["birthdate"] == "1990-02-03"


def test_what_is_agreed_for_one_service_is_asked_again_for_another(world: World) -> None:
    """G6: the page names the public service, so its yes is for that one; no name means the default.

    Also where the default has changed since, and for two of which one was agreed.
    """
    person, party, browser = world.person(), world.party(), world.browser()
    world.consent(person, party, services=("1.000001",))
    browser.sign_in(person)

    def is_asked(*services: str) -> bool:
        scope = " ".join(["openid", "profile", *(f"service:{code}" for code in services)])
        silent = answer_of(browser.authorize(scope=scope, prompt="none"))
        response = browser.authorize(scope=scope)
        assert (silent.get("error") == "consent_required") is ("code" not in silent)
        assert response.headers["location"].startswith("/signin/") is ("code" not in silent)
        return "code" not in silent

    assert [is_asked(), is_asked("1.000001")] == [False, False]
    assert [is_asked("1.000002"), is_asked("1.000001", "1.000002")] == [True, True]
    change(world, "rp", default_service_id=world.high_service_id)
    assert is_asked()
    interaction_id, page = page_of(browser.authorize())
    assert page == "consent"
    world.agree(interaction_id)
    answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert not any([is_asked(), is_asked("1.000002"), is_asked("1.000001", "1.000002")])


def test_a_sign_in_for_no_service_in_particular_needs_no_new_yes(world: World) -> None:
    """The control: the page names the relying party, with which the person has agreed."""
    person, browser = world.person(), world.browser()
    world.consent(person, world.party(default_service_id=None), services=("1.000001",))
    browser.sign_in(person)
    assert "code" in answer_of(browser.authorize(prompt="none"))
