"""A person's own pages: what they show, and what they end."""

import re

import pyotp
import pytest

from idp.catalogue.models import PublicService
from idp.consents.changes import grant_consent
from idp.consents.lookup import list_consents
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.record import record
from idp.kit import clock
from idp.relying_parties.models import Environment
from idp.relying_parties.scopes import SCOPES
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_relying_party


def enter(browser: Browser, account: Account) -> None:
    """Sign in with all the account has."""
    has_app = bool(account.totp_secret)
    interaction = browser.open(needed_authentication=2 if has_app else 1)
    browser.sign_in(interaction, account, code=has_app)


def signed_in(world: World, *, totp: bool = False) -> Browser:
    browser = world.browser()
    enter(browser, world.add_account(totp=totp))
    return browser


PAGES = (
    "/account",
    "/account/activity",
    "/account/sessions",
    "/account/factor",
    "/account/services",
    "/account/receipts",
)


def test_pages_are_for_signed_in_people_only(world: World) -> None:
    stranger = world.browser("strangers-browser-0123456789ab")
    owner = signed_in(world, totp=True)
    for path in PAGES:
        assert re.fullmatch(
            r"/signin/[0-9a-f-]{36}/identifier", stranger.get(path).headers["location"]
        )
        assert owner.get(path).status_code == 200
    assert stranger.get("/").status_code == 200


@pytest.mark.asvs("6.3.4")
def test_a_password_alone_does_not_open_the_account_of_who_has_an_app(world: World) -> None:
    account, browser = world.add_account(), world.browser()
    browser.sign_in(browser.open(), account)
    session = browser.session()
    assert session is not None
    for path in PAGES:
        to_sign_in = browser.get(path).headers["location"]
        code_page = browser.get(to_sign_in).headers["location"]
        assert code_page.endswith("/otp")
    ended = browser.post("/account/sessions/end", shown_at=code_page, sid=str(session.sid))
    assert ended.headers["location"].startswith("/signin/")
    assert browser.session() is not None
    assert browser.post(code_page, otp=account.code()).headers["location"].startswith("/account")
    assert browser.get("/account").status_code == 200


@pytest.mark.asvs("7.5.2", "8.2.2")
def test_ending_a_session_ends_only_ones_own(world: World) -> None:
    account = world.add_account(totp=False)
    here, there = world.browser(), world.browser("another-browser-0123456789-abc")
    for browser in (here, there):
        browser.sign_in(browser.open(), account)
    other = world.browser("strangers-browser-0123456789ab")
    other.sign_in(other.open(), world.add_account(totp=False))
    foreign, mine = other.session(), there.session()
    assert foreign is not None
    assert mine is not None
    path = "/account/sessions"
    here.post(f"{path}/end", shown_at=path, sid=str(foreign.sid))
    assert other.session() is not None
    here.post(f"{path}/end", shown_at=path, sid=str(mine.sid))
    assert there.session() is None
    there.sign_in(there.open(), account)
    here.post(f"{path}/end-others", shown_at=path)
    assert there.session() is None
    assert here.session() is not None


@pytest.mark.asvs("14.3.1")
def test_signing_out_everywhere_ends_every_session_and_only_ones_own(world: World) -> None:
    account = world.add_account(totp=False)
    here, there = world.browser(), world.browser("another-browser-0123456789-abc")
    other = world.browser("strangers-browser-0123456789ab")
    for browser in (here, there):
        browser.sign_in(browser.open(), account)
    other.sign_in(other.open(), world.add_account(totp=False))
    assert here.client.post("/account/sessions/end-all").status_code == 403
    assert here.session() is not None
    answer = here.post("/account/sessions/end-all", shown_at="/account/sessions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (here.session(), there.session(), here.session_token) == (None, None, None)
    assert other.session() is not None


@pytest.mark.asvs("7.5.1")
def test_app_is_replaced_only_after_fresh_authentication_with_the_old_one(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    answer = browser.get("/account/factor/new")
    sign_in = answer.headers["location"]
    assert sign_in.startswith("/signin/")
    step = browser.get(sign_in).headers["location"]
    assert step.endswith("/otp")
    answer = browser.post(step, otp=account.code())
    assert answer.headers["location"] == "/account/factor/new"
    page = browser.get("/account/factor/new").text
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page)
    assert secret
    assert "not right" in browser.refused("/account/factor/new", otp="000000")
    new = pyotp.TOTP(secret.group(1).replace(" ", ""))
    assert browser.post("/account/factor/new", otp=new.at(clock.now())).status_code == 303
    fresh = world.browser("another-browser-0123456789-abc")
    interaction = fresh.open(needed_authentication=2)
    fresh.sign_in(interaction, account)
    fresh.refused(f"/signin/{interaction}/otp", otp=account.code())
    with_new = new.at(int(clock.now().timestamp()) + 30)
    assert fresh.post(f"/signin/{interaction}/otp", otp=with_new).status_code == 303


def test_first_app_is_set_up_with_the_password_just_given(world: World) -> None:
    browser = signed_in(world)
    page = browser.get("/account/factor/new")
    assert page.status_code == 200
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page.text)
    assert secret
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).at(clock.now())
    assert browser.post("/account/factor/new", otp=code).status_code == 303
    session = browser.session()
    assert session is not None
    assert session.authentication == 2


