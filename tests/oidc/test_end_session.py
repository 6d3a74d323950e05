"""RP-initiated logout: who is signed out at once, who is asked, and where it leads."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.models import Person
from tests.oidc.conftest import Browser, World, answer_of, page_of

BYE = "https://rp.example/bye"


@pytest.fixture
def world(shared_world: World) -> World:
    """Nothing here asks what others recorded."""
    return shared_world


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone signed in who agreed to everything with the client `rp`."""
    return world.someone()


def tokens_of(browser: Browser) -> dict[str, Any]:
    tokens: dict[str, Any] = browser.redeem(browser.code()).json()
    return tokens


def is_signed_in(browser: Browser) -> bool:
    return "code" in answer_of(browser.authorize(prompt="none"))


def handed_over(world: World, location: str) -> tuple[Interaction, bool]:
    """The interaction of the sign-out page, and whether the page says that it is done."""
    parts = location.split("/")
    assert parts[1] == "sign-out"
    with transaction(world.engine) as db:
        return db.get_one(Interaction, UUID(parts[2])), parts[3:] == ["done"]


def test_a_valid_hint_ends_session_tokens_and_codes_and_leads_back(browser: Browser) -> None:
    tokens, code = tokens_of(browser), browser.code()
    response = browser.get(
        "/end_session",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": BYE,
            "state": "a b&c",
        },
    )
    assert response.status_code == 303
    assert response.headers["location"] == f"{BYE}?state=a+b%26c"
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert not is_signed_in(browser)
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    assert browser.redeem(code).json()["error"] == "invalid_grant"


def test_an_expired_hint_is_accepted(browser: Browser) -> None:
    hint = tokens_of(browser)["id_token"]
    with clock.shifted(timedelta(minutes=30)):
        response = browser.get(
            "/end_session", params={"id_token_hint": hint, "post_logout_redirect_uri": BYE}
        )
    assert response.headers["location"] == BYE


@pytest.mark.parametrize(
    "changes",
    [
        {"id_token_hint": None},
        {"id_token_hint": "a.b.c"},
        {"client_id": "other"},
        {"id_token_hint": None, "client_id": "rp"},
        {"id_token_hint": None, "post_logout_redirect_uri": None},
        {"id_token_hint": None, "post_logout_redirect_uri": None, "state": None},
    ],
)
@pytest.mark.asvs("10.6.2")
def test_without_a_valid_hint_the_person_is_asked_and_nothing_redirects(
    world: World, browser: Browser, changes: dict[str, str | None]
) -> None:
    sent = {
        "id_token_hint": tokens_of(browser)["id_token"],
        "post_logout_redirect_uri": BYE,
        "state": "x",
        **changes,
    }
    response = browser.get(
        "/end_session", params={name: value for name, value in sent.items() if value}
    )
    interaction, is_done = handed_over(world, response.headers["location"])
    assert not is_done
    assert interaction.post_logout_uri == ""
    assert is_signed_in(browser)


def test_a_hint_that_was_altered_or_is_another_token_is_none(
    world: World, browser: Browser
) -> None:
    tokens = tokens_of(browser)
    head, body, signature = tokens["id_token"].split(".")
    other = tokens_of(browser)["id_token"].split(".")[1]
    for hint in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[::-1]}",
        f"{head}.{body}.",
        tokens["access_token"],
    ):
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
        response = browser.get("/end_session", params=asked)
        _, is_done = handed_over(world, response.headers["location"])
        assert not is_done
        assert is_signed_in(browser)
    whole = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
    assert browser.get("/end_session", params=whole).headers["location"] == BYE


@pytest.mark.parametrize("uri", ["https://evil.example/", f"{BYE}/", f"{BYE}?x=1", ""])
@pytest.mark.asvs("3.7.2")
def test_a_uri_that_is_not_registered_is_never_redirected_to(
    world: World, browser: Browser, uri: str
) -> None:
    hint = tokens_of(browser)["id_token"]
    response = browser.get(
        "/end_session", params={"id_token_hint": hint, "post_logout_redirect_uri": uri}
    )
    interaction, is_done = handed_over(world, response.headers["location"])
    assert is_done
    assert interaction.post_logout_uri == ""
    assert not is_signed_in(browser)


