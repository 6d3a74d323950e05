"""Subjects: the same everywhere, or one for each sector (OIDC Core 8)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from idp.interactions.progress import decide_consent
from idp.kit.db import transaction
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty
from tests.oidc.conftest import Browser, World, answer_of, page_of

SECTOR = "https://sector.example/uris.json"


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone signed in who agreed with every client there is."""
    for client_id, values in {
        "rp": {},
        "pair": {"subject_type": "pairwise"},
        "same host": {"subject_type": "pairwise"},
        "other host": {
            "subject_type": "pairwise",
            "redirect_uris": ["https://other.example/callback"],
        },
        "sector 1": {"subject_type": "pairwise", "sector_identifier_uri": SECTOR},
        "sector 2": {
            "subject_type": "pairwise",
            "sector_identifier_uri": SECTOR,
            "redirect_uris": ["https://other.example/callback"],
        },
        "native": {"subject_type": "pairwise", "application_type": "native"},
    }.items():
        world.party(client_id, **values)
    person, browser = world.person(), world.browser()
    with transaction(world.engine) as db:
        parties = db.scalars(select(RelyingParty)).all()
    for party in parties:
        world.consent(person, party)
    browser.sign_in(person)
    return browser


def tokens_of(world: World, browser: Browser, client_id: str, **changes: Any) -> dict[str, str]:
    uri = world.part.relying_parties.find(client_id).redirect_uris[0]
    sent = browser.authorize(client_id=client_id, redirect_uri=uri, **changes)
    [code] = parse_qs(urlsplit(sent.headers["location"]).query)["code"]
    found: dict[str, str] = browser.redeem(code, client_id=client_id, redirect_uri=uri).json()
    return found


def subject(world: World, browser: Browser, client_id: str) -> str:
    """The `sub`, the same in every token and answer."""
    tokens = tokens_of(world, browser, client_id)
    subjects = {
        world.verify(tokens["id_token"]).claims["sub"],
        world.verify(tokens["access_token"]).claims["sub"],
        browser.userinfo(tokens["access_token"]).json()["sub"],
    }
    [found] = subjects
    assert found.isascii()
    assert len(found) <= 255
    return found


def test_a_pairwise_subject_is_one_of_its_sector(world: World, browser: Browser) -> None:
    known = {
        client_id: subject(world, browser, client_id)
        for client_id in ("rp", "pair", "same host", "other host", "sector 1", "sector 2", "native")
    }
    with transaction(world.engine) as db:
        person = db.scalars(select(Person)).one()
    assert known["rp"] == person.id.hex
    assert known["pair"] == known["same host"]
    assert known["sector 1"] == known["sector 2"]
    assert len(set(known.values())) == 5
    assert not any(person.id.hex in one for name, one in known.items() if name != "rp")
    assert subject(world, browser, "pair") == known["pair"], "stable"


def test_hints_and_claims_speak_of_the_pairwise_subject(world: World, browser: Browser) -> None:
    own = tokens_of(world, browser, "pair")["id_token"]
    foreign = tokens_of(world, browser, "rp")["id_token"]
    silent = {"client_id": "pair", "prompt": "none"}
    assert "code" in answer_of(browser.authorize(**silent, id_token_hint=own))
    refused = answer_of(browser.authorize(**silent, id_token_hint=foreign))
    assert refused["error"] == "login_required"
    for value, name in ((world.verify(own).claims["sub"], "code"), ("x", "error")):
        claims = json.dumps({"id_token": {"sub": {"value": value}}})
        assert name in answer_of(browser.authorize(**silent, claims=claims))


def test_a_pairwise_hint_signs_out(world: World, browser: Browser) -> None:
    hint = tokens_of(world, browser, "pair")["id_token"]
    parameters = {"id_token_hint": hint, "post_logout_redirect_uri": "https://rp.example/bye"}
    sent = browser.get("/end_session", params=parameters)
    assert sent.headers["location"] == "https://rp.example/bye"
    assert answer_of(browser.authorize(prompt="none"))["error"] == "login_required"


def test_a_refreshed_token_keeps_the_subject(world: World, browser: Browser) -> None:
    page = browser.authorize(client_id="pair", scope="openid offline_access", prompt="consent")
    interaction_id, _ = page_of(page)
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    tokens = browser.redeem(code, client_id="pair").json()
    refreshed = browser.token(
        client_id="pair", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    first, second = (world.verify(found["id_token"]).claims for found in (tokens, refreshed))
    assert first["sub"] == second["sub"] == subject(world, browser, "pair")


def test_discovery_offers_both(world: World) -> None:
    found = world.browser().get("/.well-known/openid-configuration").json()
    assert found["subject_types_supported"] == ["public", "pairwise"]
