"""A slip can be corrected before an account is made, and the population register is not told on."""

import re

import pytest
from sqlalchemy import func, select

from idp.journal.models import JournalEntry
from idp.people.models import Person
from tests.signin.conftest import PASSWORD, Browser, World

DECLARED = {
    "name": "Trần Văn Bình",
    "birthdate": "17/05/1990",
    "sex": "male",
    "password": PASSWORD,
    "again": PASSWORD,
}
ANYWAY = {"register-anyway": "yes"}


def accounts(world: World) -> int:
    with world.transaction() as db:
        return int(db.scalar(select(func.count()).select_from(Person)) or 0)


def new_man(world: World) -> str:
    return world.new_number().replace("0011", "0010", 1)


def send(browser: Browser, interaction: str, **fields: str) -> str:
    """Send the registration form; where it leads."""
    answer = browser.post(f"/signin/{interaction}/register", **{**DECLARED, **fields})
    return str(answer.headers["location"]).rpartition("/")[2]


def test_a_slip_is_corrected_before_an_account_is_made(world: World) -> None:
    number, before = new_man(world), accounts(world)
    world.add_to_register(number, DECLARED["name"])
    browser = world.browser()
    interaction = browser.open()
    assert send(browser, interaction, number=number, name="Trần Văn Minh") == "unmatched"
    page = browser.get(f"/signin/{interaction}/unmatched").text
    for text in (number, "Trần Văn Minh", "17/05/1990", "Male"):
        assert text in page, text
    assert PASSWORD not in page
    assert accounts(world) == before
    answer = browser.post(f"/signin/{interaction}/unmatched", correct="yes")
    assert answer.headers["location"] == f"/signin/{interaction}/register"
    page = browser.get(f"/signin/{interaction}/register").text
    assert 'value="Trần Văn Minh"' in page
    assert PASSWORD not in page
    assert send(browser, interaction, number=number) == interaction
    session = browser.session()
    assert session is not None
    assert session.proofing == 1
    assert accounts(world) == before + 1


def test_a_number_the_register_has_and_one_it_has_not_look_the_same(world: World) -> None:
    known, unknown, held = new_man(world), new_man(world), world.add_account().number
    world.add_to_register(known, DECLARED["name"])
    world.add_to_register(held, "Nguyễn Thị Hoa")
    seen = set()
    for number in (known, unknown, held):
        browser = world.browser()
        interaction = browser.open()
        assert send(browser, interaction, number=number, name="Trần Văn Minh") == "unmatched"
        left = len(str(browser.client.cookies.get(browser.names.kept)))
        page = browser.get(f"/signin/{interaction}/unmatched").text
        seen.add((left, re.sub(r"[0-9a-f-]{36}|[0-9a-f]{64}", "", page.replace(number, ""))))
    assert len(seen) == 1


def test_who_insists_has_an_unproven_account_and_goes_on(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    assert send(browser, interaction, number=new_man(world)) == "unmatched"
    assert "one-stop shop" in browser.get(f"/signin/{interaction}/unmatched").text
    answer = browser.post(f"/signin/{interaction}/unmatched", **ANYWAY)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    session = browser.session()
    assert session is not None
    assert session.proofing == 0
    assert browser.client.cookies.get(browser.names.kept) is None


def test_the_password_chosen_is_the_one_that_opens_the_account(world: World) -> None:
    number, browser = new_man(world), world.browser()
    interaction = browser.open()
    send(browser, interaction, number=number)
    browser.post(f"/signin/{interaction}/unmatched", **ANYWAY)
    later = world.browser("a-browser-of-the-next-day-01234567")
    interaction = later.open()
    later.post(f"/signin/{interaction}/identifier", identifier=number)
    later.refused(f"/signin/{interaction}/password", password="something else entirely")
    later.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert later.session() is not None


def test_nothing_is_made_without_a_form_that_was_sent_before(world: World) -> None:
    browser, before = world.browser(), accounts(world)
    interaction = browser.open()
    path = f"/signin/{interaction}/unmatched"
    assert browser.get(path).headers["location"] == f"/signin/{interaction}/register"
    answer = browser.post(path, shown_at=f"/signin/{interaction}/register", **ANYWAY)
    assert answer.headers["location"] == f"/signin/{interaction}/register"
    assert accounts(world) == before


def test_a_number_somebody_holds_is_told_of_only_who_insists(world: World) -> None:
    number = new_man(world)
    squatter, owner = world.browser("squatters-browser-0123456789ab"), world.browser()
    for browser in (squatter, owner):
        interaction = browser.open()
        assert send(browser, interaction, number=number) == "unmatched"
        browser.post(f"/signin/{interaction}/unmatched", **ANYWAY)
    assert squatter.session() is not None
    assert owner.session() is None
    page = owner.get(f"/signin/{interaction}/register").text
    assert "Someone has registered this number" in page


@pytest.mark.asvs("2.3.2")
def test_guessing_at_one_number_ends(world: World) -> None:
    number, limit = new_man(world), world.settings.throttle.source_limit // 10
    for n in range(limit + 1):
        browser = world.browser(address=f"198.51.100.{n}")
        interaction = browser.open()
        led_to = send(browser, interaction, number=number)
        assert led_to == ("unmatched" if n < limit else "register")
    page = browser.get(f"/signin/{interaction}/register").text
    assert "Too many registrations" in page
    assert send(browser, interaction, number=new_man(world)) == "unmatched"


def test_journal_learns_nothing_of_a_slip(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    with world.transaction() as db:
        before = db.scalar(select(func.count()).select_from(JournalEntry))
    send(browser, interaction, number=new_man(world))
    with world.transaction() as db:
        assert db.scalar(select(func.count()).select_from(JournalEntry)) == before
