"""Posts that wait, on the page where operators agree to them."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from idp.accounts.changes import confirm_factor, give_factor, remove_factor, set_password
from idp.factors.kinds import TOTP
from idp.factors.totp import new_app, new_secret
from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.changes import start_mandate
from idp.mandates.holding import Because, hold_posts
from idp.mandates.models import Mandate
from idp.mandates.posts import find_posts
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from tests.support.people import add_person, equip_staff
from tests.support.staff import BASE, Office, give_post, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/staff"


@pytest.fixture(autouse=True)
def _nothing_waits(app: FastAPI) -> None:
    """What another test left; two operators there have been."""
    staff_visitor(app, StaffRole.OPERATOR)
    staff_visitor(app, StaffRole.OPERATOR)
    with transaction(app.state.runtime.engine) as db:
        db.execute(update(Mandate).values(waits_since=None, agreed_by_numbers=[]))


def appoint(app: FastAPI, office: Office, name: str = "Phạm Thị Mới") -> Person:
    """An owner of the agency, by a command that claims to be of somebody's."""
    with transaction(app.state.runtime.engine) as db:
        person = add_person(db, name=name)
        equip_staff(db, person, keyring=app.state.runtime.keyring)
        acted_by(db, Actor(Capacity.OPERATOR, None, "hoa"))
        post = Mandate(
            person_id=person.id,
            role=StaffRole.AGENCY_OWNER,
            agency_id=office.agency_id,
            valid_on=clock.now().date() - timedelta(days=1),
            created_at=clock.now(),
        )
        start_mandate(db, post)
        db.expunge(person)
    return person


def has_post(app: FastAPI, person: Person) -> bool:
    with transaction(app.state.runtime.engine) as db:
        return bool(find_posts(db, person_id=person.id, on=clock.now().date()))


def press(visitor: Visitor, page: Page, word: str) -> Page:
    [form] = [form for form in page.forms if form.action.endswith(f"/{word}")]
    return visitor.post(urljoin(page.url, form.action), form.fields)


def test_two_operators_confirm_in_their_browsers(app: FastAPI, ministry: Office) -> None:
    """G3, G9: who asked, when and why is read; the second click has it work."""
    person = appoint(app, ministry)
    first, second = (staff_visitor(app, StaffRole.OPERATOR) for _ in range(2))
    assert 'href="/console/staff">Posts' in first.open(f"{BASE}/console").text
    page = first.open(PATH)
    for told in (person.name, "The post was given", "account hoa", "Nobody yet"):
        assert told in page.text
    page = press(first, page, "confirm")
    assert (page.status, page.path) == (200, "/console/staff")
    assert "Nobody yet" not in page.text
    again = press(first, page, "confirm")
    assert (again.is_undone, "Another operator decides" in again.text) == (True, True)
    assert not has_post(app, person)
    assert "No post waits" in press(second, second.open(PATH), "confirm").text
    assert has_post(app, person)
    assert 'href="/console/staff">Posts' not in first.open(f"{BASE}/console").text


def test_one_operator_refuses(app: FastAPI, ministry: Office, operator: Visitor) -> None:
    person = appoint(app, ministry)
    page = operator.open(PATH)
    assert "No post waits" in press(operator, page, "refuse").text
    assert press(operator, page, "confirm").is_undone
    assert not has_post(app, person)


def hold_back(app: FastAPI, person: Person) -> None:
    with transaction(app.state.runtime.engine) as db:
        hold_posts(db, person_id=person.id, because=Because.PASSWORD, at=clock.now())


