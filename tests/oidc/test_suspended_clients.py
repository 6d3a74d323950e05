"""What a client was given ends when it is suspended, and stays so when it resumes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.kit import clock
from idp.kit.db import transaction
from idp.relying_parties.lifecycle import Step, take_step
from idp.relying_parties.models import RelyingParty
from tests.oidc.conftest import World
from tests.oidc.test_introspection import introspect
from tests.oidc.test_token import offline_tokens, signed_in

GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


def take(world: World, client_id: str, *steps: Step) -> None:
    """What operators do, one after the other."""
    for step in steps:
        with transaction(world.engine) as db:
            found = select(RelyingParty.id).where(RelyingParty.client_id == client_id)
            assert take_step(
                db, relying_party_id=db.scalars(found).one(), step=step, at=clock.now()
            )
    world.part.relying_parties.forget_all()


@pytest.mark.parametrize("is_suspended", [False, True])
def test_nothing_given_before_works_again(world: World, is_suspended: bool) -> None:
    """F7: codes, tokens of people, refresh tokens, and the client's own."""
    _, browser = signed_in(world, grant_types=GRANTS)
    tokens, code = offline_tokens(browser), browser.code()
    machine = browser.token(grant_type="client_credentials").json()["access_token"]
    if is_suspended:
        take(world, "rp", "suspend", "resume")
    assert (browser.userinfo(tokens["access_token"]).status_code == 200) is not is_suspended
    for token in (tokens["access_token"], tokens["refresh_token"], machine):
        assert introspect(browser, token).json()["active"] is not is_suspended
    assert (browser.redeem(code).status_code == 200) is not is_suspended
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (browser.token(**fields).status_code == 200) is not is_suspended


def test_what_is_given_after_it_resumed_works(world: World) -> None:
    """F7, control: the person need not agree again, and signs in as before."""
    _, browser = signed_in(world, grant_types=GRANTS)
    with clock.shifted(-timedelta(minutes=1)):
        take(world, "rp", "suspend", "resume")
    assert browser.userinfo(offline_tokens(browser)["access_token"]).status_code == 200
