"""What people said was not them, on the operators' page."""

from fastapi import FastAPI
from sqlalchemy import func, select, update

from idp.accounts.models import DisownedEvent
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from tests.console.test_people import operator_number
from tests.console.test_staff import press
from tests.support.people import add_person
from tests.support.staff import BASE, staff_visitor
from tests.support.visitor import Visitor

PATH = f"{BASE}/console/disowned"


def report(app: FastAPI, *, by: int = 0) -> int:
    """Somebody, or who has that number, says that a sign-in was not them; the journal's entry."""
    with transaction(app.state.runtime.engine) as db:
        whose = select(Person).where(Person.subject_number == by)
        person = db.scalars(whose).one_or_none() or add_person(db, name="Lê Thị Kín")
        record(db, event="signin.succeeded", subject_number=person.subject_number)
        number = person.subject_number
        of = select(func.max(JournalEntry.id)).where(JournalEntry.subject_number == number)
        entry_id = db.scalar(of)
        assert entry_id is not None
        said = DisownedEvent(entry_id=entry_id, person_id=person.id, reported_at=clock.now())
        db.add(said)
        return entry_id


def test_a_report_waits_until_an_operator_answers_it_once(app: FastAPI, operator: Visitor) -> None:
    entry_id = report(app)
    assert 'href="/console/disowned"' in operator.open(f"{BASE}/console").text
    page = operator.open(PATH)
    assert "Signed in" in page.text
    assert "Lê Thị Kín" not in page.text, "people are analytics numbers there"
    other = staff_visitor(app, StaffRole.OPERATOR)
    seen = other.open(PATH)
    answered = press(operator, page, "answer")
    assert "The report is answered." in answered.text
    assert "by the operator with the analytics number" in answered.text
    assert press(other, seen, "answer").is_undone
    with transaction(app.state.runtime.engine) as db:
        row = db.get_one(DisownedEvent, entry_id)
        assert row.answered_at is not None
        assert row.answered_number is not None
    assert "People said that a sign-in" not in operator.open(f"{BASE}/console").text


def test_nothing_waits_where_nobody_reported(app: FastAPI) -> None:
    page = staff_visitor(app, StaffRole.OPERATOR).open(f"{BASE}/console")
    assert "People said that a sign-in" not in page.text


def test_nobody_answers_their_own_report(app: FastAPI, operator: Visitor) -> None:
    """Whoever is in an operator's account closes nothing; a colleague does."""
    entry_id = report(app, by=operator_number(app))
    report(app)
    page = operator.open(PATH)
    assert "a colleague answers it" in page.text
    [form] = [form for form in page.forms if form.action.endswith("/answer")]
    answered = operator.post(f"{PATH}/{entry_id}/answer", form.fields)
    assert answered.is_undone
    with transaction(app.state.runtime.engine) as db:
        assert db.get_one(DisownedEvent, entry_id).answered_at is None
    other = staff_visitor(app, StaffRole.OPERATOR)
    answered = other.post(f"{PATH}/{entry_id}/answer", other.open(PATH).form("csrf_token").fields)
    with transaction(app.state.runtime.engine) as db:
        assert db.get_one(DisownedEvent, entry_id).answered_at is not None
        db.execute(update(DisownedEvent).values(answered_at=clock.now()))
