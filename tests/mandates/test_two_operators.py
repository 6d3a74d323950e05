"""A post that needs two operators: when it waits, who may agree, and what it allows meanwhile."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.journal.actors import Actor, Capacity, acted_by
from idp.mandates.agreeing import Answer, Answering, agree, list_waiting, refuse
from idp.mandates.changes import start_mandate
from idp.mandates.holding import AGREEING, Because, hold_posts
from idp.mandates.models import Mandate
from idp.mandates.posts import find_posts, find_waiting_posts, has_reviewers, may_decide
from idp.mandates.roles import ROLES, StaffRole
from idp.outbox.models import OutboxMessage
from idp.people.models import Person
from tests.mandates.conftest import AT, TODAY, journaled, mandate
from tests.support.people import add_agency, add_person, equip_staff

OWNER, DEVELOPER, OPERATOR = (
    StaffRole.AGENCY_OWNER,
    StaffRole.AGENCY_DEVELOPER,
    StaffRole.OPERATOR,
)


def staff(db: Session, name: str = "Lê Thị Hai") -> Person:
    made = add_person(db, name=name, at=AT)
    equip_staff(db, made, at=AT)
    return made


def found_operators(db: Session, *, count: int = 2) -> list[Answering]:
    """Operators at work."""
    people = [staff(db, f"Operator {n}") for n in range(count)]
    for one in people:
        start_mandate(db, mandate(one.id, OPERATOR)).waits_since = None
    db.flush()
    return [Answering(one.id, one.subject_number) for one in people]


def answer(db: Session, post: Mandate, by: Answering) -> Answer:
    [seen] = [w.version for w in list_waiting(db, on=TODAY, language="en") if w.id == post.id]
    return agree(db, post_id=post.id, seen=seen, by=by, on=TODAY, at=AT)


def works(db: Session, post: Mandate) -> bool:
    return post.id in {p.id for p in find_posts(db, person_id=post.person_id, on=TODAY)}


def test_which_posts_need_two_stands_in_the_table_of_roles() -> None:
    assert {role for role, rule in ROLES.items() if rule.needs_two} == {OPERATOR, OWNER}


@pytest.mark.parametrize("role", [OPERATOR, OWNER])
def test_a_new_post_works_once_two_operators_agreed(
    db: Session, person: Person, agency: Agency, role: StaffRole
) -> None:
    """G3: one operator makes an account and appoints it: it may do nothing."""
    first, second = found_operators(db)
    where = agency.id if role is OWNER else None
    post = start_mandate(db, mandate(person.id, role, agency_id=where))
    assert not works(db, post)
    assert [p.id for p in find_waiting_posts(db, person_id=person.id, on=TODAY)] == [post.id]
    assert answer(db, post, first) is Answer.DONE
    assert answer(db, post, first) is Answer.OWN, "the same one twice is one"
    assert not works(db, post)
    assert answer(db, post, second) is Answer.DONE
    assert works(db, post)
    assert journaled(db, "staff.")[-2:] == [
        ("staff.post_confirmed", {"role": role, "works": False}),
        ("staff.post_confirmed", {"role": role, "works": True}),
    ]


def test_a_post_that_needs_nobody_works_at_once(
    db: Session, person: Person, agency: Agency
) -> None:
    """G3: the control."""
    found_operators(db)
    assert works(db, start_mandate(db, mandate(person.id, DEVELOPER, agency_id=agency.id)))


def test_until_there_were_two_operators_posts_work_at_once(
    db: Session, person: Person, agency: Agency
) -> None:
    """G3: a new country begins; the journal says which posts began so. Never again after it."""
    early = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    operators = [start_mandate(db, mandate(staff(db).id, OPERATOR)) for _ in range(AGREEING)]
    assert all(works(db, post) for post in (early, *operators))
    begun = {"role": OPERATOR, "bootstrap": True}
    assert journaled(db, "staff.")[-1] == ("staff.post_started", begun)
    for post in operators:
        post.ended_on = TODAY
    db.flush()
    assert not has_reviewers(db, on=TODAY)
    assert not works(db, start_mandate(db, mandate(staff(db).id, OPERATOR, valid_on=TODAY)))


def test_an_account_that_changed_hands_has_no_post_until_two_agree(
    db: Session, person: Person, agency: Agency
) -> None:
    """G16: an owner or an operator; what was agreed before counts no more. The others go on."""
    first, second, third = found_operators(db, count=3)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    developing = start_mandate(db, mandate(person.id, DEVELOPER, agency_id=agency.id))
    answer(db, post, first)
    hold_posts(db, person_id=person.id, because=Because.PASSWORD, at=AT + timedelta(hours=1))
    answer(db, post, second)
    assert not works(db, post), "the first one's word was for whoever had the account before"
    answer(db, post, first)
    assert works(db, post)
    assert works(db, developing)
    hold_posts(db, person_id=third.person_id, because=Because.FACTOR, at=AT)
    assert not may_decide(db, person_id=third.person_id, agency_id=agency.id, on=TODAY)
    assert may_decide(db, person_id=first.person_id, agency_id=agency.id, on=TODAY)
    assert works(db, post), "somebody else's"


def test_a_lone_operator_is_not_locked_out_by_an_act_on_their_account(
    db: Session, person: Person
) -> None:
    """G16: there never were two who could agree."""
    post = start_mandate(db, mandate(person.id, OPERATOR))
    hold_posts(db, person_id=person.id, because=Because.FACTOR, at=AT)
    assert works(db, post)


def test_who_may_agree(db: Session, person: Person, agency: Agency) -> None:
    """G28: nobody to their own post or near an agency of theirs; nobody whose post waits."""
    first, second, third = found_operators(db, count=3)
    below = add_agency(db, code="G12.1")
    below.parent_id = agency.id
    start_mandate(db, mandate(second.person_id, DEVELOPER, agency_id=below.id))
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    own = start_mandate(db, mandate(first.person_id, OWNER, agency_id=agency.id))
    hold_posts(db, person_id=third.person_id, because=Because.FACTOR, at=AT)
    assert [answer(db, post, by) for by in (second, third)] == [Answer.OWN] * 2
    assert answer(db, own, first) is Answer.OWN
    assert answer(db, post, first) is Answer.OWN, "their own post there waits, and is one"
    fourth = found_operators(db, count=1)[0]
    assert answer(db, post, fourth) is Answer.DONE, "the control"


def test_the_word_of_an_operator_whose_account_changed_hands_is_forgotten(
    db: Session, person: Person, agency: Agency
) -> None:
    """G16: whoever clicked may have been somebody else."""
    first, second, third = found_operators(db, count=3)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    answer(db, post, first)
    other = start_mandate(db, mandate(staff(db).id, OWNER, agency_id=agency.id))
    answer(db, other, third)
    hold_posts(db, person_id=first.person_id, because=Because.PASSWORD, at=AT)
    answer(db, post, second)
    assert not works(db, post)
    answer(db, post, third)
    answer(db, other, second)
    assert works(db, post)
    assert works(db, other), "the control: the third's word still counts"


def test_one_operator_refuses_and_the_post_ends(
    db: Session, person: Person, agency: Agency
) -> None:
    first, second = found_operators(db)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    [seen] = [w.version for w in list_waiting(db, on=TODAY, language="en")]
    when = {"on": TODAY, "at": AT}
    assert refuse(db, post_id=uuid4(), seen=seen, by=first, **when) is Answer.OVERTAKEN
    assert refuse(db, post_id=post.id, seen=seen, by=first, **when) is Answer.DONE
    assert list_waiting(db, on=TODAY, language="en") == []
    assert post.ended_on == TODAY
    working = start_mandate(db, mandate(second.person_id, OPERATOR))
    assert refuse(db, post_id=working.id, seen=seen, by=first, **when) is Answer.OVERTAKEN


def test_what_was_agreed_to_is_what_the_page_said(
    db: Session, person: Person, agency: Agency
) -> None:
    """G16: the account changes hands while an operator reads."""
    first, _ = found_operators(db)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    [seen] = [w.version for w in list_waiting(db, on=TODAY, language="en")]
    hold_posts(db, person_id=person.id, because=Because.PASSWORD, at=AT + timedelta(seconds=1))
    late = agree(db, post_id=post.id, seen=seen, by=first, on=TODAY, at=AT)
    assert late is Answer.OVERTAKEN


def test_operators_read_who_asked_and_the_others_are_told(
    db: Session, person: Person, agency: Agency
) -> None:
    """G5: who a command named is told as what it claimed. One letter to each other operator."""
    first, second = found_operators(db)
    acted_by(db, Actor(Capacity.OPERATOR, first.number, "hoa"))
    start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    [waits] = list_waiting(db, on=TODAY, language="en")
    assert (waits.name, waits.role, waits.agency) == (person.name, OWNER, agency.name_en)
    assert (waits.because, waits.asked_by, waits.asked_from) == ("appointed", "Operator 0", "hoa")
    letters = select(OutboxMessage.recipient).where(OutboxMessage.kind == "mail.notice")
    numbers = {str(first.number), str(second.number)}
    assert numbers <= {*db.scalars(letters)}
    hold_posts(db, person_id=second.person_id, because=Because.FACTOR, at=AT)
    told = [data["because"] for event, data in journaled(db, "staff.operator_told")]
    assert told == ["appointed", "appointed", "factor"], "of their own, the first one alone is told"
