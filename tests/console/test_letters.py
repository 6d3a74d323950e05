"""The page of codes by post: printed by one official, read by nobody else, noted when returned."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urljoin
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.people.identifiers import give_number
from idp.people.letters import add_letter
from idp.people.models import Person, PersonLetter, Sex
from idp.people.population import PopulationEntry, import_population
from tests.support.people import add_person
from tests.support.staff import BASE, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/letters"
NAME = "Nguyễn Thị Thử"
_numbers = count(1)


def wait_for(app: FastAPI, *, language: str = "vi", name: str = NAME) -> tuple[UUID, int]:
    """Somebody whom the register knows has asked for a letter; who, and their number here."""
    runtime, nth = app.state.runtime, next(_numbers)
    number = f"001190{700000 + nth}"
    with transaction(runtime.engine) as db:
        person = add_person(db, name=name, proofing=0)
        person.locale = language
        at = clock.now()
        give_number(db, keyring=runtime.keyring, person_id=person.id, number=number, at=at)
        home = (f"Số {nth} phố Hàng Bài", "phường Cửa Nam", "thành phố Hà Nội")
        entry = PopulationEntry(number, name, "1990-01-02", Sex.FEMALE, "01", "", *home)
        import_population(db, [entry], keyring=runtime.keyring, at=at)
        add_letter(db, person_id=person.id, at=at)
        return person.id, person.subject_number


@pytest.fixture(autouse=True)
def _nobody_waits(app: FastAPI) -> Iterator[None]:
    yield
    with transaction(app.state.runtime.engine) as db:
        db.execute(update(PersonLetter).values(expires_at=clock.now()))


def press(operator: Visitor, page: Page, ending: str, **fields: str) -> Page:
    """Send the form whose action ends so."""
    [form] = [form for form in page.forms if form.action.endswith(ending)][:1]
    return operator.post(urljoin(page.url, form.action), {**form.fields, **fields})


def codes(text: str) -> list[str]:
    return re.findall(r'<p class="code">([\w-]+)</p>', text)


def test_an_official_prints_what_waits_once(app: FastAPI, operator: Visitor) -> None:
    _, number = wait_for(app)
    wait_for(app, language="en")
    assert 'href="/console/letters"' in operator.open(f"{BASE}/console").text
    page = operator.open(PATH)
    assert "2 letters wait" in page.text
    assert NAME not in page.text
    batch = press(operator, page, "/print")
    assert "2 letters." in batch.text
    assert NAME not in batch.text, "names and codes are on the paper alone"
    pages = operator.open(f"{batch.url}/pages")
    vietnamese, english = pages.text.split('<article class="sheet"')[1:]
    assert len(codes(pages.text)) == 2
    assert "Không cung cấp mã này cho bất kỳ ai." in vietnamese
    assert "Never give this code to anybody." in english
    for sheet in (vietnamese, english):
        assert NAME in sheet
        assert "phố Hàng Bài" in sheet
        assert "localhost:8000" in sheet
        assert not re.search(r"\b001190\d{6}\b", sheet), "no number of a person"
    file = operator.client.get(f"{batch.url}/file")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.content.startswith(b"\xef\xbb\xbf"), "spreadsheets misread Vietnamese without it"
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["code"] for row in rows] == codes(pages.text)
    assert rows[0]["street"].endswith("phố Hàng Bài")
    assert [row["language"] for row in rows] == ["vi", "en"]
    done = press(operator, batch, "/confirm")
    assert "They are noted as printed" in done.text
    assert "0 letters wait" in done.text
    for ending in ("", "/pages", "/file"):
        gone = operator.open(f"{batch.url}{ending}")
        assert "Only who made this batch can read it, and only for an hour" in gone.text
        assert not codes(gone.text)
    with transaction(app.state.runtime.engine) as db:
        letters = select(JournalEntry).where(JournalEntry.event.startswith("letters."))
        entries = list(db.scalars(letters.order_by(JournalEntry.id.desc()).limit(4)))[::-1]
        told = [(one.event, one.actor, one.data.get("form", "")) for one in entries]
        assert len({one.actor_number for one in entries}) == 1
        assert entries[0].data["letters"] == 2
        of_person = JournalEntry.subject_number == number
        assert not db.scalars(
            select(JournalEntry.event).where(of_person, JournalEntry.event.startswith("letter"))
        ).all(), "who was sent one learns nothing of the register by their history"
    assert told == [
        ("letters.printed", "operator", ""),
        ("letters.read", "operator", "pages"),
        ("letters.read", "operator", "file"),
        ("letters.confirmed", "operator", ""),
    ]


def test_nobody_else_reads_a_batch_nor_the_same_an_hour_later(
    app: FastAPI, operator: Visitor
) -> None:
    wait_for(app)
    batch = press(operator, operator.open(PATH), "/print")
    other = staff_visitor(app, StaffRole.OPERATOR)
    for ending in ("", "/pages", "/file"):
        assert not codes(other.open(f"{batch.url}{ending}").text)
    listed = other.open(PATH)
    assert "Print this batch" not in listed.text
    confirm = next(form for form in batch.forms if form.action.endswith("/confirm"))
    stolen = other.post(
        urljoin(batch.url, confirm.action),
        {
            **listed.forms[0].fields,
        },
    )
    assert "Only who made this batch can read it" in stolen.text
    assert codes(operator.open(f"{batch.url}/pages").text), "the control"
    citizen = staff_visitor(app, None)
    assert citizen.open(f"{batch.url}/pages").status == 404
    with clock.shifted(timedelta(minutes=16)):
        answer = operator.client.get(f"{batch.url}/pages")
        assert answer.headers["location"].startswith("/signin/"), "for who signed in just now"


def test_pressed_twice_a_batch_is_made_once(app: FastAPI, operator: Visitor) -> None:
    wait_for(app)
    page = operator.open(PATH)
    first, second = press(operator, page, "/print"), press(operator, page, "/print")
    assert first.url == second.url
    assert len(codes(operator.open(f"{first.url}/pages").text)) == 1


def test_a_reprint_has_other_codes_for_who_has_not_used_theirs(
    app: FastAPI, operator: Visitor
) -> None:
    used, _ = wait_for(app)
    wait_for(app)
    batch = press(operator, operator.open(PATH), "/print")
    before = codes(operator.open(f"{batch.url}/pages").text)
    listed = press(operator, batch, "/confirm")
    with transaction(app.state.runtime.engine) as db:
        mine = PersonLetter.person_id == used
        db.execute(update(PersonLetter).where(mine).values(used_at=clock.now()))
    again = press(operator, listed, "/again")
    [code] = codes(operator.open(f"{again.url}/pages").text)
    assert code not in before
    assert "Print again" in listed.text
    assert "Print again" not in press(operator, again, "/confirm").text, "once"


def test_who_gave_somebody_a_password_prints_no_letter_to_them(app: FastAPI) -> None:
    """Both halves of an account are never in the hands of one official."""
    from idp.journal.actors import Actor, Capacity, acted_by
    from idp.journal.record import record

    person_id, number = wait_for(app)
    official, colleague = (staff_visitor(app, StaffRole.OPERATOR) for _ in range(2))
    with transaction(app.state.runtime.engine) as db:
        newest = select(Person.subject_number).where(Person.name == "Trần Cán Bộ")
        last_two = list(db.scalars(newest.order_by(Person.subject_number.desc()).limit(2)))
        acted_by(db, Actor(Capacity.DESK, last_two[1]))
        record(db, event="person.password_changed", subject_number=number)
    assert person_id
    refused = press(official, official.open(PATH), "/print")
    assert "Nothing was printed" in refused.text
    batch = press(colleague, colleague.open(PATH), "/print")
    assert len(codes(colleague.open(f"{batch.url}/pages").text)) == 1


def test_a_letter_that_came_back_is_noted_by_its_number(app: FastAPI, operator: Visitor) -> None:
    person_id, number = wait_for(app)
    batch = press(operator, operator.open(PATH), "/print")
    found = re.search(r'class="number">[^:]+: (\d{10})<', operator.open(f"{batch.url}/pages").text)
    assert found
    page = press(operator, batch, "/confirm")
    refused = press(operator, page, "/returned", reference="1234567890")
    assert "No letter that is under way has this number" in refused.text
    assert 'value="1234567890"' in refused.text
    done = press(operator, page, "/returned", reference=f" {found[1][:5]} {found[1][5:]}")
    assert "The letter is noted as returned" in done.text
    with transaction(app.state.runtime.engine) as db:
        mine = select(PersonLetter).where(PersonLetter.person_id == person_id)
        assert db.scalars(mine).one().returned_at
        event = select(JournalEntry.actor).where(
            JournalEntry.subject_number == number, JournalEntry.event == "letter.returned"
        )
        assert db.scalars(event).one() == "operator"


def test_nothing_to_print_is_said_in_words(app: FastAPI, operator: Visitor) -> None:
    assert "0 letters wait" in operator.open(PATH).text
    person_id, _ = wait_for(app)
    page = operator.open(PATH)
    with transaction(app.state.runtime.engine) as db:
        db.get_one(Person, person_id).name = "Ai Đó Khác"
    assert "Nothing was printed" in press(operator, page, "/print").text
    assert "0 letters wait" in operator.open(PATH).text, "it waits no more"
