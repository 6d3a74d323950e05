"""/authorize: refusals beside requests that pass, interactions, and one outcome per sign-in."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from idp.factors.kinds import PASSWORD, TOTP
from idp.interactions.end import sweep_abandoned
from idp.interactions.models import Interaction
from idp.interactions.opening import read_login_hint
from idp.interactions.progress import decide_consent
from idp.journal.errors import find_party_error
from idp.journal.models import ErrorReport, Outcome
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.models import Person
from idp.relying_parties.models import Environment, RelyingParty
from idp.sessions.evidence import shown_at
from idp.sessions.models import SignInSession
from tests.oidc.conftest import ISSUER, REDIRECT, Browser, World, answer_of, page_of, parameters


def interaction_of(world: World, interaction_id: UUID) -> Interaction:
    with transaction(world.engine) as db:
        return db.get_one(Interaction, interaction_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "x" * 5000},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": REDIRECT + "?next=https://evil.example"},
        {"redirect_uri": "https://rp.example@evil.example/callback"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
@pytest.mark.asvs("3.7.2")
def test_without_a_good_client_and_redirect_uri_nothing_is_redirected(
    shared_world: World, changes: dict[str, Any]
) -> None:
    response = shared_world.browser().authorize(**changes)
    assert response.status_code == 400
    assert "location" not in response.headers
    with transaction(shared_world.engine) as db:
        newest = select(ErrorReport).order_by(ErrorReport.at.desc()).limit(1)
        report = db.scalars(newest).one()
    assert report.error_id in response.text


def test_the_agency_of_the_client_finds_why_its_redirect_uri_was_refused(
    shared_world: World,
) -> None:
    shared_world.browser().authorize(redirect_uri=REDIRECT + "/")
    with transaction(shared_world.engine) as db:
        newest = select(ErrorReport).order_by(ErrorReport.at.desc()).limit(1)
        error_id = db.scalars(newest).one().error_id
        party = db.scalars(select(RelyingParty.id).filter_by(client_id="rp")).one()
        found = find_party_error(db, error_id=error_id, relying_party_id=party)
        assert found is not None
        assert "first difference at character" in found.detail["description"]
        assert find_party_error(db, error_id=error_id, relying_party_id=uuid4()) is None


@pytest.mark.parametrize(
    "query",
    [
        "client_id=rp&client_id=rp",
        "client_id=rp&state=a&state=b",
        "client_id=rp&state=%00",
        "client_id=rp&state=%ff%fe",
        "client_id=rp&state=%zz",
        "client_id=rp&state=" + "x" * 20_000,
    ],
)
def test_what_cannot_be_read_strictly_is_refused_on_our_page(
    shared_world: World, query: str
) -> None:
    response = shared_world.browser().get(f"/authorize?{query}&redirect_uri={REDIRECT}")
    assert response.status_code in (400, 414)
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid service:9.999999"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
        ({"state": "s" * 128, "nonce": "n" * 5000}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_refusal_goes_to_the_relying_party_with_state_and_issuer(
    world: World, changes: dict[str, Any], error: str
) -> None:
    party = world.party()
    answer = answer_of(world.browser().authorize(**changes))
    assert answer["error"] == error
    assert answer["state"] == parameters(**changes)["state"]
    assert answer["iss"] == ISSUER
    assert answer.keys() <= {"error", "error_description", "state", "iss"}
    if "none" in changes.get("prompt", ""):
        assert world.outcomes() == []
        assert world.events("signin.silent")[0].counted is False
    else:
        (outcome,) = world.outcomes()
        assert (outcome.outcome, outcome.reason) == (Outcome.REFUSED, error)
        assert outcome.relying_party_id == party.id


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scope": "openid profile unheard-of"},
        {"response_mode": "query"},
        {"display": "popup", "claims_locales": "vi", "foo": "bar"},
        {"ui_locales": "zz-ZZ en"},
        {"acr_values": "LoA1 urn:nothing"},
        {"login_hint": "079 000 000 000"},
        {"max_age": "86400"},
        {"state": "s" * 1000},
        {"state": None, "nonce": None},
        {"state": "", "prompt": ""},
        {"prompt": "none"},
    ],
)
def test_what_a_relying_party_may_send_breaks_nothing(
    shared_world: World, changes: dict[str, Any]
) -> None:
    browser = shared_world.someone()
    answer = answer_of(browser.authorize(**changes))
    assert "code" in answer
    assert answer.get("state", "") == (parameters(**changes).get("state") or "")


def test_the_redirect_uri_keeps_its_own_query_to_the_letter(world: World) -> None:
    own = f"{REDIRECT}?a=%20b+c&&x"
    party, person, browser = world.party(redirect_uris=[own]), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    location = browser.authorize(redirect_uri=own).headers["location"]
    assert location.startswith(own + "&code=")


def test_pkce_may_be_left_out_only_by_a_party_that_is_exempt(world: World) -> None:
    bare = {"code_challenge": None, "code_challenge_method": None}
    party, person, browser = world.party(require_pkce=False), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    code = browser.code(**bare)
    assert browser.redeem(code).json()["error"] == "invalid_grant"
    assert browser.redeem(browser.code(**bare), code_verifier=None).status_code == 200


@pytest.mark.asvs("7.6.2")
def test_someone_not_signed_in_is_sent_to_the_pages_with_what_is_needed(world: World) -> None:
    party = world.party()
    interaction_id, page = page_of(
        world.browser().authorize(
            scope="openid profile service:1.000002", login_hint="079000000123"
        )
    )
    found = interaction_of(world, interaction_id)
    assert page == "identifier"
    assert (found.needed_acr, found.needed_authentication) == ("LoA2", 2)
    assert found.service_id == world.high_service_id
    assert found.relying_party_id == party.id
    assert found.counted is True
    assert found.asked_scopes == ["openid", "profile", "service:1.000002"]
    assert "birthdate" in found.asked_claims
    assert b"079000000123" not in (found.login_hint_encrypted or b"")
    assert read_login_hint(found, keyring=world.part.keyring) == "079000000123"
    assert found.form_action_origin == REDIRECT
    assert found.return_path == f"/authorize/resume/{interaction_id}"
    assert world.outcomes() == []


def test_a_post_from_another_site_is_taken_over_by_the_browser_that_follows(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    cookieless, stranger = world.browser(), world.browser("another-browser-0123456789")
    cookieless.client.cookies.clear()
    response = cookieless.client.post("/authorize", data=parameters())
    assert response.status_code == 303
    resume = response.headers["location"]
    answer = answer_of(browser.get(resume))
    assert "code" in answer
    assert browser.get(resume).status_code == 400
    assert stranger.get(resume).status_code == 400
    assert len(world.outcomes()) == 1


def test_a_sign_in_left_behind_is_told_with_the_agency_of_its_service(world: World) -> None:
    world.party()
    world.browser().authorize()
    over = world.settings.sessions.interaction + timedelta(seconds=1)
    with clock.shifted(over), transaction(world.engine) as db:
        assert sweep_abandoned(db) == 1
    (outcome,) = world.outcomes()
    assert (outcome.outcome, outcome.service_id) == (Outcome.ABANDONED, world.low_service_id)
    assert (outcome.agency_id, outcome.tier) == (world.agency_id, "central")


def test_an_interaction_is_resumed_only_in_its_browser_and_ends_once(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    interaction_id, _ = page_of(browser.authorize(login_hint="079000000123"))
    resume = f"/authorize/resume/{interaction_id}"
    stranger = world.browser("another-browser-0123456789")
    stranger.sign_in(person)
    world.consent(person, party)
    assert stranger.get(resume).status_code == 400
    browser.sign_in(person)
    assert "code" in answer_of(browser.get(resume))
    assert browser.get(resume).status_code == 400
    assert interaction_of(world, interaction_id).login_hint_encrypted is None
    (outcome,) = world.outcomes()
    assert (outcome.sign_in_id, outcome.outcome) == (interaction_id, Outcome.SUCCESS)


@pytest.mark.asvs("10.7.1")
def test_consent_is_asked_once_and_a_no_is_access_denied(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    browser.sign_in(person)
    first, page = page_of(browser.authorize())
    assert page == "consent"
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=first, allowed=False)
    assert answer_of(browser.get(f"/authorize/resume/{first}"))["error"] == "access_denied"
    (outcome,) = world.outcomes()
    assert (outcome.sign_in_id, outcome.reason) == (first, "access_denied")

    world.consent(person, party, "openid profile")
    assert "code" in answer_of(browser.authorize())
    assert page_of(browser.authorize(scope="openid profile email"))[1] == "consent"


def test_another_purpose_is_asked_for_anew(world: World) -> None:
    """Decision 40: a consent holds for what it was given for; a translation is no other purpose."""
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)

    def say(**purpose: str) -> None:
        with transaction(world.engine) as db:
            db.execute(update(RelyingParty).filter_by(id=party.id).values(purpose))
        world.part.relying_parties.forget_all()

    assert "code" in answer_of(browser.authorize()), "the control: none was said"
    say(purpose_en="exchanging your licence")
    assert "code" in answer_of(browser.authorize())
    say(purpose_vi="đổi giấy phép")
    assert answer_of(browser.authorize(prompt="none"))["error"] == "consent_required"
    interaction_id, page = page_of(browser.authorize())
    assert page == "consent"
    world.agree(interaction_id)
    assert "code" in answer_of(browser.get(f"/authorize/resume/{interaction_id}"))


def test_who_wants_an_account_comes_to_its_form_and_whoever_has_one_goes_on(world: World) -> None:
    """Initiating User Registration 1.0 section 4.1; a session is an account already."""
    world.party()
    stranger = world.browser()
    assert page_of(stranger.authorize(prompt="create"))[1] == "register"
    assert page_of(stranger.authorize())[1] == "identifier"
    browser = world.browser()
    browser.sign_in(world.person())
    assert page_of(browser.authorize(prompt="create"))[1] == "consent"


@pytest.mark.asvs("7.6.1")
def test_prompt_login_asks_again_and_is_met_by_a_newer_authentication(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    interaction_id, page = page_of(browser.authorize(prompt="login"))
    assert page == "identifier"
    resume = f"/authorize/resume/{interaction_id}"
    assert page_of(browser.get(resume))[1] == "identifier"
    browser.sign_in(person, ago=timedelta(seconds=-1))
    assert "code" in answer_of(browser.get(resume))


def test_an_unreachable_minimum_is_explained_first_and_then_told(world: World) -> None:
    party, browser = world.party(), world.browser()
    person = world.person(proofing=0)
    world.consent(person, party)
    browser.sign_in(person)
    interaction_id, page = page_of(browser.authorize(scope="openid service:1.000002"))
    assert page == "unmet"
    answer = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert answer["error"] == "unmet_authentication_requirements"
    (outcome,) = world.outcomes()
    assert outcome.reason == "unmet_authentication_requirements"
    assert outcome.subject_number == person.subject_number


def test_several_services_take_the_highest_minimum_and_none_is_named(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    assert browser.code(scope="openid service:1.000001 service:1.000002")
    (outcome,) = world.outcomes()
    assert (outcome.service_id, outcome.acr) == (None, "LoA2")
    assert (outcome.agency_id, outcome.tier) == (None, None)


@pytest.mark.parametrize(
    ("default", "scope", "is_credited"),
    [
        (False, "openid", False),
        (False, "openid service:1.000001 service:1.000002", False),
        (True, "openid service:1.000001 service:1.000002", False),
        (False, "openid service:1.000001", True),
        (True, "openid", True),
    ],
    ids=["none", "several", "several, with a default", "one", "the default"],
)
def test_a_sign_in_is_credited_to_the_owner_of_the_one_service_it_is_for(
    world: World, default: bool, scope: str, is_credited: bool
) -> None:
    """D12: of no service, or several, to nobody: never to the system that fronts them."""
    party = world.party(default_service_id=world.low_service_id if default else None)
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    assert browser.code(scope=scope)
    (outcome,) = world.outcomes()
    credit = (outcome.service_id, outcome.agency_id, outcome.tier)
    assert credit == (
        (world.low_service_id, world.agency_id, "central") if is_credited else (None, None, None)
    )
    assert outcome.counted, "it is a success all the same"


def test_a_director_chooses_for_whom_and_both_are_counted(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    organization = world.organization(person)
    world.consent(person, party)
    browser.sign_in(person)
    interaction_id, page = page_of(browser.authorize(scope="openid organization"))
    assert page == "representing"
    world.choose(interaction_id, organization)
    world.agree(interaction_id)
    answer = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    tokens = browser.redeem(answer["code"]).json()
    assert browser.userinfo(tokens["access_token"]).json()["organization"] == {
        "tax_code": "0100109106",
        "name": "Công ty Một",
        "role": "legal_representative",
    }
    (outcome,) = world.outcomes()
    assert outcome.organization_number == organization.organization_number
    assert "pwd" in outcome.data["method"].split()
    assert outcome.subject_number == person.subject_number


def test_an_id_token_hint_must_be_of_whoever_is_signed_in(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    other = world.person(name="Lê Văn Cường")
    for someone in (person, other):
        world.consent(someone, party)
    browser.sign_in(person)
    hint = browser.redeem(browser.code()).json()["id_token"]
    assert "code" in answer_of(browser.authorize(prompt="none", id_token_hint=hint))
    with clock.shifted(timedelta(hours=1) - timedelta(minutes=5)):
        assert "code" in answer_of(browser.authorize(prompt="none", id_token_hint=hint))
    browser.sign_in(other)
    answer = answer_of(browser.authorize(prompt="none", id_token_hint=hint))
    assert answer["error"] == "login_required"


def test_of_an_id_token_hint_only_the_subject_waits_with_the_sign_in(world: World) -> None:
    """G21: the token names the person; whom it names decides when the sign-in goes on."""
    party, person, other = world.party(), world.person(), world.person(name="Lê Văn Cường")
    browser = world.browser()
    for someone in (person, other):
        world.consent(someone, party)
    browser.sign_in(person)
    hint = browser.redeem(browser.code()).json()["id_token"]
    for someone, answer in ((other, "error"), (person, "code")):
        elsewhere = world.browser()
        interaction_id, _ = page_of(elsewhere.authorize(id_token_hint=hint))
        kept = interaction_of(world, interaction_id).parameters
        assert hint not in kept.values()
        assert kept["hinted_subject"] == person.id.hex
        elsewhere.sign_in(someone)
        assert answer in answer_of(elsewhere.get(f"/authorize/resume/{interaction_id}"))


def test_nobody_says_whom_a_hint_names(world: World) -> None:
    """G21: what is kept of a hint is no parameter; a request that sends it asks for nobody."""
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    answer = answer_of(browser.authorize(prompt="none", hinted_subject="somebody-else"))
    assert "code" in answer


def test_an_access_token_is_no_id_token_hint(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    access_token = browser.redeem(browser.code()).json()["access_token"]
    answer = answer_of(browser.authorize(id_token_hint=access_token))
    assert answer["error"] == "invalid_request"


def test_a_session_ended_by_a_reset_signs_nobody_in(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    assert browser.code()
    with transaction(world.engine) as db:
        db.execute(update(Person).values(credentials_epoch=Person.credentials_epoch + 1))
    assert page_of(browser.authorize())[1] == "identifier"


def test_sandbox_traffic_and_silent_requests_are_not_counted(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    sandbox = world.party("sandbox", environment=Environment.SANDBOX)
    world.invite(person, sandbox)
    for one in (party, sandbox):
        world.consent(person, one)
    browser.sign_in(person)
    assert browser.code(prompt="none")
    assert world.outcomes() == []
    assert browser.code(client_id="sandbox")
    assert [outcome.counted for outcome in world.outcomes()] == [False]
    assert browser.code()
    assert [outcome.counted for outcome in world.outcomes()] == [False, True]


def test_a_fresh_code_makes_no_old_password_fresh(world: World) -> None:
    """G1: `max_age` counts each factor by its own instant, and the ID token says no more."""
    world.party()
    browser = world.someone()
    with transaction(world.engine) as db:
        now, long_ago = clock.now(), clock.now() - timedelta(minutes=30)
        evidence = shown_at(long_ago, PASSWORD) + shown_at(now, TOTP)
        db.execute(update(SignInSession).values(evidence=evidence))
    assert page_of(browser.authorize(acr_values="LoA2", max_age="60"))[1] == "identifier"
    claims = id_claims(world, browser, acr_values="LoA1", max_age="60")
    assert (claims["acr"], claims["amr"]) == ("LoA1", ["otp"])
    assert claims["auth_time"] == int(now.timestamp())
    claims = id_claims(world, browser, acr_values="LoA2", max_age="3600")
    assert (claims["acr"], claims["amr"]) == ("LoA2", ["pwd", "otp", "mfa"])


def id_claims(world: World, browser: Browser, **asked: str) -> dict[str, Any]:
    token = browser.redeem(browser.code(**asked)).json()["id_token"]
    return dict(world.verify(token).claims)
