"""At the desk: codes are printed, a form is answered once, two officials give two halves."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from idp.accounts.changes import give_factor
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, RECOVERY_CODE, TOTP
from idp.factors.recovery_codes import use_code
from idp.factors.totp import new_app, new_secret
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from tests.console.test_people import (
    ACTS,
    CARD,
    CODE,
    KNOWN,
    PATH,
    actor,
    form_of,
    hand_in,
    make,
    operator_number,
    read,
)
from tests.console.test_people import _population as _population  # noqa: PLC0414 - fixtures
from tests.support.people import give_codes
from tests.support.staff import staff_visitor
from tests.support.visitor import Page, Visitor

SHEET = {f"sheet_{name}": value for name, value in CARD.items()}
LOST = {f"lost_{name}": value for name, value in CARD.items()}
CODES = re.compile(r"<li><code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code></li>")
PASSWORD_SHOWN = re.compile(r"<code tabindex=\"0\">([a-z0-9-]{23})</code>")
SOMEBODY = "001190000208"
NUMBERS = iter(number for number in KNOWN if number != SOMEBODY)


@pytest.fixture(scope="module")
def somebody(app: FastAPI) -> Person:
    """Whom the forms are about that are refused."""
    return make(app, SOMEBODY, proofing=2)


@pytest.fixture
def number() -> str:
    """One that the register knows, and no other test of this file has."""
    return next(NUMBERS)


def sheet(number: str, **more: str) -> dict[str, str]:
    return {"sheet_number": number, "sheet_seen": "yes", **SHEET, **more}


def lost(number: str, what: str = "password") -> dict[str, str]:
    return {"lost_number": number, "lost_what": what, "lost_seen": "yes", **LOST}


def give_app(app: FastAPI, person: Person) -> None:
    keyring, at = app.state.runtime.keyring, clock.now()
    with transaction(app.state.runtime.engine) as db:
        give_factor(db, new_app(keyring, person_id=person.id, secret=new_secret(), at=at), at=at)


def held(app: FastAPI, person: Person) -> tuple[object, ...]:
    with transaction(app.state.runtime.engine) as db:
        return read_credentials(db, person_id=person.id).held


def count(app: FastAPI, event: str, person: Person) -> int:
    about = (JournalEntry.event == event, JournalEntry.subject_number == person.subject_number)
    with transaction(app.state.runtime.engine) as db:
        return len(db.scalars(select(JournalEntry.id).where(*about)).all())


def is_open(page: Page, act: str) -> bool:
    """Whether the page has that form."""
    return f'action="/console/people/{act}"' in page.text


def test_whoever_has_no_phone_gets_a_sheet_once(
    app: FastAPI, operator: Visitor, number: str
) -> None:
    person = make(app, number, proofing=2)
    page = hand_in(operator, sheet(number))
    assert page.path == "/console/people/sheet"
    codes = CODES.findall(page.text)
    assert len(set(codes)) == 10
    assert "within" not in page.url
    assert held(app, person) == (PASSWORD, RECOVERY_CODE)
    assert actor(app, "factor.enrolled", person) == operator_number(app)
    again = operator.open(f"{PATH}/sheet")
    assert (again.path, CODES.findall(again.text)) == ("/console/people", [])
    assert codes[0] not in operator.open(PATH).text
    with transaction(app.state.runtime.engine) as db:
        keyring, at = app.state.runtime.keyring, clock.now()
        assert use_code(db, keyring=keyring, person_id=person.id, typed=codes[9], at=at)


def test_pressed_twice_it_is_one_sheet(app: FastAPI, operator: Visitor, number: str) -> None:
    """The second press sees what the first one made, and the paper in the printer stays good."""
    person, form = make(app, number, proofing=2), form_of(operator, "sheet_number")
    first = CODES.findall(operator.submit(form, sheet(number)).text)
    second = CODES.findall(operator.submit(form, sheet(number)).text)
    assert first == second != []
    with clock.shifted(timedelta(minutes=1)):
        late = operator.submit(form, sheet(number))
        assert late.is_refused
        assert "nothing was done again" in late.text
    assert (count(app, "factor.enrolled", person), count(app, "factor.replaced", person)) == (1, 0)
    anew = CODES.findall(hand_in(operator, sheet(number)).text)
    assert anew != first
    assert count(app, "factor.replaced", person) == 1


def test_pressed_twice_it_is_one_password(app: FastAPI, operator: Visitor, number: str) -> None:
    """Two presses set two, and the person went home with the first."""
    person, form = make(app, number, proofing=2), form_of(operator, "lost_number")
    first = PASSWORD_SHOWN.search(operator.submit(form, lost(number)).text)
    second = PASSWORD_SHOWN.search(operator.submit(form, lost(number)).text)
    assert first
    assert second
    assert first[1] == second[1]
    with clock.shifted(timedelta(minutes=1)):
        late = operator.submit(form, lost(number))
        assert late.is_refused
        assert "nothing was done again" in late.text
    assert count(app, "person.password_changed", person) == 1
    anew = PASSWORD_SHOWN.search(hand_in(operator, lost(number)).text)
    assert anew
    assert anew[1] != first[1]


def test_a_password_and_a_sheet_are_two_officials_to_give(
    app: FastAPI, operator: Visitor, number: str
) -> None:
    person = make(app, number, proofing=2)
    assert PASSWORD_SHOWN.search(hand_in(operator, lost(number)).text)
    refused = hand_in(operator, sheet(number))
    assert refused.is_refused
    assert "ask a colleague" in refused.text
    assert is_open(refused, "sheet")
    assert held(app, person) == (PASSWORD,)
    assert actor(app, "desk.colleague_needed", person) == operator_number(app)
    colleague = staff_visitor(app, StaffRole.OPERATOR)
    assert CODES.findall(hand_in(colleague, sheet(number)).text)


def test_an_app_that_is_there_is_told_and_taken_away_as_lost(
    app: FastAPI, operator: Visitor, number: str
) -> None:
    person = make(app, number, proofing=2)
    give_app(app, person)
    asked = hand_in(operator, sheet(number))
    assert asked.is_refused
    assert f"one-time code, since {clock.here(clock.now()):%d/%m/%Y}" in asked.text
    assert held(app, person) == (PASSWORD, TOTP)
    assert CODES.findall(operator.submit(asked, sheet(number, sheet_lost="yes")).text)
    assert held(app, person) == (PASSWORD, RECOVERY_CODE)
    assert count(app, "person.password_changed", person) == 0, "the official knows none"


def test_a_sheet_that_was_not_shown_is_asked_about(
    app: FastAPI, operator: Visitor, number: str
) -> None:
    """Made in a hijacked session of an unproven account, it was confirmed with the app."""
    person, runtime = make(app, number, proofing=None, ways=2), app.state.runtime
    give_app(app, person)
    with transaction(runtime.engine) as db:
        give_codes(db, keyring=runtime.keyring, person_id=person.id)
    typed = {"number": number, "code": CODE, **CARD}
    asked = hand_in(operator, typed)
    assert asked.is_refused
    assert "recovery code, since" in asked.text
    assert (read(app, person.id).proofing, is_open(asked, "prove")) == (0, True)
    done = operator.submit(asked, {**typed, "spares": "remove"})
    assert "Verified face to face" in done.text
    assert held(app, person) == (PASSWORD, TOTP)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"sheet_number": "123"}, "12 digits"),
        ({"sheet_number": "001190000299"}, "No account holds this number"),
        ({"sheet_seen": ""}, "Compare card and face"),
        ({"sheet_name": ""}, "full name"),
        ({"sheet_name": "Trần Mai"}, "says another name"),
        ({"sheet_birthdate": "1"}, "dd/mm/yyyy"),
    ],
)
def test_a_refusal_says_why_in_the_form_that_was_sent(
    operator: Visitor, somebody: Person, fields: dict[str, str], says: str
) -> None:
    assert somebody.proofing == 2
    form = form_of(operator, "sheet_number").form("sheet_number").fields
    sent = {**form, **sheet(SOMEBODY), **fields}
    sent = {name: value for name, value in sent.items() if name != "sheet_seen" or value}
    answer = operator.post(f"{PATH}/sheet", sent)
    assert answer.is_refused
    assert says in answer.text
    assert is_open(answer, "sheet")
    assert not is_open(answer, "lost")


def test_who_was_not_seen_is_verified_first(app: FastAPI, operator: Visitor, number: str) -> None:
    person = make(app, number, proofing=1)
    answer = hand_in(operator, sheet(number))
    assert answer.is_refused
    assert "Verify the person first" in answer.text
    assert held(app, person) == (PASSWORD,)


def test_a_page_has_the_form_that_is_wanted_and_no_other(operator: Visitor) -> None:
    """With all five it was 4,500 pixels long on a phone, and weighed 13 kB."""
    forms = re.compile(r'action="/console/people/')
    page = operator.open(PATH)
    assert forms.findall(page.text) == []
    for act in ACTS.values():
        assert f'href="/console/people?act={act}#{act}"' in page.text
        assert len(forms.findall(operator.open(f"{PATH}?act={act}").text)) == 1
    assert forms.findall(operator.open(f"{PATH}?act=made-up").text) == []
