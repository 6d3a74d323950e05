"""When somebody signed in: told to a party that asks, and so that parties cannot join by it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.consents.changes import grant_consent
from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.clock import to_the_minute
from idp.kit.db import transaction
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.scopes import released_claims
from tests.oidc.conftest import REDIRECT, Browser, World, answer_of, page_of
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
        told = f"https://{client_id}.example/signed-out"
        world.party(
            client_id,
            subject_type="pairwise",
            redirect_uris=uris,
            backchannel_logout_uri=told,
        )
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


@pytest.mark.parametrize("second", [1, 59])
def test_what_is_told_is_never_older_than_what_was_asked_for(
    world: World, browser: Browser, second: int
) -> None:
    """G7: how fresh a sign-in is, is judged by the minute that may be told, and by nothing else.

    A party that bisects `max_age` learns no more than that, and who signed in at the beginning of
    a minute is as fresh as who did at its end. One whose subjects are public may hear the second.
    """
    minute = to_the_minute(clock.now() - AGO)
    with transaction(world.engine) as db:
        person = db.scalars(select(Person)).one()
    browser.sign_in(person, ago=clock.now() - minute - timedelta(seconds=second))
    age = int((clock.now() - minute).total_seconds())

    def is_enough(client_id: str, max_age: int) -> bool:
        uri = REDIRECT if client_id == "public" else f"https://{client_id}.example/callback"
        sent = browser.authorize(
            client_id=client_id,
            redirect_uri=uri,
            prompt="none",
            scope="openid",
            max_age=str(max_age),
        )
        return "code=" in sent.headers["location"]

    assert not is_enough("one", age - 1)
    assert is_enough("one", age + 60)
    assert is_enough("public", age - 20) is (second == 59), "the control"
    claims = told(world, browser, "one", max_age=str(age + 60))
    assert claims["auth_time"] == minute.timestamp()
    assert claims["auth_time"] + age + 60 >= claims["iat"]


@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
def test_whom_a_person_agreed_to_nothing_with_learns_nothing_by_asking_silently(
    world: World, browser: Browser, subject_type: str
) -> None:
    """G7: neither when they signed in, nor who they are, nor for whom they may act."""
    stranger = world.party("stranger", subject_type=subject_type)
    with transaction(world.engine) as db:
        person = db.scalars(select(Person)).one()
        known = world.part.relying_parties.find("stranger", db=db)
    assert known is not None
    world.organization(person)
    asks: list[dict[str, str]] = [
        {},
        *({"max_age": str(age)} for age in (0, 300, 1200)),
        *({"claims": about(sub)} for sub in (world.part.subject_of(person.id, known), "else")),
        {"scope": "openid organization"},
        {"acr_values": "LoA4", "scope": "openid service:1.000002"},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["LoA4"]}}}'},
    ]

    def errors(who: Browser) -> list[str]:
        named = {"client_id": "stranger", "prompt": "none"}
        answers = [who.authorize(**{"scope": "openid", **named, **asked}) for asked in asks]
        return [answer_of(answer).get("error", "") for answer in answers]

    assert set(errors(browser)) == {"consent_required"}
    assert set(errors(world.browser())) == {"login_required"}
    world.consent(person, stranger)
    assert errors(browser) == [
        *("", "login_required", "login_required", "", "", "login_required"),
        *("interaction_required", "", "unmet_authentication_requirements"),
    ], "the control: whom they agreed with may ask"


def about(sub: str) -> str:
    """The parameter `claims` of a request about whoever has that `sub`."""
    return json.dumps({"id_token": {"sub": {"values": [sub]}}})


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
