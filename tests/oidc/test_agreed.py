"""What is released is what was shown to the person who agreed, whatever the grant's scope says."""

import pytest
from sqlalchemy import func, update

from idp.consents.models import Consent
from idp.kit.db import transaction
from tests.oidc.conftest import World
from tests.oidc.test_token import offline_tokens, signed_in


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
