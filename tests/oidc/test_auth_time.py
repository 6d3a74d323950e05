"""When somebody signed in: told to a party that asks, and so that parties cannot join by it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.consents.changes import grant_consent
from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.scopes import released_claims
from tests.oidc.conftest import Browser, World, answer_of, page_of
from tests.oidc.test_subjects import tokens_of

AGO = timedelta(minutes=10)
OF_ONE_ANSWER = {"iss", "aud", "client_id", "iat", "exp", "jti", "nonce", "at_hash", "grant_id"}
"""What tokens of one party differ in as well, and what nobody else is told."""
OF_MANY = {"acr", "amr", "scope"}
"""What very many people have alike."""


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone who signed in ten minutes ago, and agreed with parties of three sectors."""
    world.party("public")
    for client_id in ("one", "other"):
        uris = [f"https://{client_id}.example/callback"]
        world.party(client_id, subject_type="pairwise", redirect_uris=uris)
    person, browser = world.person(), world.browser()
    with transaction(world.engine) as db:
        for party in db.scalars(select(RelyingParty)).all():
            grant_consent(
                db,
                person_id=person.id,
                relying_party_id=party.id,
                scopes=["openid", "service:1.000001"],
                claims=released_claims(["openid"]),
                evidence={},
            )
    browser.sign_in(person, ago=AGO)
    return browser


def told(world: World, browser: Browser, client_id: str, **asked: Any) -> dict[str, Any]:
    """The claims of both tokens."""
    tokens = tokens_of(world, browser, client_id, scope="openid", **asked)
    both = (world.verify(tokens[kind]).claims for kind in ("access_token", "id_token"))
    return {name: value for claims in both for name, value in claims.items()}


def test_nothing_in_tokens_joins_people_of_two_sectors(world: World, browser: Browser) -> None:
    """G7: what two parties are told of one session has no value in common that few people have."""
    one, other = (told(world, browser, client_id) for client_id in ("one", "other"))
    assert one.keys() == other.keys()
    alike = {name for name, value in one.items() if value == other[name]}
    assert alike - OF_ONE_ANSWER - OF_MANY == set()
    assert {"sub", "sid"} <= one.keys() - alike
    again = told(world, browser, "one")
    assert {name for name in one if again[name] != one[name]} <= OF_ONE_ANSWER, "the control"


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ({}, False),
        ({"prompt": "none"}, False),
        ({"claims": '{"userinfo": {"auth_time": null}}'}, False),
        ({"max_age": "1200"}, True),
        ({"claims": '{"id_token": {"auth_time": null}}'}, True),
        ({"claims": '{"id_token": {"auth_time": {"essential": true}}}'}, True),
    ],
)
def test_only_who_asks_is_told(
    world: World, browser: Browser, asked: dict[str, str], is_told: bool
) -> None:
    """G7, OIDC Core 2: REQUIRED when asked for, else optional."""
    for client_id in ("public", "one"):
        assert ("auth_time" in told(world, browser, client_id, **asked)) is is_told


def test_where_subjects_are_kept_apart_it_is_the_minute(world: World, browser: Browser) -> None:
    """G7: two sectors that both ask cannot join by the second; a public subject joins anyway."""
    exact = told(world, browser, "public", max_age="1200")
    assert abs(exact["iat"] - AGO.total_seconds() - exact["auth_time"]) < 5
    for client_id in ("one", "other"):
        rounded = told(world, browser, client_id, max_age="1200")
        assert rounded["auth_time"] == exact["auth_time"] // 60 * 60


@pytest.mark.parametrize(("max_age", "is_enough"), [("661", True), ("659", False), ("30", False)])
def test_what_is_told_is_never_older_than_what_was_asked_for(
    world: World, browser: Browser, max_age: str, is_enough: bool
) -> None:
    """The minute may be told sixty seconds early: the sign-in must be that much younger."""
    silent = {"prompt": "none", "scope": "openid", "redirect_uri": "https://one.example/callback"}
    sent = browser.authorize(client_id="one", max_age=max_age, **silent)
    assert ("code=" in sent.headers["location"]) is is_enough
    if is_enough:
        claims = told(world, browser, "one", max_age=max_age)
        assert claims["auth_time"] + int(max_age) >= claims["iat"]


@pytest.mark.parametrize("asked", [{"max_age": "1"}, {"prompt": "login"}])
def test_whoever_signed_in_for_this_request_did_so_at_that_second(
    world: World, browser: Browser, asked: dict[str, str]
) -> None:
    """The party knows the second itself, and checks it against what it asked for."""
    uri = "https://one.example/callback"
    page = browser.authorize(client_id="one", redirect_uri=uri, scope="openid", **asked)
    interaction_id, _ = page_of(page)
    with transaction(world.engine) as db:
        person = db.scalars(select(Person)).one()
    browser.sign_in(person, ago=timedelta(0))
    sent = browser.get(f"/authorize/resume/{interaction_id}").headers["location"]
    code = sent.partition("code=")[2].partition("&")[0]
    tokens = browser.redeem(code, client_id="one", redirect_uri=uri).json()
    claims = world.verify(tokens["id_token"]).claims
    assert abs(claims["auth_time"] - clock.now().timestamp()) < 5


def test_a_refreshed_token_tells_the_same(world: World, browser: Browser) -> None:
    """OIDC Core 12.2; and what was not asked for at first is not told later."""
    for asked in ({}, {"max_age": "1200"}):
        page = browser.authorize(
            client_id="public", scope="openid offline_access", prompt="consent", **asked
        )
        interaction_id, _ = page_of(page)
        with transaction(world.engine) as db:
            decide_consent(db, interaction_id=interaction_id, allowed=True)
            person = db.scalars(select(Person)).one()
            party = db.scalars(select(RelyingParty).filter_by(client_id="public")).one()
        world.consent(person, party, "openid offline_access")
        code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
        first = browser.redeem(code, client_id="public").json()
        second = browser.token(
            client_id="public", grant_type="refresh_token", refresh_token=first["refresh_token"]
        ).json()
        times = [world.verify(t["id_token"]).claims.get("auth_time") for t in (first, second)]
        assert times[0] == times[1]
        assert (times[0] is not None) is bool(asked)
