"""The further pages of an interaction, each walked once, with what each refuses."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from idp.catalogue.models import PublicService
from idp.interactions.models import Needs
from idp.interactions.opening import Credit, Requested
from idp.interactions.progress import require
from idp.kit import clock
from idp.relying_parties.models import Environment, RelyingPartyService
from idp.relying_parties.scopes import SCOPES, Scope
from idp.sessions.end import end_session
from tests.signin.conftest import DECLARED, PASSWORD, World
from tests.support.consents import find_consent, list_agreements
from tests.support.people import (
    add_agency,
    add_organization,
    add_person,
    add_relying_party,
    add_representative,
)


def test_code_raises_the_session_under_the_same_sid_with_a_new_token(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    answer = browser.sign_in(interaction, account)
    assert answer.headers["location"] == f"/signin/{interaction}/otp"
    before, token = browser.session(), browser.session_token
    answer = browser.post(f"/signin/{interaction}/otp", otp=account.code())
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    after = browser.session()
    assert before
    assert after
    assert after.sid == before.sid
    assert browser.session_token != token
    assert (after.authentication, after.amr) == (2, ("pwd", "otp", "mfa"))


def test_who_forgot_the_password_finds_the_way_that_text_messages_name(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=world.add_account().number)
    page = browser.get(f"/signin/{interaction}/password").text
    fold = page.partition("Forgot your password?")[2].partition("</details>")[0]
    assert f'href="/recovery?signin={interaction}"' in fold


@pytest.mark.asvs("6.5.1")
def test_code_works_once(world: World) -> None:
    account = world.add_account()
    code = account.code()
    first = world.browser()
    interaction = first.open(needed_authentication=2)
    first.sign_in(interaction, account)
    assert first.post(f"/signin/{interaction}/otp", otp=code).status_code == 303
    second = world.browser("another-browser-0123456789-abc")
    interaction = second.open(needed_authentication=2)
    second.sign_in(interaction, account)
    assert "used already" in second.refused(f"/signin/{interaction}/otp", otp=code)
    session = second.session()
    assert session is not None
    assert session.authentication == 1


@pytest.mark.asvs("2.2.2")
def test_code_must_be_six_ascii_digits(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    wide = account.code().translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
    path = f"/signin/{interaction}/otp"
    for typed in (wide, "12345"):
        assert "all 6 digits" in browser.refused(path, otp=typed)
    answer = browser.post(path, otp=account.code())
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"


@pytest.mark.asvs("2.3.1")
def test_code_page_cannot_be_reached_before_the_password(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    answer = browser.get(f"/signin/{interaction}/otp")
    assert answer.headers["location"] == f"/signin/{interaction}/password"
    answer = browser.post(
        f"/signin/{interaction}/otp",
        shown_at=f"/signin/{interaction}/password",
        otp=account.code(),
    )
    assert answer.headers["location"] == f"/signin/{interaction}/password"
    assert browser.session() is None


@pytest.mark.asvs("2.2.2")
def test_registration_shows_every_error_beside_its_field(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    text = browser.refused(
        f"/signin/{interaction}/register",
        number="123",
        name="",
        birthdate="31/02/1990",
        sex="",
        password="short",
        again="",
    )
    for name in ("number", "name", "birthdate", "sex", "password"):
        assert f'id="{name}-error"' in text, name
    assert 'value="31/02/1990"' in text
    assert "short" not in re.sub(r'class="[^"]*"', "", text)


def test_representing_takes_only_an_organization_one_may_act_for(world: World) -> None:
    account = world.add_account()
    with world.transaction() as db:
        company = add_organization(db, tax_code="0100233488", name="Công ty Sen")
        other = add_organization(db, tax_code="0100112437", name="Công ty Mai")
        mine, not_mine = (
            add_representative(db, organization_id=organization.id, person_id=person_id)
            for organization, person_id in (
                (company, account.registered.person_id),
                (other, add_person(db).id),
            )
        )
    browser = world.browser()
    interaction = browser.open()
    browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/representing"
    assert "Công ty Sen" in browser.get(path).text
    assert "Choose who you are acting for" in browser.refused(path, representing=str(not_mine.id))
    assert "Choose who you are acting for" in browser.refused(path)
    assert world.interaction(interaction).representation_chosen_at is None
    assert browser.post(path, representing=str(mine.id)).status_code == 303
    assert world.interaction(interaction).mandate_id == mine.id
    assert 'role="alert"' not in browser.get(path).text
    assert browser.post(path, representing="self").status_code == 303
    assert world.interaction(interaction).mandate_id is None


@pytest.mark.asvs("10.7.2")
def test_consent_names_who_asks_and_keeps_the_evidence(world: World) -> None:
    account = world.add_account()
    with world.transaction() as db:
        party = add_relying_party(db, client_id="consent-party")
    browser = world.browser()
    interaction = browser.open(
        client_id="consent-party",
        credit=Credit(relying_party_id=party.id, service_id=party.default_service_id),
        requested=Requested(
            scopes=("openid", "profile"), claims=("sub", "name", "birthdate", "email")
        ),
        form_action_origin="https://rp.example/cb",
    )
    browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/consent"
    answer = browser.get(path)
    assert "form-action 'self' https://rp.example" in answer.headers["content-security-policy"]
    for text in ("Test service", "Test Ministry", "Nguyễn Thị Hoa", "17/05/1990"):
        assert text in answer.text, text
    assert browser.post(path).status_code == 303
    assert world.interaction(interaction).consent_decision == "deny"
    answer = browser.post(path, **{"consent-allow": "yes"})
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    assert world.interaction(interaction).consent_decision == "allow"
    with world.transaction() as db:
        given = find_consent(db, person_id=account.registered.person_id, relying_party_id=party.id)
    assert given is not None
    assert given.scopes == {"openid", "profile"}


def test_what_the_page_said_is_what_is_recorded(world: World) -> None:
    """G24: consent to an address is recorded when the page said that there is none so far."""
    account = world.add_account(totp=False)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="said", agency=add_agency(db, code="G81"))
    browser = world.browser()
    interaction = browser.open(
        client_id="said",
        credit=Credit(relying_party_id=party.id),
        requested=Requested(scopes=("openid", "email"), claims=("sub", "email", "email_verified")),
    )
    browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/consent"
    page = " ".join(browser.get(path).text.split())
    assert "What you add later, it receives too.</span> <br> E-mail</li>" in page
    assert "only a reference" not in page
    assert browser.post(path, **{"consent-allow": "yes"}).status_code == 303
    with world.transaction() as db:
        [agreement] = list_agreements(db, relying_party_id=party.id)
    assert agreement.claims == ["email", "email_verified", "sub"]
    evidence = agreement.evidence
    assert (evidence["shown"], evidence["absent"], evidence["language"]) == ([], ["E-mail"], "en")


def test_nobody_agrees_to_what_the_page_did_not_say(world: World) -> None:
    """G24: when something else is asked by the time the answer comes, it is asked anew."""
    account = world.add_account(totp=False)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="moving", agency=add_agency(db, code="G82"))
    browser = world.browser()
    asked = Requested(scopes=("openid",), claims=("sub",))
    interaction = browser.open(
        client_id="moving", credit=Credit(relying_party_id=party.id), requested=asked
    )
    browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/consent"
    [shown] = re.findall(r'name="shown" value="(\w+)"', " ".join(browser.get(path).text.split()))
    wider = replace(asked, claims=("sub", "name"))
    with world.transaction() as db:
        require(db, interaction_id=UUID(interaction), needs=Needs(), requested=wider)
    for stale in (shown, ""):
        answer = browser.post(path, **{"consent-allow": "yes", "shown": stale})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert world.interaction(interaction).consent_decision is None
    answer = browser.post(path, **{"consent-allow": "yes"})
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    with world.transaction() as db:
        [agreement] = list_agreements(db, relying_party_id=party.id)
    assert agreement.claims == ["name", "sub"]


@pytest.mark.parametrize(
    ("method", "leads_to", "is_warned"),
    [
        ("none", "vn.example.app:/cb", True),
        ("none", "https://rp.example/cb", False),
        ("client_secret_basic", "vn.example.app:/cb", False),
    ],
)
def test_a_person_is_told_when_anybody_might_ask(
    world: World, method: str, leads_to: str, *, is_warned: bool
) -> None:
    """F3: they alone know whether they have just started it."""
    account, client_id = world.add_account(totp=False), f"asks-{method}-{is_warned}"
    with world.transaction() as db:
        code = f"G83.{method[0].upper()}{is_warned:d}"
        party = add_relying_party(db, client_id=client_id, agency=add_agency(db, code=code))
        party.token_endpoint_auth_method = method
    browser = world.browser()
    interaction = browser.open(client_id=client_id, form_action_origin=leads_to)
    browser.sign_in(interaction, account)
    page = browser.get(f"/signin/{interaction}/consent").text
    assert ("We cannot check which app" in page) is is_warned


@pytest.mark.parametrize("scope", [scope for scope in SCOPES.values() if scope.on_consent])
@pytest.mark.asvs("10.7.2")
def test_consent_says_what_no_claim_tells(world: World, scope: Scope) -> None:
    account, seen = world.add_account(totp=False), []
    for asked in (("openid",), ("openid", scope.name)):
        browser = world.browser()
        interaction = browser.open(requested=Requested(scopes=asked))
        browser.sign_in(interaction, account)
        seen.append(scope.on_consent in browser.get(f"/signin/{interaction}/consent").text)
    assert seen == [False, True]


def test_consent_leads_to_policy_and_terms_and_names_whom_the_token_is_for(world: World) -> None:
    account = world.add_account(totp=False)
    policy, land = "https://rp.example/policy", "https://land.example/api"
    with world.transaction() as db:
        agency = add_agency(db, code="G77")
        party = add_relying_party(db, client_id="told", agency=agency)
        party.policy_uri, party.tos_uri = policy, "https://rp.example/terms"
        party.logo_uri = "https://tracker.example/logo.png"
        other = add_agency(db, code="G79")
        other.name_en = "Ministry of Land"
        registry = add_relying_party(db, client_id="land", agency=other)
        registry.client_name_en, registry.audiences = "Land registry", [land]
        trial = add_relying_party(db, client_id="trial", agency=agency)
        trial.client_name_en, trial.audiences = "Trial of anybody", [land]
        trial.environment = Environment.SANDBOX
        trial.created_at = registry.created_at - timedelta(days=1)
        add_relying_party(db, client_id="silent", agency=agency)
    pages = {}
    for client_id, resources in (("told", (land,)), ("silent", ())):
        browser = world.browser()
        requested = Requested(resources=resources)
        interaction = browser.open(client_id=client_id, requested=requested)
        browser.sign_in(interaction, account)
        text = browser.get(f"/signin/{interaction}/consent").text
        pages[client_id] = " ".join(text.split())
    for uri in (policy, "https://rp.example/terms"):
        assert f'href="{uri}" rel="noopener"' in pages["told"]
    for words in (f"<code>{land}</code>", "Ministry of Land", "Land registry"):
        assert words in pages["told"], "G6: the other agency's interface, by its name"
    assert "Trial of anybody" not in pages["told"], "G6: nobody approved a name of the sandbox"
    assert "logo.png" not in pages["told"]
    for nothing in ("noopener", "<code>", "act for you"):
        assert nothing not in pages["silent"]


def test_consent_names_each_public_service_that_a_sign_in_is_for(world: World) -> None:
    """G6: one by its name above; several in a list, since each is remembered as agreed to."""
    account = world.add_account(totp=False)
    with world.transaction() as db:
        agency = add_agency(db, code="G84")
        party = add_relying_party(db, client_id="many", agency=agency)
        first = db.get_one(PublicService, party.default_service_id)
        other = add_relying_party(db, client_id="others", agency=agency)
        second = db.get_one(PublicService, other.default_service_id)
        first.name_en, second.name_en = "Driving licence", "Birth certificate"
        db.add(RelyingPartyService(relying_party_id=party.id, service_id=second.id))
        codes = [first.procedure_code, second.procedure_code]
    for named in (codes[:1], codes):
        browser = world.browser()
        credit = Credit(service_id=first.id if len(named) == 1 else None)
        requested = Requested(scopes=("openid", *(f"service:{code}" for code in named)))
        interaction = browser.open(client_id="many", requested=requested, credit=credit)
        browser.sign_in(interaction, account)
        page = browser.get(f"/signin/{interaction}/consent").text
        assert page.count("Driving licence") == 1
        assert page.count("Birth certificate") == len(named) - 1


def test_a_sign_in_that_is_over_leads_back_to_where_the_service_begins_one(world: World) -> None:
    with world.transaction() as db:
        party = add_relying_party(db, client_id="beginning", agency=add_agency(db, code="G78"))
        party.initiate_login_uri = "https://rp.example/login?from=idp"
    browser = world.browser()
    path = f"/signin/{browser.open(client_id='beginning')}/identifier"
    without = f"/signin/{browser.open()}/identifier"
    assert browser.get(path).status_code == 200
    stranger = world.browser("a-strangers-browser-0123456789")
    link = 'https://rp.example/login?from=idp&amp;iss=http%3A%2F%2Flocalhost%3A8000"'
    with clock.shifted(world.settings.sessions.interaction + timedelta(seconds=1)):
        page = browser.get(path)
        assert page.status_code == 400
        assert link in page.text
        assert "rp.example" not in stranger.get(path).text
        assert "Go on to" not in browser.get(without).text


@pytest.mark.parametrize("environment", list(Environment))
def test_an_application_nobody_has_approved_is_said_to_be_one(
    world: World, environment: Environment
) -> None:
    """G22: any developer of any agency makes one that is live at once, under a name they choose."""
    account, client_id = world.add_account(totp=False), f"{environment}-warned"
    with world.transaction() as db:
        party = add_relying_party(
            db, client_id=client_id, agency=add_agency(db, code=f"Z{len(environment)}0")
        )
        party.environment = environment
    browser = world.browser()
    interaction = browser.open(
        client_id=client_id,
        credit=Credit(relying_party_id=party.id),
        form_action_origin="https://odd.example/callback",
    )
    is_warned = environment is Environment.SANDBOX
    shown = [browser.get(f"/signin/{interaction}/identifier").text]
    browser.sign_in(interaction, account)
    shown.append(browser.get(f"/signin/{interaction}/consent").text)
    for warning in ("This application is being tested", ">TEST<", "https://odd.example"):
        assert [warning in page for page in shown] == [is_warned, is_warned], warning


@pytest.mark.asvs("2.3.1")
def test_consent_needs_the_session_the_interaction_asks_for(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    answer = browser.post(
        f"/signin/{interaction}/consent",
        shown_at=f"/signin/{interaction}/otp",
        **{"consent-allow": "yes"},
    )
    assert answer.headers["location"] == f"/signin/{interaction}/otp"
    assert world.interaction(interaction).consent_decision is None


@pytest.mark.parametrize(
    ("leads_to", "source"),
    [("https://rp.example/cb", "https://rp.example"), ("vn.example.app:/cb", "vn.example.app:")],
)
def test_every_form_may_lead_to_where_the_sign_in_ends(
    world: World, leads_to: str, source: str
) -> None:
    """Browsers apply form-action to the redirects after a POST."""
    account, browser, seen = world.add_account(totp=False), world.browser(), set()

    def look(interaction: str, *pages: str, room: str = "signin") -> None:
        for page in pages:
            answer = browser.get(f"/{room}/{interaction}{page}")
            assert answer.status_code == 200, (page, answer.headers.get("location"))
            policy = answer.headers["content-security-policy"]
            assert f"form-action 'self' {source};" in policy, page
            seen.add(page)

    interaction = browser.open(form_action_origin=leads_to, needed_authentication=2)
    look(interaction, "/identifier", "/register")
    browser.post(f"/signin/{interaction}/register", **{**DECLARED, "number": "001190123456"})
    look(interaction, "/compare")
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    look(interaction, "/password")
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    look(interaction, "/enrol")
    second = world.add_account()
    browser = world.browser("browser-of-somebody-else-01234567")
    interaction = browser.open(form_action_origin=leads_to, needed_authentication=2)
    browser.sign_in(interaction, second)
    look(interaction, "/otp")
    browser.post(f"/signin/{interaction}/otp", otp=second.code())
    with world.transaction() as db:
        agency = add_agency(db, code=f"L{len(source)}")
        party = add_relying_party(db, client_id=f"l{len(source)}", agency=agency)
    asked = browser.open(
        form_action_origin=leads_to,
        credit=Credit(relying_party_id=party.id),
        requested=Requested(scopes=("openid",)),
    )
    look(asked, "/consent", "/representing")
    look(browser.open(form_action_origin=leads_to, needed_acr="LoA4"), "/unmet")
    out = browser.open(form_action_origin=leads_to, return_path="/")
    look(out, "", "/done", room="sign-out")
    assert len(seen) == 11


def test_unmet_explains_and_returns(world: World) -> None:
    account = world.add_account(proofing=1)
    browser = world.browser()
    interaction = browser.open(needed_acr="LoA3", needed_authentication=2)
    answer = browser.sign_in(interaction, account)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    page = browser.get(f"/signin/{interaction}/unmet").text
    assert "needs “Level 3: verified face to face by an official”" in page
    assert "LoA" not in page.partition("<main")[2]
    answer = browser.post(f"/signin/{interaction}/unmet")
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"


@pytest.mark.asvs("7.4.1")
def test_sign_out_ends_the_session_and_says_so(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    out = browser.open(return_path="/")
    assert 'name="logout-confirm"' in browser.get(f"/sign-out/{out}").text
    answer = browser.post(f"/sign-out/{out}", **{"logout-confirm": "yes"})
    assert answer.headers["location"] == f"/sign-out/{out}/done"
    assert browser.session() is None
    assert browser.session_token is None
    assert "You are signed out" in browser.get(f"/sign-out/{out}/done").text


def test_sign_out_leads_back_to_who_asked(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    back = "https://rp.example/bye?state=x"
    out = browser.open(post_logout_uri=back, return_path="/")
    answer = browser.post(f"/sign-out/{out}", **{"logout-confirm": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, back)


@pytest.mark.asvs("7.4.1")
def test_a_slow_code_does_not_revive_a_session_that_was_ended(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        end_session(db, sid=session.sid)
    answer = browser.post(
        f"/signin/{interaction}/otp",
        shown_at=f"/signin/{interaction}/password",
        otp=account.code(),
    )
    assert answer.headers["location"] == f"/signin/{interaction}/password"
    assert browser.session() is None


def test_apps_are_named_with_their_stores_and_who_cannot_install_one_has_a_way(
    world: World,
) -> None:
    """C1: an equal choice, not a sentence in small print; no store but the official ones."""
    browser, account = world.browser(), world.add_account(totp=False)
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    page = browser.get(f"/signin/{interaction}/enrol").text
    stores = re.findall(r'href="https://([^/"]+)/[^"]*"', page)
    assert set(stores) == {"play.google.com", "apps.apple.com"}
    assert len(stores) == 2 * len(re.findall(r"iPhone<", page)) >= 4
    assert "free" in page
    assert re.search(r'<a class="button secondary" href="/help/no-app">', page)
