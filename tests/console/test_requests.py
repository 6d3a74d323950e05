"""What people ask about their data, on the operators' pages: by its last day, and what is said."""

import re
from datetime import timedelta
from urllib.parse import urljoin
from uuid import UUID, uuid4

from fastapi import FastAPI
from sqlalchemy import select

from idp.journal.models import JournalEntry
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from idp.personal_data.models import DataRequest
from tests.support.data_requests import add_data_request
from tests.support.people import add_person
from tests.support.staff import BASE, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/requests"


def add_request(
    app: FastAPI, text: str, *, due_in: int = 5, person_id: UUID | None = None
) -> tuple[UUID, int]:
    """Somebody asked; the request, and their analytics number."""
    with transaction(app.state.runtime.engine) as db:
        person = db.get_one(Person, person_id) if person_id else add_person(db, name="Lê Thị Kín")
        keyring = app.state.runtime.keyring
        asked = add_data_request(db, keyring=keyring, person_id=person.id, text=text, due_in=due_in)
        return asked.id, person.subject_number


def row_of(app: FastAPI, request_id: UUID) -> DataRequest:
    with transaction(app.state.runtime.engine) as db:
        return db.get_one(DataRequest, request_id)


def submit(visitor: Visitor, page: Page, action: str, **fields: str) -> Page:
    """Fill in the form of that action."""
    form = next(form for form in page.forms if form.action.endswith(action))
    return visitor.post(urljoin(page.url, form.action), {**form.fields, **fields})


def test_the_list_goes_by_the_last_day_and_what_is_overdue_is_first(
    app: FastAPI, operator: Visitor
) -> None:
    later, _ = add_request(app, "later", due_in=9)
    overdue, _ = add_request(app, "overdue", due_in=-1)
    soon, _ = add_request(app, "soon", due_in=1)
    assert 'href="/console/requests"' in operator.open(f"{BASE}/console").text
    page = operator.open(PATH).text
    found = [UUID(one) for one in re.findall(r'href="/console/requests/([0-9a-f-]{36})"', page)]
    assert [one for one in found if one in (later, overdue, soon)] == [overdue, soon, later]
    assert page.index("Overdue") < page.index("Due soon")
    assert "Lê Thị Kín" not in page, "people are analytics numbers there"
    assert "Public holidays are known until" in page


def test_a_request_is_answered_extended_and_done_and_its_person_is_told(
    app: FastAPI, operator: Visitor
) -> None:
    request_id, number = add_request(app, "Ngày sinh của tôi sai.")
    path = f"{PATH}/{request_id}"
    page = operator.open(path)
    assert "Ngày sinh của tôi sai." in page.text
    nothing = submit(operator, page, "/answer", text="")
    assert "Choose whether it is taken on." in nothing.text
    page = operator.open(path)
    done = submit(operator, page, "/answer", choice="accept", text="Mời bạn mang thẻ đến.")
    assert "The request is answered." in done.text
    again = submit(operator, page, "/answer", choice="refuse", text="Không.")
    assert "Nothing was decided" in again.text
    before = row_of(app, request_id).due_on
    page = operator.open(path)
    assert "Mời bạn mang thẻ đến." in page.text
    assert "has more time" in submit(operator, page, "/extend", reason="Chờ cơ quan trả lời.").text
    assert row_of(app, request_id).due_on >= before + timedelta(days=15)
    page = operator.open(path)
    assert all(not form.action.endswith("/extend") for form in page.forms), "once"
    assert "The request is done." in submit(operator, page, "/finish", text="Đã sửa.").text
    assert row_of(app, request_id).done_at is not None
    with transaction(app.state.runtime.engine) as db:
        own = JournalEntry.subject_number == number
        events = list(db.scalars(select(JournalEntry.event).where(own).order_by(JournalEntry.id)))
        actors = set(db.scalars(select(JournalEntry.actor).where(own)))
    assert events == ["data.answered", "data.extended", "data.done"]
    assert actors == {"operator"}


def test_what_is_refused_is_over(app: FastAPI, operator: Visitor) -> None:
    request_id, _ = add_request(app, "Xóa nhật ký.")
    page = operator.open(f"{PATH}/{request_id}")
    submit(operator, page, "/answer", choice="refuse", text="Luật giữ nhật ký 5 năm.")
    row = row_of(app, request_id)
    assert (row.is_accepted, row.done_at is not None) == (False, True)
    assert not [f for f in operator.open(f"{PATH}/{request_id}").forms if "requests" in f.action]


def test_nobody_answers_their_own_request(app: FastAPI) -> None:
    visitor = staff_visitor(app, StaffRole.OPERATOR)
    with transaction(app.state.runtime.engine) as db:
        newest = db.scalar(select(Person.id).order_by(Person.subject_number.desc()).limit(1))
    request_id, _ = add_request(app, "Của chính tôi.", person_id=newest)
    page = visitor.open(f"{PATH}/{request_id}")
    assert "another operator answers it" in page.text
    other, _ = add_request(app, "Của người khác.")
    form = visitor.open(f"{PATH}/{other}").form("choice").fields
    said = {**form, "choice": "accept", "text": "Được."}
    assert visitor.post(f"{PATH}/{request_id}/answer", said).is_undone
    assert row_of(app, request_id).answered_at is None
    visitor.post(f"{PATH}/{other}/answer", said)
    assert row_of(app, other).answered_at is not None, "the control"


def test_a_request_that_is_not_there_is_not_found(app: FastAPI, operator: Visitor) -> None:
    request_id, _ = add_request(app, "Có.")
    page = operator.open(f"{PATH}/{request_id}")
    assert page.status == 200, "the control"
    nowhere = f"{PATH}/{uuid4()}"
    assert operator.open(nowhere).status == 404
    form = page.form("choice").fields
    for action in ("answer", "extend", "finish"):
        said = {**form, "choice": "accept", "text": "Được.", "reason": "Vì."}
        assert operator.post(f"{nowhere}/{action}", said).status == 404
