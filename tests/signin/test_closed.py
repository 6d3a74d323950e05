"""The page for whom an application is not open: it says why, whom to ask, and how to go on."""

import pytest
from sqlalchemy import update

from idp.interactions.opening import Credit
from idp.people.models import Person
from idp.relying_parties.models import Environment
from tests.signin.conftest import Browser, World
from tests.support.people import add_agency, add_relying_party


def someone_before(world: World, environment: Environment, *, is_test: bool) -> tuple[Browser, str]:
    """Somebody signed in on the way to an application; the address of the page."""
    client_id = f"{environment}-closed-{is_test}"
    with world.transaction() as db:
        agency = add_agency(db, code=client_id)
        party = add_relying_party(db, client_id=client_id, agency=agency)
        party.environment = environment
    account, browser = world.add_account(totp=False), world.browser()
    interaction = browser.open(
        client_id=client_id,
        credit=Credit(relying_party_id=party.id),
        form_action_origin="https://odd.example/callback",
    )
    browser.sign_in(interaction, account)
    with world.transaction() as db:
        of_them = Person.id == account.registered.person_id
        db.execute(update(Person).where(of_them).values(is_test=is_test))
    return browser, f"/signin/{interaction}/closed"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            (
                "Only invited people may try this application",
                "Cổng thử is a test application of Test Ministry.",
                "Ask its team to add your personal number.",
                ">TEST<",
            ),
        ),
        (
            "vi",
            (
                "Chỉ người được mời mới dùng thử được ứng dụng này",
                "Cổng thử là ứng dụng thử nghiệm của Bộ Thử.",
                ">THỬ NGHIỆM<",
            ),
        ),
    ],
)
def test_an_application_that_is_tried_says_whom_to_ask_and_where_it_leads(
    world: World, language: str, sentences: tuple[str, ...]
) -> None:
    """G22: in both languages, with the address behind the agency's name."""
    browser, path = someone_before(world, Environment.SANDBOX, is_test=language == "vi")
    with world.transaction() as db:
        db.execute(update(Person).values(is_test=False))
    browser.client.cookies.set(browser.names.language, language, domain="localhost.local")
    page = browser.get(path).text
    for sentence in (*sentences, "Nguyễn Thị Hoa", "https://odd.example", "/end_session"):
        assert sentence in page, sentence
    left = browser.post(path)
    assert (left.status_code, left.headers["location"].split("/")[1]) == (303, "authorize")


def test_a_real_service_tells_test_people_what_they_are_for(world: World) -> None:
    browser, path = someone_before(world, Environment.PRODUCTION, is_test=True)
    page = browser.get(path).text
    assert "This service is for real people only" in page
    assert "Nguyễn Thị Hoa is a test person." in page
    assert ">TEST<" not in page


def test_nobody_sees_it_who_is_not_signed_in(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    answer = browser.get(f"/signin/{interaction}/closed")
    assert answer.headers["location"] == f"/signin/{interaction}/identifier"
