"""Resource indicators (RFC 8707): a token is for those named, and for nobody else."""

from typing import Any
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from sqlalchemy import delete, select

from idp.interactions.progress import choose_representation
from idp.kit.db import transaction
from idp.organizations.models import Organization
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import RelyingParty, RelyingPartyService
from idp.settings.server import IssuerSettings
from idp.tokens.models import Grant
from tests.oidc.conftest import (
    ALL_SCOPES,
    ISSUER,
    REDIRECT,
    SECRET,
    Browser,
    World,
    answer_of,
    basic,
    page_of,
    parameters,
)
from tests.oidc.test_introspection import DEAD, introspect
from tests.oidc.test_request_objects import JWKS, strict
from tests.oidc.test_token import CODE_FIELDS, signed_in
from tests.oidc.test_token_exchange import change
from tests.support.people import add_organization, add_representative

LAND, TAX = "https://land.example/api", "https://tax.example/api"
OTHER = "https://other.example/"


@pytest.fixture
def browser(world: World) -> Browser:
    person, browser = signed_in(world, resources=[LAND, TAX])
    world.consent(person, world.party("signer", jwks=JWKS, resources=[LAND, TAX]))
    world.party("land", audiences=[LAND])
    world.party("stranger", audiences=[OTHER])
    return browser


def audience(world: World, token: str) -> Any:
    return world.verify(token).claims["aud"]


def code(browser: Browser, resources: list[str], **changes: str) -> str:
    sent = [*parameters(**changes).items(), *(("resource", r) for r in resources)]
    response = browser.get(f"/authorize?{urlencode(sent)}")
    if response.headers["location"].startswith("/signin"):
        interaction_id, _ = page_of(response)
        browser.world.agree(interaction_id)
        response = browser.get(f"/authorize/resume/{interaction_id}")
    return answer_of(response)["code"]


def asks(world: World, browser: Browser, **asked: str) -> tuple[str, str]:
    """The page that a request leads to, and the error of the same one without a page."""
    _, page = page_of(browser.authorize(**asked))
    return page, answer_of(browser.authorize(**asked, prompt="none"))["error"]


def test_a_remembered_consent_is_for_the_resources_that_were_named(world: World) -> None:
    """G6: another service's interface is never opened to a relying party without asking."""
    person, browser = world.person(), world.browser()
    world.consent(person, world.party(resources=[LAND, TAX]), resources=(LAND,))
    browser.sign_in(person)
    for named in ({}, {"resource": ISSUER}, {"resource": LAND}):
        assert "code" in answer_of(browser.authorize(**named, prompt="none"))
    for wider in (TAX, f"{LAND} {TAX}"):
        assert asks(world, browser, resource=wider) == ("consent", "consent_required")
    assert audience(world, browser.redeem(code(browser, [TAX])).json()["access_token"]) == TAX
    assert "code" in answer_of(browser.authorize(resource=f"{LAND} {TAX}", prompt="none"))


def test_no_way_to_ask_goes_round_the_resources_agreed_to(world: World) -> None:
    """G6, siblings: a signed request and a pushed one; the device flow asks each time."""
    person, browser = world.person(), world.browser()
    signer = world.party("signer", jwks=JWKS, resources=[LAND, TAX])
    world.consent(person, signer, resources=(LAND,))
    browser.sign_in(person)
    for resource, is_asked in ((LAND, False), (TAX, True)):
        named = {"client_id": "signer", "request": strict(iss="signer", resource=resource)}
        fields = {**parameters(client_id="signer", resource=resource)}
        pushed = browser.client.post("/par", data=fields, headers=basic("signer", SECRET)).json()
        handle = {"client_id": "signer", "request_uri": pushed["request_uri"]}
        for answer in (browser.authorize(**named), browser.get("/authorize", params=handle)):
            assert answer.headers["location"].startswith("/signin/") is is_asked


