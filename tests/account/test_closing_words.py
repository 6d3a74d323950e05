"""What the pages of closing say: bounded, and true of an erasure that waits."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from idp.consents.changes import grant_consent
from idp.journal.models import KEPT_YEARS
from idp.kit import clock
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.people.models import Person
from tests.account.recovering import NEW, taken_over
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.account.test_close import CLOSE, CLOSING, signed_in
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_organization, add_relying_party

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def agree(world: World, account: Account, *numbers: int) -> None:
    """With so many services, each with a name of its own."""
    with world.transaction() as db:
        for number in numbers:
            agency = add_agency(db, code=f"many-{number}")
            party = add_relying_party(db, client_id=f"many-{number}", agency=agency)
            party.client_name = f"Dịch vụ số {number}."
            grant_consent(
                db,
                person_id=account.registered.person_id,
                relying_party_id=party.id,
                scopes=["openid"],
                claims=[],
                evidence={},
            )


def test_ten_services_are_named_and_of_more_it_is_said_how_many(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account)
    agree(world, account, *range(10))
    page = owner.get(CLOSE).text
    assert page.count("Dịch vụ số") == 10
    assert "more:" not in page, "the control: ten are ten"
    agree(world, account, *range(10, 22))
    page = owner.get(CLOSE).text
    assert page.count("Dịch vụ số") == 10
    assert "and 12 more:" in page
    assert 'href="/account/services"' in page
    assert f"({KEPT_YEARS} years)" in page
    assert f"archive it for {KEPT_YEARS} years" in OPERATIONS.read_text("utf-8")


def test_ten_duties_are_named_and_of_more_it_is_said_how_many(world: World) -> None:
    account = world.add_account(totp=False)
    with world.transaction() as db:
        for number in range(12):
            company = add_organization(db, tax_code=f"03126878{number:02d}", name=f"Trà {number}")
            db.add(
                Mandate(
                    person_id=account.registered.person_id,
                    role=OrganizationRole.LEGAL_REPRESENTATIVE,
                    organization_id=company.id,
                    valid_on=clock.now().date(),
                    created_at=clock.now(),
                )
            )
    page = signed_in(world, account).get(CLOSE).text
    assert page.count("You represent Trà") == 10
    assert "and 2 more like these" in page


def read_when_over(world: World, account: Account, browser: Browser) -> str:
    """The page of a closed account whose time ended a moment ago, before it is erased."""
    with world.transaction() as db:
        mine = Person.id == account.registered.person_id
        db.execute(update(Person).where(mine).values(closes_at=clock.now() - timedelta(seconds=1)))
    return str(browser.get(CLOSING).text)


def test_who_is_told_that_it_is_erased_at_once_is_not_told_so_while_it_waits(world: World) -> None:
    """It waits as long as the account can be taken back from whoever closed it."""
    mine = world.add_account(totp=False)
    page = read_when_over(world, mine, signed_in(world, mine))
    assert "You can register again in a few minutes." in page, "the control"
    account, _, thief = taken_over(world)
    interaction = thief.open()
    thief.post(f"/signin/{interaction}/identifier", identifier=account.number)
    thief.post(f"/signin/{interaction}/password", password=NEW)
    page = read_when_over(world, account, thief)
    assert "in a few minutes" not in page
    assert "Another person may still show that the account is theirs" in page
