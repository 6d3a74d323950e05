"""RP-initiated logout: who is signed out at once, who is asked, and where it leads."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.journal.errors import find_error, find_party_error
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.models import Person
from tests.oidc.conftest import Browser, World, answer_of, page_of

BYE = "https://rp.example/bye"
WRONG_SLASH = (
    f"post_logout_redirect_uri sent: {BYE} and 1 more characters; registered: {BYE}; "
    f"first difference at character {len(BYE) + 1}"
)


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
    parts = location.partition("?")[0].split("/")
    assert parts[1] == "sign-out"
    with transaction(world.engine) as db:
        return db.get_one(Interaction, UUID(parts[2])), parts[3:] == ["done"]


def ask(world: World, browser: Browser, fields: dict[str, str], *, by_form: bool = False) -> str:
    """Where /end_session sends the browser, asked by a link, or by a form of another site."""
    if not by_form:
        return str(browser.get("/end_session", params=fields).headers["location"])
    cookieless = world.browser()
    cookieless.client.cookies.clear()
    resume = cookieless.client.post("/end_session", data=fields).headers["location"]
    return str(browser.get(resume).headers["location"])


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


@pytest.mark.parametrize("by_form", [False, True])
@pytest.mark.parametrize("uri", ["https://evil.example/", f"{BYE}/", f"{BYE}?x=1"])
@pytest.mark.asvs("3.7.2")
def test_a_uri_that_is_not_registered_is_asked_about_and_never_redirected_to(
    world: World, browser: Browser, uri: str, by_form: bool
) -> None:
    """C19: the question names the fault; C4: its developer finds what was sent beside it."""
    fields = {"id_token_hint": tokens_of(browser)["id_token"], "post_logout_redirect_uri": uri}
    location = ask(world, browser, fields, by_form=by_form)
    interaction, is_done = handed_over(world, location)
    assert not is_done
    assert interaction.post_logout_uri == ""
    assert is_signed_in(browser)
    told = parse_qs(urlsplit(location).query)
    assert told["fault"] == ["address"]
    with transaction(world.engine) as db:
        assert interaction.relying_party_id is not None
        found = find_party_error(
            db, error_id=told["error"][0], relying_party_id=interaction.relying_party_id
        )
    assert found is not None
    assert found.detail["description"].startswith("post_logout_redirect_uri sent: https://")
    assert f"registered: {BYE}; first difference at character" in found.detail["description"]


def test_without_an_address_a_hint_signs_out_at_once(world: World, browser: Browser) -> None:
    """C19, control: nothing is wrong with staying on our page."""
    fields = {"id_token_hint": tokens_of(browser)["id_token"]}
    interaction, is_done = handed_over(world, ask(world, browser, fields))
    assert is_done
    assert interaction.post_logout_uri == ""
    assert not is_signed_in(browser)


@pytest.mark.parametrize("by_form", [False, True])
def test_a_client_that_is_named_gets_the_person_back_who_confirms(
    world: World, browser: Browser, by_form: bool
) -> None:
    """C4: by `client_id` alone, at a registered address and with its state; never unasked."""
    fields = {"client_id": "rp", "post_logout_redirect_uri": BYE, "state": "x"}
    location = ask(world, browser, fields, by_form=by_form)
    interaction, is_done = handed_over(world, location)
    assert not is_done
    assert is_signed_in(browser)
    assert (interaction.post_logout_uri, interaction.client_id) == (f"{BYE}?state=x", "rp")
    assert interaction.form_action_origin == f"{BYE}?state=x"
    assert "fault" not in location


@pytest.mark.parametrize(
    ("fields", "fault", "reason"),
    [
        (
            {"client_id": "rp", "post_logout_redirect_uri": f"{BYE}/"},
            "address",
            WRONG_SLASH,
        ),
        ({"client_id": "rpp"}, "client", "client_id unknown: 'rpp', 3 characters"),
        (
            {"post_logout_redirect_uri": BYE},
            "nobody",
            "Neither id_token_hint nor client_id says whose post_logout_redirect_uri it is.",
        ),
        (
            {"id_token_hint": "a.b.c", "client_id": "rp", "post_logout_redirect_uri": BYE},
            "hint",
            "The parameter id_token_hint is not an ID token of ours.",
        ),
        (
            {"client_id": "rp", "post_logout_redirect_uri": BYE, "state": "x" * 5000},
            "address",
            "A parameter exceeds 4096 characters.",
        ),
    ],
    ids=["address", "client", "nobody", "hint", "state"],
)
def test_what_is_wrong_is_told_to_both(
    world: World, browser: Browser, fields: dict[str, str], fault: str, reason: str
) -> None:
    """C4: the page has a word and an id, the developer finds the reason under it."""
    location = ask(world, browser, fields)
    assert handed_over(world, location)[0].post_logout_uri == ""
    assert is_signed_in(browser)
    told = parse_qs(urlsplit(location).query)
    assert told["fault"] == [fault]
    with transaction(world.engine) as db:
        found = find_error(db, error_id=told["error"][0])
    assert found is not None
    assert found.detail["description"] == reason


def test_another_clients_name_beside_a_hint_is_its_fault(world: World, browser: Browser) -> None:
    """C4: the hint is good, for somebody else."""
    fields = {"id_token_hint": tokens_of(browser)["id_token"], "client_id": "other"}
    location = ask(world, browser, {**fields, "post_logout_redirect_uri": BYE})
    assert parse_qs(urlsplit(location).query)["fault"] == ["hint"]
    assert handed_over(world, location)[0].post_logout_uri == ""
    assert is_signed_in(browser)


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