def test_an_organization_acted_for_is_asked_about_by_itself(world: World) -> None:
    """G6: what somebody agreed to for themselves, or for one company, is not agreed for another."""
    person, browser = world.person(), world.browser()
    world.consent(person, world.party())
    browser.sign_in(person)
    with transaction(world.engine) as db:
        codes = ("0100109106", "0100112437")
        companies = [add_organization(db, tax_code=code, name=code) for code in codes]
        for company in companies:
            add_representative(db, organization_id=company.id, person_id=person.id)

    def next_page(company: Organization | None, *, agrees: bool = False) -> str:
        interaction_id, page = page_of(browser.authorize(scope="openid organization"))
        assert page == "representing"
        if company is not None:
            world.choose(interaction_id, company)
        else:
            with transaction(world.engine) as db:
                choose_representation(db, interaction_id=interaction_id, mandate_id=None)
        answer = browser.get(f"/authorize/resume/{interaction_id}")
        if agrees:
            world.agree(interaction_id)
            answer = browser.get(f"/authorize/resume/{interaction_id}")
        location = answer.headers["location"]
        return "" if location.startswith(REDIRECT) else location.rpartition("/")[2]

    assert next_page(None) == ""
    assert next_page(companies[0]) == "consent"
    assert next_page(companies[0], agrees=True) == ""
    assert next_page(companies[0]) == ""
    assert next_page(companies[1]) == "consent"
    assert next_page(None) == ""


def test_without_a_resource_a_token_is_for_userinfo(world: World, browser: Browser) -> None:
    token = browser.redeem(browser.code()).json()["access_token"]
    assert audience(world, token) == ISSUER
    assert browser.userinfo(token).status_code == 200
    assert introspect(browser, token, client_id="land").json() == DEAD


def test_a_token_is_for_the_resource_named_at_authorize(world: World, browser: Browser) -> None:
    token = browser.redeem(code(browser, [LAND])).json()["access_token"]
    assert audience(world, token) == LAND
    assert introspect(browser, token, client_id="land").json()["active"] is True
    assert introspect(browser, token, client_id="stranger").json() == DEAD
    assert browser.userinfo(token).status_code == 401


def refused_several(answer: Response) -> bool:
    """Whether it says that a token is for one reader, and what the client is to do."""
    told = answer.json()
    is_told = "name one resource in each token request" in told["error_description"]
    return (answer.status_code, told["error"], is_told) == (400, "invalid_target", True)


def test_a_token_has_one_reader_and_who_names_none_or_several_spends_nothing(
    world: World, browser: Browser
) -> None:
    """G7: two who read one token could join by its `jti`, and one could use it at the other.

    A person agrees to both at once; each token is asked for by itself.
    """
    both = code(browser, [LAND, TAX], scope=ALL_SCOPES, prompt="consent")
    for named in ({}, {"resource": [LAND, TAX]}, {"resource": [LAND, ISSUER]}):
        assert refused_several(browser.redeem(both, **named))
    tokens = browser.redeem(both, resource=LAND).json()
    assert audience(world, tokens["access_token"]) == LAND
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for named in ({}, {"resource": [LAND, TAX]}):
        assert refused_several(browser.token(**again, **named))
    refreshed = browser.token(**again, resource=TAX).json()
    assert audience(world, refreshed["access_token"]) == TAX
    ids = {world.verify(one["access_token"]).claims["jti"] for one in (tokens, refreshed)}
    assert len(ids) == 2
    assert browser.redeem(both, resource=LAND).json()["error"] == "invalid_grant", "spent by then"


def test_called_services_hear_the_minute_of_a_sign_in_at_most(
    world: World, browser: Browser
) -> None:
    """G7, sibling: they never asked; the client's own tokens say what it may hear."""
    asked = {"max_age": "3600", "prompt": "consent"}
    both = code(browser, [LAND, ISSUER], scope=ALL_SCOPES, **asked)
    tokens = browser.redeem(both, resource=LAND).json()
    at = world.verify(tokens["id_token"]).claims["auth_time"]
    token = tokens["access_token"]
    for client_id in ("rp", "land"):
        found = introspect(browser, token, client_id=client_id).json()
        assert found["auth_time"] == at // 60 * 60
    assert world.verify(token).claims["auth_time"] == at // 60 * 60
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    own = browser.token(**again).json()["access_token"]
    assert world.verify(own).claims["auth_time"] == at, "the control"


def test_a_token_for_the_provider_is_shown_to_nobody_else(world: World, browser: Browser) -> None:
    """G6, G7: a grant may be for userinfo and for another's interface, a token for one of them.

    Whoever is called could read at userinfo how the caller knows the person, and everything else
    that they agreed to tell it alone.
    """
    both = code(browser, [LAND, ISSUER], scope=ALL_SCOPES, prompt="consent")
    tokens = browser.redeem(both).json()
    assert audience(world, tokens["access_token"]) == ISSUER
    assert browser.userinfo(tokens["access_token"]).status_code == 200
    assert introspect(browser, tokens["access_token"], client_id="land").json() == DEAD
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = browser.token(**again, resource=[LAND, ISSUER])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    elsewhere = browser.token(**again, resource=LAND).json()["access_token"]
    assert audience(world, elsewhere) == LAND
    assert browser.userinfo(elsewhere).status_code == 401
    assert introspect(browser, elsewhere, client_id="land").json()["active"] is True


