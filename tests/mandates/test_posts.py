"""Staff: posts are mandates at an agency, or at the operator."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.trail import list_trail
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.posts import (
    find_posts,
    has_reviewers,
    may_decide,
    may_manage_agency,
    may_review,
    may_submit,
    may_use_portal,
)
from idp.mandates.roles import ROLES, OrganizationRole, StaffRole
from idp.organizations.models import Organization
from idp.people.models import Person
from tests.mandates.conftest import AT, FIRST, LAST, TODAY, journaled, mandate
from tests.support.people import add_agency


def test_a_post_is_held_from_its_first_day_until_the_day_before_its_end(
    db: Session, person: Person, agency: Agency
) -> None:
    post = mandate(person.id, StaffRole.AGENCY_DEVELOPER, agency_id=agency.id, ended_on=LAST)
    start_mandate(db, post)
    held = {
        on: bool(find_posts(db, person_id=person.id, on=on))
        for on in (date(2025, 12, 31), FIRST, TODAY, date(2026, 5, 31), LAST)
    }
    assert list(held.values()) == [False, True, True, True, False]


def test_the_same_post_is_taken_up_once(db: Session, person: Person) -> None:
    first = start_mandate(db, mandate(person.id, StaffRole.OPERATOR))
    again = start_mandate(db, mandate(person.id, StaffRole.OPERATOR, valid_on=TODAY))
    assert first.id == again.id
    assert end_mandate(db, mandate_id=first.id, on=TODAY, at=AT)
    assert not end_mandate(db, mandate_id=first.id, on=TODAY, at=AT)
    assert find_posts(db, person_id=person.id, on=TODAY) == []


def test_a_post_ends_with_its_agency(db: Session, person: Person, agency: Agency) -> None:
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id))
    agency.ended_on = TODAY
    db.flush()
    assert find_posts(db, person_id=person.id, on=FIRST)
    assert not find_posts(db, person_id=person.id, on=TODAY)


def test_each_role_opens_its_own_doors(db: Session, person: Person, agency: Agency) -> None:
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id))
    owner = find_posts(db, person_id=person.id, on=TODAY)
    assert may_use_portal(owner)
    assert may_manage_agency(owner, agency_id=agency.id)
    assert not may_manage_agency(owner, agency_id=person.id)
    assert not may_review(owner)

    start_mandate(db, mandate(person.id, StaffRole.OPERATOR))
    both = find_posts(db, person_id=person.id, on=TODAY)
    assert may_review(both)
    assert not may_use_portal([post for post in both if post.role is StaffRole.OPERATOR])


def test_acting_for_an_organization_is_no_post(
    db: Session, person: Person, company: Organization
) -> None:
    role = OrganizationRole.LEGAL_REPRESENTATIVE
    start_mandate(db, mandate(person.id, role, organization_id=company.id))
    assert find_posts(db, person_id=person.id, on=TODAY) == []


@pytest.mark.asvs("16.2.1")
def test_posts_are_journaled_with_who_appointed_and_dismissed(
    db: Session, person: Person, agency: Agency
) -> None:
    """G5: the subject is who takes up or leaves the post, the actor who gave or ended it."""
    post = mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id)
    acted_by(db, Actor(Capacity.OPERATOR, 7))
    start_mandate(db, post)
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id))
    acted_by(db, Actor(Capacity.AGENCY, 8))
    end_mandate(db, mandate_id=post.id, on=TODAY, at=AT)
    assert journaled(db, "staff.") == [
        ("staff.post_started", {"role": "agency_owner", "bootstrap": True}),
        ("staff.post_ended", {"role": "agency_owner"}),
    ]
    trail = list_trail(db, subject_number=person.subject_number, limit=9)
    ended, started = (entry for entry in trail if entry.event.startswith("staff."))
    assert (started.actor, started.actor_number) == ("operator", 7)
    assert (ended.actor, ended.actor_number) == ("agency", 8)


def test_developer_owner_and_operator_differ_in_what_they_may(
    db: Session, person: Person, agency: Agency
) -> None:
    """G3: write, submit, decide; and no role has what is to be another's."""
    rules = {role: ROLES[role] for role in StaffRole}
    assert {
        role: (rule.manages_parties, rule.submits_parties, rule.reviews_parties)
        for role, rule in rules.items()
    } == {
        StaffRole.OPERATOR: (False, False, True),
        StaffRole.AGENCY_OWNER: (True, True, False),
        StaffRole.AGENCY_DEVELOPER: (True, False, False),
    }
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_DEVELOPER, agency_id=agency.id))
    developer = find_posts(db, person_id=person.id, on=TODAY)
    assert may_manage_agency(developer, agency_id=agency.id)
    assert not may_submit(developer, agency_id=agency.id)
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id))
    owner = find_posts(db, person_id=person.id, on=TODAY)
    assert may_submit(owner, agency_id=agency.id)
    assert not may_submit(owner, agency_id=person.id)


def test_an_operator_decides_for_agencies_where_they_hold_no_post(
    db: Session, person: Person, agency: Agency
) -> None:
    """G3: whatever post it is, for as long as it lasts."""
    assert not has_reviewers(db, on=TODAY)
    start_mandate(db, mandate(person.id, StaffRole.OPERATOR))
    assert has_reviewers(db, on=TODAY)
    assert may_decide(db, person_id=person.id, agency_id=agency.id, on=TODAY)
    post = mandate(person.id, StaffRole.AGENCY_DEVELOPER, agency_id=agency.id)
    start_mandate(db, post)
    assert not may_decide(db, person_id=person.id, agency_id=agency.id, on=TODAY)
    assert may_decide(db, person_id=person.id, agency_id=add_agency(db).id, on=TODAY)
    end_mandate(db, mandate_id=post.id, on=TODAY, at=AT)
    assert may_decide(db, person_id=person.id, agency_id=agency.id, on=TODAY)


def test_an_operator_decides_neither_above_nor_below_a_post_of_theirs(
    db: Session, person: Person, agency: Agency
) -> None:
    """G28: who works for a ward has a part in its province's matters, and the other way round."""
    province, ward, hamlet, sister = (add_agency(db, code=f"G12.{n}") for n in range(4))
    province.parent_id, ward.parent_id, hamlet.parent_id = agency.id, province.id, ward.id
    sister.parent_id = agency.id
    start_mandate(db, mandate(person.id, StaffRole.OPERATOR))
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_DEVELOPER, agency_id=ward.id))

    def decides(where: Agency) -> bool:
        return may_decide(db, person_id=person.id, agency_id=where.id, on=TODAY)

    assert not any(decides(where) for where in (agency, province, ward, hamlet))
    assert decides(sister), "the control"
