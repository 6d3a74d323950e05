"""Who may act for which organization, on which day."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.kit.errors import InvalidInput, NotFound
from idp.organizations.lookup import get_representation, list_representations
from idp.organizations.models import Organization, OrganizationStatus
from idp.organizations.register import (
    change_status,
    end_representation,
    register_organization,
    start_representation,
)
from idp.people.models import Person, Sex

AT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
ON = AT.date()


@pytest.fixture
def person(db: Session) -> Person:
    """Someone with an account."""
    person = Person(
        name="Trần Văn An",
        birthdate="1980-01-01",
        sex=Sex.MALE,
        proofing=2,
        created_at=AT,
        updated_at=AT,
    )
    db.add(person)
    db.flush()
    return person


@pytest.fixture
def company(db: Session) -> Organization:
    """An enterprise."""
    return register_organization(db, tax_code="0314409058", name="Công ty A", at=AT)


def test_a_representative_acts_from_the_first_day_until_the_last(
    db: Session, person: Person, company: Organization
) -> None:
    representation = start_representation(
        db, organization=company, person_id=person.id, valid_on=ON, at=AT
    )
    assert [r.name for r in list_representations(db, person_id=person.id, on=ON)] == ["Công ty A"]
    assert not list_representations(db, person_id=person.id, on=date(2026, 1, 4))
    end_representation(db, representation=representation, on=date(2026, 2, 1), at=AT)
    assert list_representations(db, person_id=person.id, on=date(2026, 1, 31))
    assert not list_representations(db, person_id=person.id, on=date(2026, 2, 1))


def test_a_strangers_organization_is_not_found(
    db: Session, person: Person, company: Organization
) -> None:
    with pytest.raises(NotFound):
        get_representation(db, person_id=person.id, organization_id=company.id, on=ON)
    start_representation(db, organization=company, person_id=person.id, valid_on=ON, at=AT)
    found = get_representation(db, person_id=person.id, organization_id=company.id, on=ON)
    assert found.organization_number == company.organization_number


def test_nobody_acts_for_an_organization_that_is_not_active(
    db: Session, person: Person, company: Organization
) -> None:
    start_representation(db, organization=company, person_id=person.id, valid_on=ON, at=AT)
    change_status(db, organization=company, status=OrganizationStatus.SUSPENDED, at=AT)
    assert not list_representations(db, person_id=person.id, on=ON)


def test_a_branch_is_counted_as_its_enterprise(
    db: Session, person: Person, company: Organization
) -> None:
    branch = register_organization(db, tax_code="0314409058-002", name="Chi nhánh", at=AT)
    start_representation(db, organization=branch, person_id=person.id, valid_on=ON, at=AT)
    (found,) = list_representations(db, person_id=person.id, on=ON)
    assert found.tax_code == "0314409058-002"
    assert found.organization_number == company.organization_number


def test_a_branch_without_its_enterprise_is_refused(db: Session) -> None:
    with pytest.raises(InvalidInput):
        register_organization(db, tax_code="0312687878-001", name="Chi nhánh", at=AT)


def test_a_known_tax_code_is_refused(db: Session, company: Organization) -> None:
    with pytest.raises(InvalidInput):
        register_organization(db, tax_code=company.tax_code, name="Công ty B", at=AT)


def test_registration_and_representation_are_journaled_once(
    db: Session, person: Person, company: Organization
) -> None:
    for _ in range(2):
        start_representation(db, organization=company, person_id=person.id, valid_on=ON, at=AT)
    rows = db.execute(
        select(JournalEntry.event, JournalEntry.data).where(
            JournalEntry.organization_number == company.organization_number
        )
    ).all()
    assert [tuple(row) for row in rows] == [
        ("organization.registered", {"kind": "enterprise", "status": "active"}),
        (
            "representation.started",
            {"role": "legal_representative", "proofing": 2, "valid_on": ON.isoformat()},
        ),
    ]