def test_a_resource_server_knows_people_by_its_own_sub(world: World, browser: Browser) -> None:
    """G7: a token that is shown to another agency does not tell it how its client knows the person.

    Where both know the person by one `sub`, the token says it.
    """
    own = world.verify(browser.redeem(browser.code()).json()["access_token"]).claims["sub"]

    def subjects(resources: list[str]) -> tuple[str, str, str]:
        """What the token says, and what introspection tells its client and who is called."""
        token = browser.redeem(code(browser, resources)).json()["access_token"]
        here, there = (introspect(browser, token, client_id=one).json() for one in ("rp", "land"))
        return world.verify(token).claims["sub"], here["sub"], there["sub"]

    assert set(subjects([LAND])) == {own}
    for pairwise, other in (("land", "rp"), ("rp", "land")):
        change(world, pairwise, subject_type="pairwise")
        change(world, other, subject_type="public")
        found = [subjects([LAND]), subjects([LAND])]
        carried = {token for token, _, _ in found}
        there = {one for _, _, one in found}
        assert len(carried) == 2
        assert [here for _, here, _ in found] == [token for token, _, _ in found]
        assert len(there) == 1
        known = {
            browser.userinfo(browser.redeem(browser.code()).json()["access_token"]).json()["sub"]
        }
        assert not carried & there
        assert not (carried | there) & known


def test_who_answers_to_nothing_registered_is_told_nobodys_sub(
    world: World, browser: Browser
) -> None:
    """G7, sibling: nobody answers to the interface, or somebody who knows the person otherwise."""
    own = world.verify(browser.redeem(browser.code()).json()["access_token"]).claims["sub"]

    def carried(resource: str) -> str:
        answer = browser.redeem(code(browser, [LAND, TAX]), resource=resource)
        return str(world.verify(answer.json()["access_token"]).claims["sub"])

    assert (carried(LAND) == own, carried(TAX) == own) == (True, False)
    world.party("tax", audiences=[TAX])
    assert carried(TAX) == own
    change(world, "tax", subject_type="pairwise")
    assert carried(TAX) != own


def test_two_resource_servers_cannot_tell_that_it_is_one_sign_in(
    world: World, browser: Browser
) -> None:
    both = code(browser, [LAND, TAX], scope=ALL_SCOPES, prompt="consent")
    first = browser.redeem(both, resource=LAND).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    tokens = [first["access_token"], browser.token(**again, resource=TAX).json()["access_token"]]
    one, other = (world.verify(token).claims["grant_id"] for token in tokens)
    with transaction(world.engine) as db:
        grant_id = db.scalars(select(Grant.id)).one()
    assert one != other
    assert grant_id.hex not in (one, other)
    assert introspect(browser, tokens[0], client_id="land").json()["active"] is True


def test_the_token_request_narrows_and_never_widens(world: World, browser: Browser) -> None:
    token = browser.redeem(code(browser, [LAND, TAX]), resource=LAND).json()["access_token"]
    assert audience(world, token) == LAND
    for granted, resource in (([LAND], TAX), ([LAND], OTHER), ([LAND], ISSUER), ([], LAND)):
        refused = browser.redeem(code(browser, granted), resource=resource)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert browser.redeem(code(browser, []), resource=ISSUER).status_code == 200


def test_a_refresh_may_narrow_and_a_refused_one_spends_nothing(
    world: World, browser: Browser
) -> None:
    both = code(browser, [LAND, TAX], scope=ALL_SCOPES, prompt="consent")
    tokens = browser.redeem(both, resource=TAX).json()
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for resource in (OTHER, ISSUER):
        refused = browser.token(**fields, resource=resource)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    narrowed = browser.token(**fields, resource=LAND).json()
    assert audience(world, narrowed["access_token"]) == LAND
    fields = {"grant_type": "refresh_token", "refresh_token": narrowed["refresh_token"]}
    again = browser.token(**fields, resource=TAX)
    assert audience(world, again.json()["access_token"]) == TAX


