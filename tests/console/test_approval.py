"""Every field that would differ is on the page; who may not decide reads why."""

import html
from dataclasses import replace
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from idp.journal.trail import list_trail
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.people.models import Person
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.key_sets import read_key_set
from idp.relying_parties.lookup import find_party
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.register import change_metadata
from idp.relying_parties.review import change_party
from idp.relying_parties.scopes import SCOPES
from idp.sessions.models import SignInSession
from idp.settings.people import CountrySettings
from tests.console.test_what_is_shown import PLAIN, changed, lines, register, told
from tests.support.client_fields import other_value
from tests.support.staff import BASE, Office, give_post, open_office, staff_visitor
from tests.support.visitor import Visitor


def address(client_id: str) -> str:
    return f"{BASE}/console/applications/{client_id}"


def newest_person(app: FastAPI) -> UUID:
    """Who signed in last: a test's newest visitor."""
    with transaction(app.state.runtime.engine) as db:
        newest = select(SignInSession.person_id).order_by(SignInSession.created_at.desc())
        return db.scalars(newest.limit(1)).one()


def state_of(app: FastAPI, client_id: str) -> str:
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        return record.party.state.value


def propose(app: FastAPI, client_id: str, metadata: ClientMetadata, *, submitted: bool) -> None:
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        change_party(
            db, party=record.party, metadata=metadata, at=clock.now(), is_submitted=submitted
        )


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_would_change_is_told_with_what_it_was(
    app: FastAPI, ministry: Office, operator: Visitor, name: str
) -> None:
    """G9: each row of the table, changed alone, from its default and back to it."""
    other = changed(name, ministry)
    for before, after in ((PLAIN, other), (other, PLAIN)):
        client_id = register(app, ministry, before)
        propose(app, client_id, after, submitted=True)
        page = operator.open(address(client_id)).text
        change = lines("<main" + page.partition("What would change")[2].partition("<h2")[0])
        label = FIELDS[name].label
        assert f"{label} so far" in change
        assert [word for word in [label, *told(other, name)] if word not in change] == []


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_that_is_added_is_told(app: FastAPI, ministry: Office, scope: str) -> None:
    """H8: to the developer, too; `openid`, which has no words, by its name."""
    has = "profile" if scope == "openid" else "openid"
    client_id = register(app, ministry, replace(PLAIN, scope=has))
    propose(app, client_id, replace(PLAIN, scope=f"{has} {scope}"), submitted=False)
    developer = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    page = developer.open(f"{BASE}/portal/applications/{client_id}").text
    waiting = lines("<main" + page.partition("The change that waits for an owner")[2])
    assert (SCOPES[scope].for_agencies or scope) in waiting.partition("so far")[0]


