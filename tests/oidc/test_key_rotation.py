"""Keys change while tokens are about: relying parties and their users notice nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from idp.keys.creation import ALGORITHMS
from idp.keys.operations import remove_key
from idp.keys.rotation import rotate_key
from idp.keys.schedule import JWKS_MAX_AGE, Schedule
from idp.kit import clock
from idp.kit.db import transaction
from tests.oidc.conftest import Browser, World, answer_of
from tests.oidc.test_introspection import introspect
from tests.oidc.test_token import signed_in

LEAD = timedelta(minutes=5)
SCHEDULE = Schedule(rotate_every=timedelta(0), publish_for=LEAD, verify_for=timedelta(days=1))
BYE = "https://rp.example/bye"


class CachingParty:
    """A relying party's library: it fetches the key set again only for a key it does not know."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.fetched = 0
        self.keys = KeySet([])

    def verify(self, token: str) -> dict[str, Any]:
        kid = kid_of(token)
        if all(key.kid != kid for key in self.keys.keys):
            self.keys = KeySet.import_key_set(self.browser.get("/jwks").json())
            self.fetched += 1
        return jwt.decode(token, self.keys, algorithms=list(ALGORITHMS)).claims


def kid_of(token: str) -> str:
    kid: str = extract_compact(token.encode()).headers()["kid"]
    return kid


def tokens_of(browser: Browser) -> dict[str, Any]:
    tokens: dict[str, Any] = browser.redeem(browser.code()).json()
    return tokens


def rotate(world: World) -> None:
    with transaction(world.engine) as db:
        for alg in ALGORITHMS:
            assert rotate_key(db, alg=alg, keyring=world.part.keyring, schedule=SCHEDULE)
    world.part.signing_keys.refresh()


@contextmanager
def after_rotation(world: World) -> Iterator[None]:
    rotate(world)
    with clock.shifted(LEAD + timedelta(minutes=1)):
        yield


def remove(world: World, kid: str) -> None:
    with transaction(world.engine) as db:
        remove_key(db, kid=kid, keyring=world.part.keyring)
    world.part.signing_keys.refresh()


def ends_session(browser: Browser, hint: str) -> bool:
    """Whether that hint is enough to be signed out and led back."""
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    return browser.get("/end_session", params=sent).headers["location"].startswith(BYE)


@pytest.mark.asvs("11.2.2")
def test_tokens_of_the_old_key_are_good_after_a_rotation(world: World) -> None:
    _, browser = signed_in(world)
    old = tokens_of(browser)
    with after_rotation(world):
        new = tokens_of(browser)
        for name in ("id_token", "access_token"):
            assert kid_of(old[name]) != kid_of(new[name])
            assert world.verify(old[name])
            assert world.verify(new[name])
        assert browser.userinfo(old["access_token"]).status_code == 200
        assert introspect(browser, old["access_token"]).json()["active"] is True
        hinted = browser.authorize(prompt="none", id_token_hint=old["id_token"])
        assert "code" in answer_of(hinted)
        assert ends_session(browser, old["id_token"])


def test_a_removed_key_and_all_it_signed_are_refused_and_others_are_not(world: World) -> None:
    _, browser = signed_in(world)
    old = tokens_of(browser)
    for name in ("id_token", "access_token"):
        remove(world, kid_of(old[name]))
        with pytest.raises((JoseError, ValueError)):
            world.verify(old[name])
    new = tokens_of(browser)
    assert browser.userinfo(old["access_token"]).status_code == 401
    assert browser.userinfo(new["access_token"]).status_code == 200
    assert introspect(browser, old["access_token"]).json() == {"active": False}
    assert introspect(browser, new["access_token"]).json()["active"] is True
    refused = browser.authorize(prompt="none", id_token_hint=old["id_token"])
    assert answer_of(refused)["error"] == "invalid_request"
    assert not ends_session(browser, old["id_token"])
    assert ends_session(browser, new["id_token"])


def test_a_party_that_keeps_the_key_set_goes_on(world: World) -> None:
    _, browser = signed_in(world)
    party = CachingParty(browser)
    for _ in range(2):
        assert party.verify(tokens_of(browser)["id_token"])
    assert party.fetched == 1
    with after_rotation(world):
        for _ in range(2):
            assert party.verify(tokens_of(browser)["id_token"])
    assert party.fetched == 2


def test_a_party_that_fetched_while_the_key_was_announced_needs_not_fetch_again(
    world: World,
) -> None:
    _, browser = signed_in(world)
    rotate(world)
    party = CachingParty(browser)
    assert party.verify(tokens_of(browser)["id_token"])
    with clock.shifted(LEAD + timedelta(minutes=1)):
        assert party.verify(tokens_of(browser)["id_token"])
    assert party.fetched == 1


def test_the_key_set_in_a_rotation_names_each_key_once_and_nothing_private(world: World) -> None:
    rotate(world)
    keys = world.browser().get("/jwks").json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 2 * len(ALGORITHMS)
    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    for key in keys:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        kept = KeySet.import_key_set({"keys": [key]}).keys[0]
        assert not kept.is_private


def test_a_copy_may_be_kept_only_from_a_node_that_is_up_to_date(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept_for() -> str:
        return world.browser().get("/jwks").headers["cache-control"]

    world.part.signing_keys.refresh()
    assert kept_for() == f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"
    monkeypatch.setattr("idp.keys.cache.READING_AGE", timedelta(0))
    assert kept_for() == "public, max-age=0"
