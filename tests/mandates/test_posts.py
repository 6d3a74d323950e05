"""Staff: posts are mandates at an agency, or at the operator."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.posts import find_posts, may_manage_agency, may_review, may_use_portal
from idp.mandates.roles import OrganizationRole, StaffRole
from idp.organizations.models import Organization
from idp.people.models import Person
from tests.mandates.conftest import AT, FIRST, LAST, TODAY, journaled, mandate


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
    post = mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id)
    start_mandate(db, post, by=7)
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id), by=7)
    end_mandate(db, mandate_id=post.id, on=TODAY, at=AT, by=8)
    assert journaled(db, "staff.") == [
        ("staff.post_started", {"role": "agency_owner"}),
        ("staff.post_ended", {"role": "agency_owner"}),
    ]
