"""A contact that a service needs, and an account that its owner is having erased."""

import pytest

from idp.kit import clock
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty
from tests.signin.conftest import Account, World
from tests.signin.test_contact import (
    EMAIL,
    TYPED,
    account,
    back_at,
    begin,
    fill,
    party,
    sent,
    world,
)

__all__ = ["account", "party", "world"]


@pytest.mark.parametrize("is_closing", [True, False])
def test_an_account_that_is_to_be_erased_is_given_nothing(
    world: World, party: RelyingParty, account: Account, is_closing: bool
) -> None:
    """To its owner, or whoever signed in as them, nothing is open but to keep it."""
    browser, path = begin(world, party, account)
    page = f"{path}/contact/email"
    form = {**fill(browser, page), "email": TYPED[EMAIL]}
    if is_closing:
        with world.transaction() as db:
            db.get_one(Person, account.registered.person_id).closes_at = clock.now()
    answer = browser.client.post(page, data=form)
    assert answer.headers["location"] == (back_at(path) if is_closing else page)
    assert len(sent(world, account, EMAIL)) == (0 if is_closing else 1)