@pytest.mark.asvs("10.4.9", "10.7.3")
def test_withdrawing_consent_takes_it_from_the_list(world: World) -> None:
    browser = signed_in(world)
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        party = add_relying_party(db, client_id="withdrawn-party")
        grant_consent(
            db,
            person_id=session.person_id,
            relying_party_id=party.id,
            scopes=["openid", "profile"],
            claims=["name"],
            evidence={},
        )
    assert "Test Ministry" in browser.get("/account/services").text
    path = "/account/services"
    browser.post(f"{path}/withdraw", shown_at=path, relying_party=str(party.id))
    with world.transaction() as db:
        assert list_consents(db, person_id=session.person_id) == []


def test_each_scope_agreed_to_is_said_in_words(world: World) -> None:
    browser = signed_in(world)
    session = browser.session()
    assert session is not None
    for number, scope in enumerate(SCOPES.values()):
        with world.transaction() as db:
            agency = add_agency(db, code=f"W{number}0")
            party = add_relying_party(db, client_id=f"told-{scope.name}", agency=agency)
            party.client_name = party.client_name_en = f"Told {scope.name}"
            grant_consent(
                db,
                person_id=session.person_id,
                relying_party_id=party.id,
                scopes=["openid", scope.name],
                claims=[],
                evidence={},
            )
        panel = browser.get("/account/services").text.partition(f"<h2>Told {scope.name}</h2>")[2]
        told = panel.partition("<dd>")[2].partition("</dd>")[0].strip()
        assert told == (scope.for_people or "only a reference to you")


def test_claims_agreed_to_one_by_one_are_said_in_words(world: World) -> None:
    """G24, sibling: by the `claims` parameter a service reads more than its scopes say."""
    browser = signed_in(world)
    session = browser.session()
    assert session is not None
    for client_id, claims, said in (
        ("day", ["updated_at"], "The day your details were last changed"),
        ("some", ["name", "given_name", "gender"], "Full name; Sex"),
        ("none", [], "only a reference to you"),
    ):
        with world.transaction() as db:
            agency = add_agency(db, code=f"C-{client_id}")
            party = add_relying_party(db, client_id=client_id, agency=agency)
            party.client_name = party.client_name_en = f"Told {client_id}"
            grant_consent(
                db,
                person_id=session.person_id,
                relying_party_id=party.id,
                scopes=["openid"],
                claims=["sub", *claims],
                evidence={},
            )
        panel = browser.get("/account/services").text.partition(f"<h2>Told {client_id}</h2>")[2]
        assert panel.partition("<dd>")[2].partition("</dd>")[0].strip() == said


def test_the_public_services_agreed_to_are_said_by_name(world: World) -> None:
    browser = signed_in(world)
    session = browser.session()
    assert session is not None
    for client_id, scopes in (("for-one", ["openid", "service:{}"]), ("for-none", ["openid"])):
        with world.transaction() as db:
            party = add_relying_party(
                db, client_id=client_id, agency=add_agency(db, code=client_id)
            )
            party.client_name = party.client_name_en = client_id
            service = db.get_one(PublicService, party.default_service_id)
            grant_consent(
                db,
                person_id=session.person_id,
                relying_party_id=party.id,
                scopes=[scope.format(service.procedure_code) for scope in scopes],
                claims=[],
                evidence={},
            )
    _, *panels = browser.get("/account/services").text.split('<section class="panel">')
    told = {"for-one" in panel: "Test service" in panel for panel in panels}
    assert told == {True: True, False: False}