def test_a_refresh_ends_with_the_registration_of_what_was_granted(
    world: World, browser: Browser
) -> None:
    """G6, sibling: a resource, scope value or service taken away is so for standing grants, too."""
    scope = f"{ALL_SCOPES} service:1.000001"
    both = code(browser, [LAND, TAX], scope=scope, prompt="consent")
    tokens = browser.redeem(both, resource=LAND).json()
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    with transaction(world.engine) as db:
        rp = db.scalars(select(RelyingParty).filter_by(client_id="rp")).one()
        before = {"resources": rp.resources, "scope": rp.scope}
    for name, less in (("resources", [LAND]), ("resources", []), ("scope", "openid profile")):
        change(world, "rp", **{name: less})
        refused = browser.token(**again)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert "no longer" in world.events("token.refused")[-1].data["description"]
        change(world, "rp", **before)
    with transaction(world.engine) as db:
        held = select(RelyingPartyService.service_id).filter_by(relying_party_id=rp.id)
        services = db.scalars(held).all()
        db.execute(delete(RelyingPartyService).filter_by(relying_party_id=rp.id))
    change(world, "rp", default_service_id=None)
    assert browser.token(**again).json()["error"] == "invalid_grant"
    with transaction(world.engine) as db:
        db.add_all(RelyingPartyService(relying_party_id=rp.id, service_id=s) for s in services)
    change(world, "rp", default_service_id=rp.default_service_id)
    assert browser.token(**again, resource=LAND).status_code == 200, "a refused one spends nothing"


@pytest.mark.asvs("9.2.4")
def test_an_unregistered_resource_is_an_invalid_target(world: World, browser: Browser) -> None:
    for resource in (OTHER, f"{LAND}/", "land", f"{LAND}#part"):
        answer = answer_of(browser.authorize(resource=resource))
        assert (answer["error"], answer["state"]) == ("invalid_target", "st4te")
        machine = browser.token(grant_type="client_credentials", resource=resource)
        assert (machine.status_code, machine.json()["error"]) == (400, "invalid_target")
    machine = browser.token(grant_type="client_credentials", resource=TAX)
    assert audience(world, machine.json()["access_token"]) == TAX


def listing(resource: object) -> str:
    """A request object of the client `signer`."""
    return strict(iss="signer", resource=resource)


def test_a_request_object_lists_resources(world: World, browser: Browser) -> None:
    for resource, named in (([LAND, TAX], {"resource": TAX}), (TAX, {})):
        answer = answer_of(browser.authorize(client_id="signer", request=listing(resource)))
        answered = browser.redeem(answer["code"], client_id="signer", **named)
        assert audience(world, answered.json()["access_token"]) == TAX
    for resource in ([LAND, OTHER], OTHER):
        refused = browser.authorize(client_id="signer", request=listing(resource))
        assert answer_of(refused)["error"] == "invalid_target"
    unreadable = browser.authorize(client_id="signer", request=listing([[TAX]]))
    assert answer_of(unreadable)["error"] == "invalid_request_object"


def test_a_resource_may_be_repeated_and_nothing_else_may(browser: Browser) -> None:
    """For one reader it may stand twice; a machine's token has one, too."""
    headers = {**basic("rp", SECRET), "Content-Type": "application/x-www-form-urlencoded"}

    def sent(body: str) -> Response:
        fields = f"grant_type=client_credentials&resource={LAND}&{body}"
        return browser.client.post("/token", content=fields, headers=headers)

    answer = sent(f"resource={LAND}")
    assert audience(browser.world, answer.json()["access_token"]) == LAND
    assert refused_several(sent(f"resource={TAX}"))
    twice = sent("scope=a&scope=b")
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def test_a_code_stays_for_its_redeemer_when_the_resource_was_never_registered(
    browser: Browser,
) -> None:
    granted = code(browser, [LAND])
    assert browser.redeem(granted, resource=OTHER).json()["error"] == "invalid_target"
    assert browser.redeem(granted, **CODE_FIELDS).status_code == 200


def test_registered_resources_are_whole_https_addresses() -> None:
    issuer = IssuerSettings(url="https://id.example.gov.vn")
    good = ClientMetadata(
        client_name="A", redirect_uris=("https://rp.example/cb",), resources=(LAND,)
    )
    assert find_faults(good, issuer=issuer) == []
    for field in ("resources", "audiences"):
        for uri in ("http://land.example", "https://land.example/#a", "land", "urn:land"):
            values: dict[str, Any] = {field: (uri,)}
            bad = ClientMetadata(
                client_name="A", redirect_uris=("https://rp.example/cb",), **values
            )
            assert [fault.field for fault in find_faults(bad, issuer=issuer)] == [field]
