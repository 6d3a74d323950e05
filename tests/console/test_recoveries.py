"""Who waits to get an account back, on the operators' page; an operator refuses with a reason."""

import re
from datetime import timedelta
from urllib.parse import urljoin
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.mail.letters import RECOVERY_MAIL, Writer
from idp.mandates.roles import StaffRole
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.recovery.models import Recovery, State
from tests.support.people import add_person
from tests.support.staff import BASE, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/recoveries"
WHY = "Bà Kín gọi tổng đài: không phải bà ấy yêu cầu."


def wait_for(app: FastAPI, *, hours: int = 1, is_noticed: bool = True) -> tuple[UUID, int]:
    """Somebody asked so many hours ago; the row, and whose it is."""
    runtime, at = app.state.runtime, clock.now() - timedelta(hours=hours)
    with transaction(runtime.engine) as db:
        person = add_person(db, name="Lê Thị Kín")
        add_contact(
            db,
            keyring=runtime.keyring,
            person_id=person.id,
            kind=ContactKind.EMAIL,
            value=f"kin{person.subject_number}@example.vn",
            at=at,
            verified_at=at,
        )
        row = Recovery(
            browser_hash=b"a browser",
            about_hash=b"",
            person_id=person.id,
            state=State.WAITING,
            is_slow=True,
            code_hash=b"",
            code_tries=0,
            code_until=at,
            begun_at=at,
            proved_at=at,
            wait_seconds=72 * 3600,
            noticed_at=at if is_noticed else None,
            ready_at=at + timedelta(hours=72) if is_noticed else None,
        )
        db.add(row)
        db.flush()
        return row.id, person.subject_number


def refuse(operator: Visitor, page: Page, row_id: UUID, why: str = WHY) -> Page:
    [form] = [form for form in page.forms if f"{row_id}/refuse" in form.action]
    return operator.post(urljoin(page.url, form.action), {**form.fields, f"reason_{row_id}": why})


def state_of(app: FastAPI, row_id: UUID) -> State:
    with transaction(app.state.runtime.engine) as db:
        return db.get_one(Recovery, row_id).state


def test_who_waits_is_read_in_words_and_by_number_alone(app: FastAPI, operator: Visitor) -> None:
    _, number = wait_for(app)
    _, unheard = wait_for(app, is_noticed=False)
    assert 'href="/console/recoveries"' in operator.open(f"{BASE}/console").text
    page = operator.open(PATH).text
    assert f"Person with the analytics number {number}" in page
    assert f"Person with the analytics number {unheard}" in page
    assert "the wait has not begun" in page
    assert "The wait ends" in page
    assert "Lê Thị Kín" not in page
    assert "example.vn" not in page


def test_an_operator_refuses_one_with_a_reason_and_its_person_is_told(
    app: FastAPI, operator: Visitor
) -> None:
    row_id, number = wait_for(app)
    page = operator.open(PATH)
    refused = refuse(operator, page, row_id, why="  ")
    assert refused.is_refused
    assert "Say why, in 500 characters at most: the person reads it." in refused.text
    too_long = refuse(operator, page, row_id, why="Bà Kín gọi. " * 42)
    assert too_long.is_refused
    assert "Bà Kín gọi. Bà Kín gọi." in too_long.text, "what was typed stays"
    assert state_of(app, row_id) is State.WAITING
    other = staff_visitor(app, StaffRole.OPERATOR)
    seen = other.open(PATH)
    assert "It is refused." in refuse(operator, page, row_id).text
    assert state_of(app, row_id) is State.REFUSED
    assert f"analytics number {number}<" not in operator.open(PATH).text
    assert refuse(other, seen, row_id).is_undone, "once"
    writer: Writer = app.state.runtime.mail_writer
    with transaction(app.state.runtime.engine) as db:
        mine = (OutboxMessage.kind == RECOVERY_MAIL, OutboxMessage.recipient == str(number))
        [message] = db.scalars(select(OutboxMessage).where(*mine))
        letter = writer.read(db, message)
        entry = db.scalars(
            select(JournalEntry).where(
                JournalEntry.subject_number == number, JournalEntry.event == "recovery.refused"
            )
        ).one()
    assert letter is not None
    assert WHY in "".join(letter.paragraphs)
    assert (entry.actor, entry.reason, entry.data) == ("operator", "operator", {})
    assert entry.actor_number is not None


@pytest.mark.parametrize(("minutes", "is_refused"), [(14, True), (16, False)])
def test_it_takes_a_sign_in_of_a_quarter_of_an_hour(
    app: FastAPI, operator: Visitor, *, minutes: int, is_refused: bool
) -> None:
    row_id, _ = wait_for(app)
    page = operator.open(PATH)
    with clock.shifted(timedelta(minutes=minutes)):
        refuse(operator, page, row_id)
    assert (state_of(app, row_id) is State.REFUSED) is is_refused


def test_what_is_no_id_is_no_page(app: FastAPI, operator: Visitor) -> None:
    wait_for(app)
    page = operator.open(PATH)
    form = next(form for form in page.forms if "/refuse" in form.action)
    address = urljoin(page.url, re.sub(r"[^/]+(?=/refuse)", "none", form.action))
    assert operator.post(address, form.fields).status == 400