def test_a_service_that_acted_for_somebody_elsewhere_is_shown_to_them_alone(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    browser.sign_in(browser.open(), account)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="acting", agency=add_agency(db, code="G81"))
        record(
            db,
            event="token.exchanged",
            subject_number=account.registered.subject_number,
            relying_party_id=party.id,
            counted=False,
        )
    assert "Acted for you at another service" in browser.get("/account/activity").text
    other = signed_in(world)
    assert "Acted for you at another service" not in other.get("/account/activity").text


def test_what_a_test_application_did_is_never_said_of_the_service_it_tries(world: World) -> None:
    """G22: its name and agency, marked as a test; of a real one, the service."""
    account, browser = world.add_account(totp=False), world.browser()
    enter(browser, account)
    with world.transaction() as db:
        parties = []
        for name, code in (("Trying agency", "G82"), ("Real agency", "G83")):
            agency = add_agency(db, code=code)
            agency.name_vi = agency.name_en = name
            party = add_relying_party(db, client_id=code, agency=agency)
            party.client_name = party.client_name_en = f"Application of {name}"
            parties.append(party)
            grant_consent(
                db,
                person_id=account.registered.person_id,
                relying_party_id=party.id,
                scopes=["openid"],
                claims=[],
                evidence={},
            )
            record(
                db,
                event="signin.succeeded",
                subject_number=account.registered.subject_number,
                relying_party_id=party.id,
                service_id=party.default_service_id,
            )
        parties[0].environment = Environment.SANDBOX
    rows = re.findall(r"<tr .*?</tr>", browser.get("/account/activity").text, re.DOTALL)
    [real] = [row for row in rows if "Real agency" in row]
    [tried] = [row for row in rows if "Trying agency" in row]
    assert ("Test service" in real, "TEST" in real) == (True, False)
    assert ("Test service" in tried, "TEST" in tried) == (False, True)
    assert "Application of Trying agency" in tried
    panels = browser.get("/account/services").text.split('<section class="panel">')[1:]
    assert {"Trying agency" in panel for panel in panels if ">TEST<" in panel} == {True}
    assert [">TEST<" in panel for panel in panels].count(True) == 1


def test_sign_ins_are_shown_with_what_failed(world: World) -> None:
    account = world.add_account(totp=False)
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password="sai mật khẩu mất rồi")
    browser.sign_in(interaction, account)
    page = browser.get("/account/activity").text
    assert "Wrong password" in page
    assert "Signed in" in page
    assert account.number not in page


def test_a_failed_attempt_is_read_in_the_words_of_its_factor(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    enter(browser, account)
    number = account.registered.subject_number
    for reason in ("password", "code", "something new"):
        with world.transaction() as db:
            record(db, event="signin.attempt_failed", subject_number=number, reason=reason)
    with world.transaction() as db:
        record(db, event="signin.refused", subject_number=number, reason="password")
    page = browser.get("/account/activity").text
    for words in (
        *("Wrong password", "Wrong one-time code", "Sign-in attempt failed"),
        "Sign-in refused",  # another event's reason has no words of a factor
    ):
        assert page.count(f">{words}</span>") == 1


def test_pages_of_the_signed_in_are_asked_for_within_the_share_of_a_source(world: World) -> None:
    """G12: each visitor without a session leaves an interaction, so their source is counted."""
    most = world.settings.throttle.sign_ins_per_source
    answers = [
        world.browser(address="203.0.113.77").get("/account").status_code for _ in range(most + 1)
    ]
    assert answers == [303] * most + [429]


def test_what_others_did_says_in_which_capacity_and_not_who(world: World) -> None:
    """G5: and what the person did says nothing more."""
    account = world.add_account()
    browser = world.browser()
    enter(browser, account)
    with world.transaction() as db:
        number = account.registered.subject_number
        acted_by(db, Actor(Capacity.DESK, 987_654_321, "quay-so-5"))
        record(db, event="person.password_changed", subject_number=number)
    page = browser.get("/account/activity").text
    assert page.count("by a one-stop shop") == 1
    assert "987654321" not in page
    assert "quay-so-5" not in page
