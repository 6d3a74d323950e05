"""What was granted under a mandate lasts as long as that mandate, whatever else its holder is."""

from uuid import UUID

import pytest
from sqlalchemy import update

from idp.interactions.progress import choose_representation
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.changes import end_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import Organization, OrganizationStatus
from tests.oidc.conftest import Browser, World, answer_of, page_of
from tests.oidc.test_introspection import introspect
from tests.oidc.test_revocation import refresh
from tests.support.people import add_organization, add_representative

SCOPE = "openid organization offline_access"
DELEGATE = OrganizationRole.DELEGATE


class Director:
    """Someone who represents a company, and is its delegate for one service beside that."""

    def __init__(self, world: World) -> None:
        party, person = world.party(), world.person()
        world.consent(person, party)
        self.world, self.browser = world, world.browser()
        self.browser.sign_in(person)
        with transaction(world.engine) as db:
            company = add_organization(db, name="Công ty Một")
            whole = add_representative(db, organization_id=company.id, person_id=person.id)
            limited = add_representative(
                db,
                organization_id=company.id,
                person_id=person.id,
                role=DELEGATE,
                service_ids=[world.high_service_id],
            )
        self.company_id, self.whole_id, self.limited_id = company.id, whole.id, limited.id

    def code(self, mandate_id: UUID, *, service: str = "1.000002") -> str:
        """A code for that service, after the pages of choice and consent."""
        interaction_id, page = page_of(
            self.browser.authorize(scope=f"{SCOPE} service:{service}", prompt="consent")
        )
        assert page == "representing"
        with transaction(self.world.engine) as db:
            choose_representation(db, interaction_id=interaction_id, mandate_id=mandate_id)
        self.world.agree(interaction_id)
        return answer_of(self.browser.get(f"/authorize/resume/{interaction_id}"))["code"]

    def tokens(self, mandate_id: UUID) -> dict[str, str]:
        """What the code is redeemed for."""
        tokens: dict[str, str] = self.browser.redeem(self.code(mandate_id)).json()
        return tokens

    def end(self, mandate_id: UUID) -> None:
        """The mandate ends today."""
        today = self.world.settings.country.today
        with transaction(self.world.engine) as db:
            assert end_mandate(db, mandate_id=mandate_id, on=today, at=clock.now())


@pytest.fixture
def director(world: World) -> Director:
    return Director(world)


def is_alive(browser: Browser, tokens: dict[str, str]) -> set[bool]:
    """What userinfo, introspection and the token endpoint say of it."""
    return {
        browser.userinfo(tokens["access_token"]).status_code == 200,
        introspect(browser, tokens["access_token"]).json()["active"],
        introspect(browser, tokens["refresh_token"]).json()["active"],
        refresh(browser, tokens["refresh_token"]).status_code == 200,
    }


@pytest.mark.parametrize("ended", ["whole_id", "limited_id"])
def test_a_grant_dies_with_its_mandate_though_another_lives(director: Director, ended: str) -> None:
    under_whole, under_limited = (
        director.tokens(mandate_id) for mandate_id in (director.whole_id, director.limited_id)
    )
    director.end(getattr(director, ended))
    assert is_alive(director.browser, under_whole) == {ended != "whole_id"}
    assert is_alive(director.browser, under_limited) == {ended != "limited_id"}


def test_a_code_dies_with_its_mandate(director: Director) -> None:
    unused, other = director.code(director.whole_id), director.code(director.limited_id)
    director.end(director.whole_id)
    assert director.browser.redeem(unused).json()["error"] == "invalid_grant"
    assert director.browser.redeem(other).status_code == 200


def test_a_grant_sleeps_while_its_organization_is_not_active(director: Director) -> None:
    tokens = director.tokens(director.whole_id)
    for status in (OrganizationStatus.SUSPENDED, OrganizationStatus.ACTIVE):
        with transaction(director.world.engine) as db:
            db.execute(update(Organization).values(status=status))
        answer = director.browser.userinfo(tokens["access_token"])
        assert (answer.status_code == 200) is (status is OrganizationStatus.ACTIVE)


def test_the_claim_names_the_role_of_the_mandate_chosen(director: Director) -> None:
    for mandate_id, role in (
        (director.whole_id, "legal_representative"),
        (director.limited_id, "delegate"),
    ):
        token = director.tokens(mandate_id)["access_token"]
        claim = director.browser.userinfo(token).json()["organization"]
        assert claim == {"tax_code": "0100109106", "name": "Công ty Một", "role": role}


def test_a_limited_mandate_opens_no_other_service(director: Director) -> None:
    assert director.code(director.limited_id)
    interaction_id, _ = page_of(director.browser.authorize(scope=f"{SCOPE} service:1.000001"))
    with transaction(director.world.engine) as db:
        choose_representation(db, interaction_id=interaction_id, mandate_id=director.limited_id)
    _, page = page_of(director.browser.get(f"/authorize/resume/{interaction_id}"))
    assert page == "representing", "what does not cover the service is asked for again"


def test_a_grant_for_another_service_than_its_mandates_is_dead(director: Director) -> None:
    """Were one ever made: the condition stands where grants are read, too."""
    tokens = director.tokens(director.limited_id)
    assert director.browser.userinfo(tokens["access_token"]).status_code == 200
    with transaction(director.world.engine) as db:
        other = {"service_ids": [director.world.low_service_id]}
        db.execute(update(Mandate).where(Mandate.id == director.limited_id).values(other))
    assert is_alive(director.browser, tokens) == {False}