def test_a_post_that_was_held_back_is_not_refused(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G16: one operator holds back the others' posts and would end them in one browser."""
    person = appoint(app, ministry)
    page = operator.open(PATH)
    [form] = [form for form in page.forms if form.action.endswith("/refuse")]
    hold_back(app, person)
    page = operator.open(PATH)
    assert not [form for form in page.forms if form.action.endswith("/refuse")]
    [confirming] = [form for form in page.forms if form.action.endswith("/confirm")]
    answer = operator.post(urljoin(page.url, form.action), confirming.fields)
    assert (answer.is_undone, "is not ended here" in answer.text) == (True, True)
    assert press(operator, answer, "confirm").is_undone is False, "the control"


def test_a_post_is_confirmed_once_the_account_has_what_staff_have(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G16: the page says what is missing, and what to do."""
    person = appoint(app, ministry)
    page = operator.open(PATH)
    [form] = [form for form in page.forms if form.action.endswith("/confirm")]
    keyring = app.state.runtime.keyring
    with transaction(app.state.runtime.engine) as db:
        remove_factor(db, person_id=person.id, kind=TOTP, at=clock.now())
    page = operator.open(PATH)
    assert "a desk confirms it" in page.text
    assert not [form for form in page.forms if form.action.endswith("/confirm")]
    with transaction(app.state.runtime.engine) as db:
        waits = db.query(Mandate).filter_by(person_id=person.id).one()
        seen = f"{waits.waits_since:%Y%m%d%H%M%S%f}"
    forged = form.fields | {"seen": seen}
    answer = operator.post(urljoin(page.url, form.action), forged)
    assert (answer.is_undone, "lacks what staff must have" in answer.text) == (True, True)
    with transaction(app.state.runtime.engine) as db:
        at = clock.now()
        app_of = new_app(keyring, person_id=person.id, secret=new_secret(), at=at)
        give_factor(db, app_of, at=at)
    page = operator.open(PATH)
    assert "cannot be confirmed yet" not in page.text
    assert press(operator, page, "confirm").is_undone is False, "the control"


@pytest.mark.parametrize("word", ["confirm", "refuse"])
def test_either_needs_a_recent_second_factor(
    app: FastAPI, ministry: Office, operator: Visitor, word: str
) -> None:
    """G3: an open browser is not an operator."""
    appoint(app, ministry)
    page = operator.open(PATH)
    [form] = [form for form in page.forms if form.action.endswith(f"/{word}")]
    with clock.shifted(timedelta(minutes=16)):
        sent = {"data": form.fields, "headers": {"Sec-Fetch-Site": "same-origin"}}
        answer = operator.client.post(urljoin(page.url, form.action), **sent)
        assert answer.headers["location"].startswith("/signin/")
    assert len(operator.open(PATH).forms) == len(page.forms)


def test_who_waits_is_let_in_nowhere_and_told_so(app: FastAPI, ministry: Office) -> None:
    """G16: an operator and an owner whose accounts changed hands while they are signed in."""
    owner = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    operator = staff_visitor(app, StaffRole.OPERATOR)
    assert [owner.open(f"{BASE}/portal").status, operator.open(PATH).status] == [200, 200]
    with transaction(app.state.runtime.engine) as db:
        for person_id in set(db.query(Mandate.person_id)):
            at = clock.now()
            hold_posts(db, person_id=person_id[0], because=Because.FACTOR, at=at)
    page = owner.open(f"{BASE}/portal")
    assert (page.status, "waits until two operators confirm" in page.text) == (403, True)
    assert operator.open(PATH).status == 404


def test_an_owner_who_lost_a_phone_comes_back(app: FastAPI, ministry: Office) -> None:
    """G18: a desk takes the lost app away and confirms the new one; then two operators."""
    keyring, at = app.state.runtime.keyring, clock.now()
    with transaction(app.state.runtime.engine) as db:
        person = add_person(db, name="Hồ Thị Mất")
        equip_staff(db, person, keyring=keyring)
        values = {"role": StaffRole.AGENCY_OWNER, "agency_id": ministry.agency_id}
        since = at.date() - timedelta(days=1)
        give_post(db, Mandate(person_id=person.id, valid_on=since, created_at=at, **values))
        db.expunge(person)
    assert has_post(app, person)
    with transaction(app.state.runtime.engine) as db:
        reset = {"keyring": keyring, "password_hash": "new", "kept": ()}
        set_password(db, person_id=person.id, at=at, **reset)
        remove_factor(db, person_id=person.id, kind=TOTP, at=at)
    with transaction(app.state.runtime.engine) as db:
        give_factor(
            db, new_app(keyring, person_id=person.id, secret=new_secret(), at=at), at=clock.now()
        )
        confirm_factor(db, person_id=person.id, kind=TOTP, by="desk", at=clock.now())
    assert not has_post(app, person)
    for operator in (staff_visitor(app, StaffRole.OPERATOR) for _ in range(2)):
        page = operator.open(PATH)
        assert person.name in page.text
        assert press(operator, page, "confirm").status == 200
    assert has_post(app, person)
