from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.add import add_agencies
from idp.catalogue.models import Agency, Tier
from idp.kit.errors import InvalidInput
from idp.people.models import Person, Sex
from idp.staff.lookup import find_posts
from idp.staff.models import Role
from idp.staff.permissions import may_manage_agency, may_review, may_use_portal
from idp.staff.posts import add_post, end_post

FIRST, TODAY, LAST = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def person_id(db: Session) -> UUID:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    person = Person(name="Lê Văn Tám", birthdate="1990", sex=Sex.MALE, created_at=at, updated_at=at)
    db.add(person)
    db.flush()
    return person.id


@pytest.fixture
def agency_id(db: Session) -> UUID:
    agency = Agency(code="G12", tier=Tier.CENTRAL, name_vi="Bộ", name_en="Ministry", valid_on=FIRST)
    return add_agencies(db, [agency])["G12"]


def test_a_post_is_held_from_its_first_day_until_the_day_before_its_end(
    db: Session, person_id: UUID, agency_id: UUID
) -> None:
    add_post(
        db,
        person_id=person_id,
        role=Role.AGENCY_DEVELOPER,
        agency_id=agency_id,
        valid_on=FIRST,
        ended_on=LAST,
    )
    held = {
        on: bool(find_posts(db, person_id=person_id, on=on))
        for on in (date(2025, 12, 31), FIRST, TODAY, LAST)
    }
    assert list(held.values()) == [False, True, True, False]


def test_the_same_post_is_taken_up_once(db: Session, person_id: UUID) -> None:
    first = add_post(db, person_id=person_id, role=Role.OPERATOR, valid_on=FIRST)
    again = add_post(db, person_id=person_id, role=Role.OPERATOR, valid_on=TODAY)
    assert first == again
    assert end_post(db, post_id=first, on=TODAY)
    assert not end_post(db, post_id=first, on=TODAY)
    assert find_posts(db, person_id=person_id, on=TODAY) == []


def test_roles_and_agencies_must_fit(db: Session, person_id: UUID, agency_id: UUID) -> None:
    with pytest.raises(InvalidInput):
        add_post(db, person_id=person_id, role=Role.AGENCY_OWNER, valid_on=FIRST)
    with pytest.raises(InvalidInput):
        add_post(db, person_id=person_id, role=Role.OPERATOR, agency_id=agency_id, valid_on=FIRST)


def test_each_role_opens_its_own_doors(db: Session, person_id: UUID, agency_id: UUID) -> None:
    add_post(db, person_id=person_id, role=Role.AGENCY_OWNER, agency_id=agency_id, valid_on=FIRST)
    owner = find_posts(db, person_id=person_id, on=TODAY)
    assert may_use_portal(owner)
    assert may_manage_agency(owner, agency_id=agency_id)
    assert not may_manage_agency(owner, agency_id=person_id)
    assert not may_review(owner)

    add_post(db, person_id=person_id, role=Role.OPERATOR, valid_on=FIRST)
    both = find_posts(db, person_id=person_id, on=TODAY)
    assert may_review(both)
    assert not may_use_portal([post for post in both if post.role is Role.OPERATOR])
