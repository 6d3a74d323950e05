"""G22: an application that nobody has approved is for its testers, and test people are for it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.catalogue.models import Agency, Tier
from idp.journal.models import Outcome
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from idp.relying_parties.models import Environment, RelyingParty
from idp.testers.invitations import list_testers, remove_tester
from tests.oidc.conftest import ALL_SCOPES, Browser, World, answer_of, page_of
from tests.oidc.device import add_kiosk, asked, error_of, poll, type_code
from tests.oidc.test_introspection import introspect
from tests.oidc.test_token_exchange import GRANTS, exchange
from tests.support.people import equip_staff
from tests.support.statements import statements

Prepare = Callable[[World, Person, RelyingParty], None]


@pytest.fixture
def sandbox(world: World) -> RelyingParty:
    return world.party("trial", environment=Environment.SANDBOX)


def visitor(world: World, party: RelyingParty, **values: Any) -> tuple[Person, Browser]:
    """Somebody signed in who once agreed with the application."""
    person, browser = world.person(**values), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    return person, browser


def appoint(world: World, person: Person, role: StaffRole, **values: Any) -> None:
    since = clock.now() - timedelta(days=30)
    usual = {"agency_id": world.agency_id, "valid_on": since.date(), "created_at": since}
    with transaction(world.engine) as db:
        holder = db.get_one(Person, person.id)
        holder.proofing = 2
        equip_staff(db, holder)
        start_mandate(db, Mandate(person_id=person.id, role=role, **{**usual, **values}))


def nothing(_world: World, _person: Person, _party: RelyingParty) -> None:
    """Just anybody."""


def of_another_agency(world: World, person: Person, _party: RelyingParty) -> None:
    names = {"name_vi": "Tên", "name_en": "Name"}
    other = Agency(code="G02", tier=Tier.CENTRAL, valid_on=date(2020, 1, 1), **names)
    with transaction(world.engine) as db:
        db.add(other)
    appoint(world, person, StaffRole.AGENCY_DEVELOPER, agency_id=other.id)


def of_the_operator(world: World, person: Person, _party: RelyingParty) -> None:
    appoint(world, person, StaffRole.OPERATOR, agency_id=None)


def whose_post_ended(world: World, person: Person, _party: RelyingParty) -> None:
    today = clock.now().date()
    appoint(world, person, StaffRole.AGENCY_DEVELOPER, ended_on=today)


def invited_elsewhere(world: World, person: Person, _party: RelyingParty) -> None:
    world.invite(person, world.party("another trial", environment=Environment.SANDBOX))


def of_the_team(world: World, person: Person, _party: RelyingParty) -> None:
    appoint(world, person, StaffRole.AGENCY_DEVELOPER)


def owning(world: World, person: Person, _party: RelyingParty) -> None:
    appoint(world, person, StaffRole.AGENCY_OWNER)


def invited(world: World, person: Person, party: RelyingParty) -> None:
    world.invite(person, party)


@pytest.mark.parametrize(
    "prepare", [nothing, of_another_agency, of_the_operator, whose_post_ended, invited_elsewhere]
)
def test_an_application_of_the_sandbox_is_closed_to_everybody(
    world: World, sandbox: RelyingParty, prepare: Prepare
) -> None:
    """G22: whatever they agreed to, they see a page, and the application hears access_denied."""
    person, browser = visitor(world, sandbox)
    prepare(world, person, sandbox)
    silent = answer_of(browser.authorize(client_id="trial", prompt="none"))
    assert silent["error"] == "access_denied"
    interaction_id, page = page_of(browser.authorize(client_id="trial"))
    assert page == "closed"
    answer = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert (answer["error"], answer["state"]) == ("access_denied", "st4te")
    [outcome] = world.outcomes()
    assert (outcome.outcome, outcome.reason) == (Outcome.REFUSED, "access_denied")
    assert outcome.counted is False


@pytest.mark.parametrize("prepare", [of_the_team, owning, invited])
def test_it_is_open_to_its_team_and_to_whom_that_invited(
    world: World, sandbox: RelyingParty, prepare: Prepare
) -> None:
    """The control; nothing of it is counted, and nobody is known by production's subject."""
    person, browser = visitor(world, sandbox)
    prepare(world, person, sandbox)
    tokens = browser.redeem(browser.code(client_id="trial"), client_id="trial").json()
    subject = world.verify(tokens["id_token"]).claims["sub"]
    assert subject == browser.userinfo(tokens["access_token"]).json()["sub"] != person.id.hex
    assert [(o.outcome, o.counted) for o in world.outcomes()] == [(Outcome.SUCCESS, False)]


def test_whoever_is_invited_is_still_asked(world: World, sandbox: RelyingParty) -> None:
    person, browser = world.person(), world.browser()
    world.invite(person, sandbox)
    browser.sign_in(person)
    assert page_of(browser.authorize(client_id="trial"))[1] == "consent"


