"""What people see of themselves, and for whom they have acted."""

import pytest

from idp.journal.record import record
from idp.kit import clock
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_organization, add_representative

PATH = "/account/details"


def enter(world: World, account: Account) -> Browser:
    browser = world.browser()
    has_app = bool(account.totp_secret)
    browser.sign_in(browser.open(needed_authentication=1 + has_app), account, code=has_app)
    return browser


def test_owners_see_themselves_with_the_number_masked(world: World) -> None:
    account = world.add_account(totp=False)
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.EMAIL,
            value="hoa@example.vn",
            at=clock.now(),
        )
    page = enter(world, account).get(PATH).text
    assert account.number not in page
    assert account.number[-4:] in page
    for seen in ("Nguyễn Thị Hoa", "17/05/1990", "hoa@example.vn", "Not verified"):
        assert seen in page


@pytest.mark.parametrize(
    ("proofing", "totp", "acr", "advice"),
    [
        (0, False, "LoA1", ("Set up an authenticator app", "Take your ID card")),
        (1, False, "LoA1", ("Set up an authenticator app", "Take your ID card")),
        (1, True, "LoA2", ("they verify you on the spot",)),
        (2, False, "LoA1", ("Set up an authenticator app",)),
        (2, True, "LoA3", ("nothing more to do",)),
    ],
)
def test_the_level_is_told_with_the_way_to_the_next(
    world: World, proofing: int, totp: bool, acr: str, advice: tuple[str, ...]
) -> None:
    page = enter(world, world.add_account(proofing=proofing, totp=totp)).get(PATH).text
    assert acr in page
    assert all(sentence in page for sentence in advice)
    assert ("Set up an authenticator app" in page) is not totp


def test_organizations_are_ones_own_and_named_in_the_history(world: World) -> None:
    account = world.add_account(totp=False)
    with world.transaction() as db:
        organization = add_organization(db, tax_code="0100233488", name="Công ty Sông Hàn")
        person_id = account.registered.person_id
        add_representative(db, organization_id=organization.id, person_id=person_id)
        number = organization.organization_number
    browser = enter(world, account)
    assert "0100233488" in browser.get(PATH).text
    assert "On behalf of" not in browser.get("/account/activity").text
    with world.transaction() as db:
        record(
            db,
            event="signin.succeeded",
            subject_number=account.registered.subject_number,
            organization_number=number,
        )
    assert "Công ty Sông Hàn" in browser.get("/account/activity").text
    stranger = enter(world, world.add_account(totp=False))
    assert "Công ty Sông Hàn" not in stranger.get(PATH).text
    assert "Công ty Sông Hàn" not in stranger.get("/account/activity").text
