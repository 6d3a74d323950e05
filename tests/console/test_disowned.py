"""What people said was not them, on the operators' page."""

from fastapi import FastAPI
from sqlalchemy import func, select

from idp.accounts.models import DisownedEvent
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from tests.console.test_staff import press
from tests.support.people import add_person
from tests.support.staff import BASE, staff_visitor
from tests.support.visitor import Visitor

PATH = f"{BASE}/console/disowned"


def report(app: FastAPI) -> int:
    """Somebody says that a sign-in was not them; the journal's entry."""
    with transaction(app.state.runtime.engine) as db:
        person = add_person(db, name="Lê Thị Kín")
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
