"""Who may act for which organization, on which day."""

from datetime import date
from uuid import uuid4

from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.representations import list_representations, list_representatives
from idp.mandates.roles import OrganizationRole, StaffRole
from idp.organizations.models import Organization, OrganizationStatus
from idp.organizations.register import OrganizationEntry, enter_organization, register_organization
from idp.people.models import Person
from tests.mandates.conftest import AT, FIRST, LAST, TODAY, journaled, mandate
from tests.support.people import add_person

LEGAL, DELEGATE = OrganizationRole.LEGAL_REPRESENTATIVE, OrganizationRole.DELEGATE


def test_a_representative_acts_from_the_first_day_until_the_last(
    db: Session, person: Person, company: Organization
) -> None:
    given = start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id))
    (found,) = list_representations(db, person_id=person.id, on=FIRST)
    assert (found.mandate_id, found.name, found.role) == (given.id, "Công ty A", LEGAL)
    assert not list_representations(db, person_id=person.id, on=date(2025, 12, 31))
    end_mandate(db, mandate_id=given.id, on=LAST, at=AT)
    assert list_representations(db, person_id=person.id, on=date(2026, 5, 31))
    assert not list_representations(db, person_id=person.id, on=LAST)


def test_nobody_sees_what_a_stranger_may_act_for(
    db: Session, person: Person, company: Organization
) -> None:
    start_mandate(db, mandate(add_person(db).id, LEGAL, organization_id=company.id))
    assert not list_representations(db, person_id=person.id, on=TODAY)


def test_a_post_is_no_representation(db: Session, person: Person, agency: Agency) -> None:
    start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER, agency_id=agency.id))
    assert not list_representations(db, person_id=person.id, on=TODAY)


def test_nobody_acts_for_an_organization_that_is_not_active(
    db: Session, person: Person, company: Organization
) -> None:
    start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id))
    suspended = OrganizationStatus.SUSPENDED
    entry = OrganizationEntry(tax_code=company.tax_code, name=company.name, status=suspended)
    enter_organization(db, entry, at=AT)
    assert not list_representations(db, person_id=person.id, on=TODAY)
    assert list_representatives(db, organization_id=company.id, on=TODAY)


def test_a_branch_is_counted_as_its_enterprise(
    db: Session, person: Person, company: Organization
) -> None:
    branch = register_organization(
        db, OrganizationEntry(tax_code="0314409058-002", name="Chi nhánh"), at=AT
    )
    start_mandate(db, mandate(person.id, LEGAL, organization_id=branch.id))
    (found,) = list_representations(db, person_id=person.id, on=TODAY)
    assert found.tax_code == "0314409058-002"
    assert found.organization_number == company.organization_number


def test_a_limited_mandate_is_for_its_services_and_for_none_where_none_is_named(
    db: Session, person: Person, company: Organization
) -> None:
    service_id = uuid4()
    limited = mandate(person.id, DELEGATE, organization_id=company.id, service_ids=[service_id])
    start_mandate(db, limited)
    (found,) = list_representations(db, person_id=person.id, on=TODAY)
    assert found.covers(service_id)
    assert not found.covers(uuid4())
    assert not found.covers(None)

    start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id))
    whole, _ = list_representations(db, person_id=person.id, on=TODAY)
    assert whole.covers(uuid4())
    assert whole.covers(None)


def test_an_organizations_people_are_listed_until_they_end(
    db: Session, person: Person, company: Organization
) -> None:
    start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id, valid_on=LAST))
    deputy = add_person(db, name="Lê Thị Bình")
    ends = mandate(deputy.id, DELEGATE, organization_id=company.id, ended_on=LAST)
    start_mandate(db, ends)
    acting = list_representatives(db, organization_id=company.id, on=TODAY)
    assert [(r.name, r.role) for r in acting] == [
        ("Trần Văn An", LEGAL),
        ("Lê Thị Bình", DELEGATE),
    ]
    acting = list_representatives(db, organization_id=company.id, on=LAST)
    assert [r.name for r in acting] == ["Trần Văn An"]


def test_a_representation_is_journaled_once(
    db: Session, person: Person, company: Organization
) -> None:
    for _ in range(2):
        given = start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id))
    started = {"role": LEGAL, "proofing": 2, "valid_on": "2026-01-01"}
    assert journaled(db, "representation.") == [("representation.started", started)]
    end_mandate(db, mandate_id=given.id, on=LAST, at=AT)
    ended = {"role": LEGAL, "valid_on": "2026-01-01", "ended_on": "2026-06-01"}
    assert journaled(db, "representation.")[1:] == [("representation.ended", ended)]


def test_an_end_known_at_the_start_waits_in_the_journal(
    db: Session, person: Person, company: Organization
) -> None:
    start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id, ended_on=LAST))
    names = [event for event, _ in journaled(db, "representation.")]
    assert names == ["representation.started", "representation.ended"]
    assert journaled(db, "representation.")[1][1]["ended_on"] == "2026-06-01"
