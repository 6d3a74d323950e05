"""What a relying party cannot do without: registered, or essential in a request (Core 5.5.1)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.contacts import add_contact, replace_contact
from idp.people.models import ContactKind, Person
from idp.relying_parties.models import RelyingParty
from tests.oidc.conftest import Browser, World, answer_of, page_of

EMAIL, PHONE = ContactKind.EMAIL, ContactKind.PHONE
VALUES = {EMAIL: "hoa@example.vn", PHONE: "+84912345678"}
ESSENTIAL = {"essential": True}


def essential(*names: str, location: str = "userinfo") -> str:
    return json.dumps({location: dict.fromkeys(names, ESSENTIAL)})


@pytest.fixture
def reached(world: World) -> World:
    """A provider that sends mail and text messages."""
    world.change(reached_by=frozenset({EMAIL, PHONE}))
    return world


@pytest.fixture
def somebody(reached: World) -> Any:
    """Signs somebody in, with these contacts, who agreed to all the client `rp` may ask."""

    def sign_in(
        *contacts: ContactKind, ago: timedelta = timedelta(minutes=1), **values: Any
    ) -> tuple[Person, Browser]:
        person, browser = reached.person(), reached.browser()
        reached.consent(person, reached.party(**values))
        browser.sign_in(person, ago=ago)
        for kind in contacts:
            give(reached, person, kind)
        return person, browser

    return sign_in


def give(world: World, person: Person, kind: ContactKind) -> None:
    with transaction(world.engine) as db:
        replace_contact(
            db,
            keyring=world.part.keyring,
            kind=kind,
            person_id=person.id,
            value=VALUES[kind],
            at=clock.now(),
        )


def asked_page(browser: Browser, **changes: Any) -> str:
    return page_of(browser.authorize(**changes))[1]


@pytest.mark.parametrize("kind", ContactKind)
def test_what_is_registered_is_asked_of_who_has_none_and_once(
    reached: World, somebody: Any, kind: ContactKind
) -> None:
    claim = "email" if kind is EMAIL else "phone_number"
    person, browser = somebody(needed_claims=[claim])
    scope = f"openid {kind}"
    assert asked_page(browser, scope=scope) == f"contact/{kind}"
    give(reached, person, kind)
    tokens = browser.redeem(browser.code(scope=scope)).json()
    userinfo = browser.userinfo(tokens["access_token"]).json()
    assert (userinfo[claim], userinfo[f"{claim}_verified"]) == (VALUES[kind], True)


@pytest.mark.parametrize("location", ["userinfo", "id_token"])
@pytest.mark.parametrize("name", ["email", "email_verified"])
def test_what_is_essential_in_the_request_is_asked_too(
    somebody: Any, name: str, location: str
) -> None:
    _, browser = somebody()
    claims = essential(name, location=location)
    assert asked_page(browser, scope="openid email", claims=claims) == "contact/email"
    voluntary = json.dumps({location: {name: None}})
    assert "code" in answer_of(browser.authorize(scope="openid email", claims=voluntary))


def test_nothing_is_asked_that_the_request_would_not_release(somebody: Any) -> None:
    """The client cannot do without an address; this request does not ask for it."""
    _, browser = somebody(needed_claims=["email"])
    assert "code" in answer_of(browser.authorize(scope="openid profile"))
    assert asked_page(browser, scope="openid email") == "contact/email"


def test_nothing_is_asked_for_a_scope_that_is_not_registered(somebody: Any) -> None:
    _, browser = somebody(scope="openid profile")
    claims = essential("email")
    assert "code" in answer_of(browser.authorize(scope="openid email", claims=claims))


@pytest.mark.parametrize("name", ["nickname", "birthdate", "address", "unheard-of"])
def test_what_a_person_cannot_give_blocks_nobody(somebody: Any, name: str) -> None:
    """Core 5.5.1: an essential claim that is not there is no error."""
    _, browser = somebody()
    claims = essential(name)
    assert "code" in answer_of(browser.authorize(scope="openid profile", claims=claims))


def test_a_number_is_not_asked_where_no_text_message_can_be_sent(
    reached: World, somebody: Any
) -> None:
    """Else nobody could confirm one, and nobody sign in."""
    reached.change(reached_by=frozenset({EMAIL}))
    _, browser = somebody(needed_claims=["phone_number"])
    assert "code" in answer_of(browser.authorize(scope="openid phone"))
    reached.change(reached_by=frozenset({EMAIL, PHONE}))
    assert asked_page(browser, scope="openid phone") == "contact/phone"


def test_an_address_nobody_confirmed_counts_for_none(reached: World, somebody: Any) -> None:
    person, browser = somebody(needed_claims=["email"])
    with transaction(reached.engine) as db:
        add_contact(
            db,
            keyring=reached.part.keyring,
            person_id=person.id,
            kind=EMAIL,
            value=VALUES[EMAIL],
            at=clock.now(),
        )
    assert asked_page(browser, scope="openid email") == "contact/email"


def test_several_are_asked_one_after_the_other(reached: World, somebody: Any) -> None:
    person, browser = somebody(needed_claims=["phone_number", "email"])
    scope = "openid email phone"
    assert asked_page(browser, scope=scope) == "contact/email"
    give(reached, person, EMAIL)
    assert asked_page(browser, scope=scope) == "contact/phone"
    give(reached, person, PHONE)
    assert "code" in answer_of(browser.authorize(scope=scope))


def test_without_a_page_what_is_registered_is_an_error_and_what_is_essential_none(
    reached: World, somebody: Any
) -> None:
    """`prompt=none`: nobody can be asked, and Core 5.5.1 makes no error of a claim's lack."""
    _, browser = somebody()
    silent = {"scope": "openid email", "prompt": "none"}
    assert "code" in answer_of(browser.authorize(**silent, claims=essential("email")))
    with transaction(reached.engine) as db:
        db.execute(update(RelyingParty).values(needed_claims=["email"]))
    reached.part.relying_parties.forget("rp")
    assert answer_of(browser.authorize(**silent))["error"] == "interaction_required"


def test_who_has_not_just_signed_in_does_so_first(reached: World, somebody: Any) -> None:
    """As for any change of an account, whatever the service itself needs."""
    _, browser = somebody(needed_claims=["email"], ago=timedelta(minutes=20))
    interaction_id, page = page_of(browser.authorize(scope="openid email"))
    assert page == "identifier"
    with transaction(reached.engine) as db:
        interaction = db.get_one(Interaction, interaction_id)
    assert interaction.authenticate_after is not None
    assert clock.now() - interaction.authenticate_after < timedelta(minutes=6)
    assert "code" in answer_of(browser.authorize(scope="openid profile"))


def test_a_no_is_told_as_access_denied(reached: World, somebody: Any) -> None:
    _, browser = somebody(needed_claims=["email"])
    interaction_id, _ = page_of(browser.authorize(scope="openid email"))
    with transaction(reached.engine) as db:
        assert db.get_one(Interaction, interaction_id).needed_claims == ["email"]
        decide_consent(db, interaction_id=interaction_id, allowed=False)
    answer = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert (answer["error"], answer["state"]) == ("access_denied", "st4te")
    assert [row.reason for row in reached.outcomes()] == ["access_denied"]