def test_when_others_may_be_open_the_page_says_so_before_leading_on(
    world: World, browser: Browser
) -> None:
    hint = tokens_of(browser)["id_token"]
    other = world.party("other", redirect_uris=["https://rp.example/callback"])
    person_id = UUID(hex=world.verify(hint).claims["sub"])
    with transaction(world.engine) as db:
        person = db.get_one(Person, person_id)
    world.consent(person, other)
    assert browser.code(client_id="other")
    response = browser.get(
        "/end_session",
        params={"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "x"},
    )
    interaction, is_done = handed_over(world, response.headers["location"])
    assert is_done
    assert (interaction.post_logout_uri, interaction.client_id) == (f"{BYE}?state=x", "rp")
    assert interaction.sid == world.session_of(hint)


def test_somebody_elses_hint_asks_whoever_is_signed_in(world: World, browser: Browser) -> None:
    hint = tokens_of(browser)["id_token"]
    browser.sign_in(world.person(name="Lê Văn Cường"))
    response = browser.get("/end_session", params={"id_token_hint": hint})
    _, is_done = handed_over(world, response.headers["location"])
    assert not is_done


def test_a_form_from_another_site_is_taken_over_by_the_browser_that_follows(
    world: World, browser: Browser
) -> None:
    cookieless = world.browser()
    cookieless.client.cookies.clear()
    resume = cookieless.client.post("/end_session", data={}).headers["location"]
    location = browser.get(resume).headers["location"]
    assert not handed_over(world, location)[1]
    assert is_signed_in(browser)
    assert world.browser("another-browser-0123456789").get(resume).status_code == 400

    hint = tokens_of(browser)["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    resume = cookieless.client.post("/end_session", data=fields).headers["location"]
    assert is_signed_in(browser)
    assert browser.get(resume).headers["location"] == BYE
    assert not is_signed_in(browser)


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.asvs("3.5.3", "10.6.2")
def test_a_hint_alone_ends_nobodys_session(world: World, browser: Browser, expired: bool) -> None:
    """G20: whoever read it in a log leads only their own browser back."""
    hint = tokens_of(browser)["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    strangers = world.browser("another-browser-0123456789")
    with clock.shifted(timedelta(minutes=30 if expired else 0)):
        assert strangers.get("/end_session", params=fields).headers["location"] == BYE
        resume = strangers.client.post("/end_session", data=fields).headers["location"]
        assert strangers.get(resume).headers["location"] == BYE
    assert is_signed_in(browser)
    assert browser.get("/end_session", params=fields).headers["location"] == BYE
    assert not is_signed_in(browser)


def test_a_strangers_form_signs_nobody_else_out(world: World, browser: Browser) -> None:
    attacker, cookieless = world.someone(), world.browser()
    cookieless.client.cookies.clear()
    hint = tokens_of(attacker)["id_token"]
    resume = cookieless.client.post("/end_session", data={"id_token_hint": hint}).headers[
        "location"
    ]
    response = browser.get(resume)
    assert not handed_over(world, response.headers["location"])[1]
    assert "set-cookie" not in response.headers
    assert is_signed_in(browser)
    assert is_signed_in(attacker)


def test_a_form_with_ones_own_hint_ends_the_session_of_this_browser_too(
    world: World, browser: Browser
) -> None:
    elsewhere, cookieless = world.browser("another-browser-0123456789"), world.browser()
    hint = tokens_of(browser)["id_token"]
    with transaction(world.engine) as db:
        person = db.get_one(Person, UUID(hex=world.verify(hint).claims["sub"]))
    elsewhere.sign_in(person)
    cookieless.client.cookies.clear()
    resume = cookieless.client.post("/end_session", data={"id_token_hint": hint}).headers[
        "location"
    ]
    response = elsewhere.get(resume)
    assert handed_over(world, response.headers["location"])[1]
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert not is_signed_in(elsewhere)


def test_a_sign_in_is_not_resumed_as_a_sign_out(world: World, browser: Browser) -> None:
    location = browser.authorize(prompt="login").headers["location"]
    interaction_id = location.split("/")[2]
    assert browser.get(f"/end_session/resume/{interaction_id}").status_code == 400
    sign_out = browser.get("/end_session").headers["location"].split("/")[2]
    assert browser.get(f"/authorize/resume/{sign_out}").status_code == 400
    assert browser.get(f"/end_session/resume/{sign_out}").status_code == 303


def test_signing_out_also_ends_a_code_for_offline_access(world: World, browser: Browser) -> None:
    hint = tokens_of(browser)["id_token"]
    interaction_id, _ = page_of(browser.authorize(scope="openid offline_access", prompt="consent"))
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    assert browser.get("/end_session", params={"id_token_hint": hint}).status_code == 303
    assert browser.redeem(code).json()["error"] == "invalid_grant"