def test_keys_are_told_by_their_thumbprints(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G9: two keys of one name are told apart."""
    keys = other_value("jwks")
    client_id = register(app, ministry, replace(PLAIN, jwks=keys), "submitted")
    [key] = read_key_set(keys).keys
    assert key.thumbprint() in operator.open(address(client_id)).text


def test_every_field_has_a_name_that_people_read() -> None:
    assert [name for name, row in FIELDS.items() if not row.label] == []
    labels = [row.label for row in FIELDS.values()]
    assert len(set(labels)) == len(labels)


def test_what_changed_since_it_was_shown_is_shown_again(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G9: a button approves what stood beside it."""
    client_id = register(app, ministry, PLAIN, "submitted")
    page = operator.open(address(client_id))
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        moved = replace(PLAIN, redirect_uris=("https://elsewhere.example/cb",))
        change_metadata(db, party=record.party, metadata=moved, at=clock.now())
    again = operator.submit(page, {}, button="decision")
    assert again.is_undone
    assert "https://elsewhere.example/cb" in again.text
    assert state_of(app, client_id) == "submitted"
    operator.submit(again, {}, button="decision")
    assert state_of(app, client_id) == "live"


@pytest.mark.parametrize("state", ["submitted", "live"])
def test_a_host_that_became_anothers_since_it_was_shown_is_shown_again(
    app: FastAPI, ministry: Office, operator: Visitor, state: str
) -> None:
    """G8: approval joins the people of a host, so it is of the check that the operator saw."""
    code, joint = {"submitted": "G86", "live": "G87"}[state], f"https://{state}.joint.example/cb"
    named = replace(PLAIN, redirect_uris=(joint,))
    client_id = register(app, ministry, named, "submitted")
    page = operator.open(address(client_id))
    with transaction(app.state.runtime.engine) as db:
        other = open_office(db, code=code, service=f"1.0088{code[1:]}")
    register(app, other, named, state)
    again = operator.submit(page, {}, button="decision")
    assert again.is_undone
    assert "Another agency's application is at the same host" in html.unescape(again.text)
    assert state_of(app, client_id) == "submitted"
    operator.submit(again, {}, button="decision")
    assert state_of(app, client_id) == "live"


def test_a_host_that_another_agency_left_is_taken_over_knowingly(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G8: the page says whose it was and until when; a button of before decides nothing."""
    left = replace(PLAIN, redirect_uris=("https://left.example/cb",))
    client_id = register(app, ministry, left, "submitted")
    page = operator.open(address(client_id))
    assert "These hosts were no other agency's before." in html.unescape(page.text)
    with transaction(app.state.runtime.engine) as db:
        other = open_office(db, code="G85", service="1.008885")
    theirs = register(app, other, left, "live")
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=theirs)
        assert record is not None
        moved = replace(left, redirect_uris=("https://moved.example/cb",))
        change_metadata(db, party=record.party, metadata=moved, at=clock.now())
    again = operator.submit(page, {}, button="decision")
    assert again.is_undone
    assert "Another agency was at the same host until that day" in again.text
    assert f"<code>left.example G85 {CountrySettings().today:%d/%m/%Y}</code>" in again.text
    operator.submit(again, {}, button="decision")
    assert state_of(app, client_id) == "live"


def test_nobody_decides_for_an_agency_where_they_hold_a_post(
    app: FastAPI, ministry: Office
) -> None:
    """G3: approve, send back, suspend, resume; for another agency's they do."""
    with transaction(app.state.runtime.engine) as db:
        other = open_office(db, code="G88", service="1.008888")
    double = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    with transaction(app.state.runtime.engine) as db:
        post = Mandate(
            person_id=newest_person(app),
            role=StaffRole.OPERATOR,
            valid_on=clock.now().date(),
            created_at=clock.now(),
        )
        give_post(db, post)
    own = register(app, ministry, PLAIN, "submitted")
    page = double.open(address(own))
    assert "You hold a post at this agency" in page.text
    assert "Approve for production" not in page.text
    form = double.open(address(register(app, other, PLAIN, "submitted"))).form("decision")
    for act in ("approve", "changes", "suspend", "resume"):
        answer = double.post(f"{address(own)}/{act}", {**form.fields, "reason": "x"})
        assert answer.is_undone
        assert "Another operator decides" in answer.text
    assert state_of(app, own) == "submitted"
    foreign = register(app, other, PLAIN, "submitted")
    double.submit(double.open(address(foreign)), {}, button="decision")
    assert state_of(app, foreign) == "live"


def test_who_had_a_part_is_offered_no_decision(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G3: an owner of then who is an operator now, with the button of an earlier page."""
    client_id = register(app, ministry, PLAIN, "submitted")
    second = staff_visitor(app, StaffRole.OPERATOR)
    page = second.open(address(client_id))
    mine = update(RelyingParty).filter_by(client_id=client_id)
    with transaction(app.state.runtime.engine) as db:
        db.execute(mine.values(authored_by_ids=[newest_person(app)]))
    refused = second.submit(page, {}, button="decision")
    assert refused.is_undone
    assert "You had a part in what waits here" in refused.text
    assert "Approve for production" not in refused.text
    assert state_of(app, client_id) == "submitted"
    operator.submit(operator.open(address(client_id)), {}, button="decision")
    assert state_of(app, client_id) == "live"


def test_decisions_are_journaled_with_who_decided(
    app: FastAPI, ministry: Office, operator: Visitor
) -> None:
    """G5: actor, not subject."""
    client_id = register(app, ministry, PLAIN, "submitted")
    operator.submit(operator.open(address(client_id)), {}, button="decision")
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        number = db.scalar(select(Person.subject_number).filter_by(id=newest_person(app)))
        live, approved, created = list_trail(db, relying_party_id=record.party.id, limit=9)
    assert (live.actor, live.actor_number, live.subject_number) == ("operator", number, None)
    assert (approved.actor, approved.actor_number) == ("operator", number)
    assert created.actor == "program"