def test_test_people_try_applications_and_nothing_else(world: World, sandbox: RelyingParty) -> None:
    """G22: made-up people come to no real service, so no figure has anything of them."""
    real = world.party()
    person, browser = visitor(world, sandbox, is_test=True)
    world.consent(person, real)
    assert browser.code(client_id="trial")
    interaction_id, page = page_of(browser.authorize())
    assert page == "closed"
    answer = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert answer["error"] == "access_denied"
    assert answer_of(browser.authorize(prompt="none"))["error"] == "access_denied"
    someone, usual = world.person(), world.browser()
    world.consent(someone, real)
    usual.sign_in(someone)
    assert usual.code(), "the control"


def test_who_asks_to_sign_in_as_somebody_else_may(world: World, sandbox: RelyingParty) -> None:
    """The person signed in here is no tester; the page to sign in comes first."""
    _, browser = visitor(world, sandbox)
    assert page_of(browser.authorize(client_id="trial", prompt="login"))[1] == "identifier"


def test_whoever_is_invited_no_more_has_access_no_more(world: World, sandbox: RelyingParty) -> None:
    """G22: what they granted ends with the invitation, offline access too."""
    (person, browser), (other, others) = visitor(world, sandbox), visitor(world, sandbox)
    tokens = []
    for one, there in ((person, browser), (other, others)):
        world.invite(one, sandbox)
        code = there.code(client_id="trial")
        tokens.append(there.redeem(code, client_id="trial").json()["access_token"])
    keyring, party = world.part.keyring, sandbox.id
    with transaction(world.engine) as db:
        first, _ = list_testers(db, keyring=keyring, relying_party_id=party)
        removal: dict[str, Any] = {"keyring": keyring, "at": clock.now()}
        assert remove_tester(db, relying_party_id=party, tester_id=first.id, **removal)
        assert not remove_tester(db, relying_party_id=party, tester_id=first.id, **removal)
    statuses = [browser.userinfo(token).status_code for token in tokens]
    assert statuses == [401, 200]
    assert page_of(browser.authorize(client_id="trial"))[1] == "closed"
    assert others.code(client_id="trial")


@pytest.mark.parametrize("role", [StaffRole.AGENCY_DEVELOPER, StaffRole.AGENCY_OWNER])
def test_who_leaves_the_team_is_signed_out_of_its_applications(
    world: World, role: StaffRole
) -> None:
    """G22: whatever they hold of a grant: codes, refresh tokens, access tokens, exchanged ones."""
    documents = "https://documents.example/api"
    usual: dict[str, Any] = {"environment": Environment.SANDBOX, "grant_types": GRANTS}
    party = world.party("trial", **usual, resources=[documents])
    world.party(
        "documents", **usual, scope="profile", audiences=[documents], exchange_clients=["trial"]
    )
    (person, browser), (other, others) = visitor(world, party), visitor(world, party)
    appoint(world, person, role)
    world.invite(other, party)
    held = [(there, *given(there)) for there in (browser, others)]
    with transaction(world.engine) as db:
        post = db.scalars(select(Mandate).filter_by(person_id=person.id)).one()
        post.ended_on = clock.now().date()
    for there, code, tokens in held:
        answers = [
            there.userinfo(tokens["access_token"]),
            exchange(there, tokens["access_token"], client_id="trial"),
            there.redeem(code, client_id="trial"),
            there.token(
                client_id="trial", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
            ),
        ]
        is_out = there is browser
        assert [answer.status_code for answer in answers] == (
            [401, 400, 400, 400] if is_out else [200] * 4
        )
        for kind in ("access_token", "refresh_token"):
            token = tokens[kind] if is_out or kind == "access_token" else answers[-1].json()[kind]
            found = introspect(there, token, client_id="trial").json()
            assert found["active"] is not is_out
        assert answers[1].json().get("error") == ("invalid_request" if is_out else None)


def given(browser: Browser) -> tuple[str, dict[str, Any]]:
    """A code that waits, and tokens with offline access."""
    page = browser.authorize(client_id="trial", scope=ALL_SCOPES, prompt="consent")
    interaction_id, _ = page_of(page)
    browser.world.agree(interaction_id)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    tokens: dict[str, Any] = browser.redeem(code, client_id="trial").json()
    return browser.code(client_id="trial"), tokens


def test_whether_somebody_may_try_costs_one_statement_and_real_services_none(
    world: World, sandbox: RelyingParty
) -> None:
    real = world.party()
    person, browser = visitor(world, sandbox)
    world.consent(person, real)
    world.invite(person, sandbox)
    counted = []
    for client_id in ("rp", "trial"):
        answer = browser.redeem(browser.code(client_id=client_id), client_id=client_id)
        token = answer.json()["access_token"]
        assert browser.userinfo(token).status_code == 200
        with statements(world.engine) as sent:
            assert browser.userinfo(token).status_code == 200
        counted.append(len(sent))
    assert counted == [2, 3]


def test_a_device_of_the_sandbox_is_for_testers_too(world: World) -> None:
    add_kiosk(world, environment=Environment.SANDBOX)
    device = world.browser("device-of-the-tests-0123456789")
    codes = asked(device)
    browser = world.browser()
    browser.sign_in(world.person())
    typed = type_code(browser, codes["user_code"])
    interaction_id, page = page_of(browser.get(typed.headers["location"]))
    assert page == "closed"
    over = browser.get(f"/device/resume/{interaction_id}")
    assert over.headers["location"] == "/device/denied"
    assert error_of(poll(device, codes)) == "access_denied"
