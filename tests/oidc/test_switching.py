"""One browser, two people: what one of them began, chose or agreed to is never the other's."""

from uuid import UUID

import pytest

from idp.interactions.models import Interaction
from idp.interactions.progress import (
    decide_consent,
    remember_identifier,
)
from idp.kit.db import transaction
from idp.people.models import Person
from tests.oidc.conftest import Browser, World, answer_of, page_of, parameters


@pytest.fixture
def world(shared_world: World) -> World:
    """Nothing here asks what others recorded."""
    return shared_world


@pytest.fixture
def other(world: World) -> Person:
    """Someone else, who has agreed to everything with the client `rp`."""
    somebody = world.someone()
    claims = world.verify(somebody.redeem(somebody.code()).json()["id_token"]).claims
    with transaction(world.engine) as db:
        return db.get_one(Person, UUID(hex=claims["sub"]))


def read(world: World, interaction_id: UUID) -> Interaction:
    with transaction(world.engine) as db:
        return db.get_one(Interaction, interaction_id)


def begin(browser: Browser, **changes: str) -> tuple[UUID, str]:
    interaction_id, _ = page_of(browser.authorize(**changes))
    return interaction_id, f"/authorize/resume/{interaction_id}"


def test_a_page_for_someone_signed_in_is_theirs_alone(world: World) -> None:
    person, browser = world.person(), world.browser()
    browser.sign_in(person)
    interaction_id, _ = begin(browser)
    assert read(world, interaction_id).person_id == person.id

    cookieless = world.browser()
    cookieless.client.cookies.clear()
    posted = cookieless.client.post("/authorize", data=parameters()).headers["location"]
    interaction_id, page = page_of(browser.get(posted))
    assert page == "consent"
    assert read(world, interaction_id).person_id == person.id


def test_a_yes_is_not_carried_over_to_who_signs_in_next(world: World, other: Person) -> None:
    browser = world.someone()
    interaction_id, resume = begin(browser, prompt="consent")
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    browser.sign_in(other)
    assert page_of(browser.get(resume))[1] == "identifier"

    with transaction(world.engine) as db:
        remember_identifier(
            db, interaction_id=interaction_id, person_id=other.id, identifier_hash=b"x"
        )
    assert page_of(browser.get(resume))[1] == "consent"
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    assert "code" in answer_of(browser.get(resume))


def test_a_choice_for_whom_to_act_is_not_carried_over(world: World, other: Person) -> None:
    director = world.person()
    browser = world.browser()
    browser.sign_in(director)
    organization = world.organization(director)
    interaction_id, resume = begin(browser, scope="openid organization")
    world.choose(interaction_id, organization)
    with transaction(world.engine) as db:
        remember_identifier(
            db, interaction_id=interaction_id, person_id=other.id, identifier_hash=b"x"
        )
    assert read(world, interaction_id).mandate_id is None
    browser.sign_in(other)
    assert "code" in answer_of(browser.get(resume))


def test_the_same_person_keeps_what_they_chose(world: World) -> None:
    browser = world.someone()
    interaction_id, resume = begin(browser, prompt="consent")
    person_id = read(world, interaction_id).person_id
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
        remember_identifier(
            db, interaction_id=interaction_id, person_id=person_id, identifier_hash=b"x"
        )
    assert "code" in answer_of(browser.get(resume))


def test_an_unmet_level_is_explained_to_each_person(world: World) -> None:
    browser, unproven = world.browser(), [world.person(proofing=0) for _ in range(2)]
    browser.sign_in(unproven[0])
    interaction_id, resume = begin(browser, scope="openid service:1.000002")
    with transaction(world.engine) as db:
        remember_identifier(
            db, interaction_id=interaction_id, person_id=unproven[1].id, identifier_hash=b"x"
        )
    browser.sign_in(unproven[1])
    assert page_of(browser.get(resume))[1] == "unmet"
    assert answer_of(browser.get(resume))["error"] == "unmet_authentication_requirements"
