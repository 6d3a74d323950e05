"""D2, D3: whoever is asked reads who receives what, and why; a receipt of it stays."""

import re

import pytest

from idp.consents.changes import withdraw_consent
from idp.interactions.opening import Credit, Requested
from idp.relying_parties.models import RelyingParty
from idp.web.routes import room_router
from tests.signin.conftest import Browser, World
from tests.support.consents import find_consent, list_agreements
from tests.support.people import add_agency, add_relying_party

CLAIMS = ("gender", "birthdate", "name", "sub")


@pytest.fixture
def party(world: World) -> RelyingParty:
    """A party that says what for; its agency is told from its name."""
    with world.transaction() as db:
        agency = add_agency(db, code=f"G99.{next(_serial)}")
        agency.name_en = "Ministry of Licences"
        party = add_relying_party(db, client_id=f"says-{next(_serial)}", agency=agency)
        party.client_name_en = "Licence exchange"
        party.purpose_vi, party.purpose_en = "đổi giấy phép", "exchanging your licence"
        party.claim_purposes_en = ["gender: choosing the form of address"]
        party.claim_purposes_vi = ["gender: để xưng hô"]
    return party


_serial = iter(range(10, 10_000))


def asked(world: World, party: RelyingParty, *claims: str) -> tuple[Browser, str]:
    """A browser before the question, and the question's address."""
    browser = world.browser(f"browser-of-purposes-{next(_serial):012}")
    interaction = browser.open(
        client_id=party.client_id,
        credit=Credit(relying_party_id=party.id),
        requested=Requested(scopes=("openid",), claims=claims or CLAIMS),
    )
    browser.sign_in(interaction, world.add_account(totp=False))
    return browser, f"/signin/{interaction}/consent"


def read(browser: Browser, path: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(path).text).split())


def test_the_agency_receives_for_the_purpose_in_the_order_of_a_card(
    world: World, party: RelyingParty
) -> None:
    browser, path = asked(world, party)
    text = read(browser, path)
    assert "For: exchanging your licence" in text
    assert "If you agree, Ministry of Licences receives for this purpose:" in text
    places = [text.index(label) for label in ("Full name", "Date of birth", "Sex")]
    assert places == sorted(places)


def test_data_that_is_for_something_else_says_so(world: World, party: RelyingParty) -> None:
    browser, path = asked(world, party)
    line = read(browser, path).partition("Sex")[2]
    assert "For: choosing the form of address" in line
    browser, path = asked(world, party, "name")
    assert "form of address" not in read(browser, path), "the control: it is not asked for"


def test_the_service_is_the_purpose_where_none_is_said(world: World) -> None:
    with world.transaction() as db:
        agency = add_agency(db, code=f"G98.{next(_serial)}")
        party = add_relying_party(db, client_id=f"silent-{next(_serial)}", agency=agency)
        service_id = party.default_service_id
    browser = world.browser(f"browser-of-purposes-{next(_serial):012}")
    interaction = browser.open(
        client_id=party.client_id,
        credit=Credit(relying_party_id=party.id, service_id=service_id),
        requested=Requested(scopes=("openid",), claims=CLAIMS),
    )
    browser.sign_in(interaction, world.add_account(totp=False))
    path = f"/signin/{interaction}/consent"
    text = read(browser, path)
    assert "For:" not in text, "it stands above already"
    assert "receives for this purpose:" in text.partition("Test service")[2]
    browser.post(path, **{"consent-allow": "yes"})
    with world.transaction() as db:
        [agreement] = list_agreements(db, relying_party_id=party.id)
    assert agreement.evidence["purpose"] == "Test service"


def test_a_yes_keeps_the_purpose_and_a_receipt_that_outlives_it(
    world: World, party: RelyingParty
) -> None:
    """Withdrawn, it says until when."""
    if not any(getattr(route, "path", "") == "/account" for route in world.app.routes):
        world.app.router.routes += room_router("idp.account").routes
    browser, path = asked(world, party)
    browser.post(path, **{"consent-allow": "yes"})
    session = browser.session()
    assert session is not None
    between = {"person_id": session.person_id, "relying_party_id": party.id}
    with world.transaction() as db:
        given = find_consent(db, **between)
        [agreement] = list_agreements(db, relying_party_id=party.id)
    assert given is not None
    assert len(given.purpose_key) == 32
    assert agreement.evidence["purpose"] == "exchanging your licence"
    assert agreement.evidence["receiver"] == "Ministry of Licences"
    for state, gone in (("In force", "Withdrawn"), ("Withdrawn", "In force")):
        receipt = read(browser, "/account/receipts").partition("Licence exchange")[2]
        for words in (state, "Ministry of Licences", "exchanging your licence", "Full name"):
            assert words in receipt
        assert gone not in receipt
        with world.transaction() as db:
            withdraw_consent(db, **between)


def test_who_registers_reads_what_is_kept_before_the_first_field(world: World) -> None:
    browser = world.browser()
    page = browser.get(f"/signin/{browser.open()}/register").text
    before = page.partition("<form")[0]
    assert "compared with the national population database" in before
    assert "only when you agree" in before
