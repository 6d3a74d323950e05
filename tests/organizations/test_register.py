"""Organizations are entered as the business register knows them, and follow it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.kit.errors import InvalidInput
from idp.organizations.models import Organization, OrganizationKind, OrganizationStatus
from idp.organizations.register import (
    OrganizationEntry,
    enter_organization,
    find_organization_names,
    register_organization,
)

AT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
def company(db: Session) -> Organization:
    """An enterprise."""
    return register_organization(
        db, OrganizationEntry(tax_code="0314409058", name="Công ty A"), at=AT
    )


def enter(db: Session, **values: Any) -> Organization:
    """The company as the register has it, but for these values."""
    known = {"tax_code": "0314409058", "name": "Công ty A", **values}
    return enter_organization(db, OrganizationEntry(**known), at=AT)


def journaled(db: Session) -> list[tuple[str, dict[str, Any]]]:
    rows = db.execute(select(JournalEntry.event, JournalEntry.data).order_by(JournalEntry.id))
    return [(event, data) for event, data in rows]


def test_a_branch_without_its_enterprise_is_refused(db: Session, company: Organization) -> None:
    with pytest.raises(InvalidInput):
        register_organization(
            db, OrganizationEntry(tax_code="0312687878-001", name="Chi nhánh"), at=AT
        )
    branch = register_organization(
        db, OrganizationEntry(tax_code="0314409058-002", name="Chi nhánh"), at=AT
    )
    names = find_organization_names(db, numbers={branch.organization_number})
    assert [*names.values()] == ["Chi nhánh"]
    assert journaled(db)[1] == (
        "organization.registered",
        {"kind": "branch", "status": "active"},
    )


def test_a_known_tax_code_is_registered_once(db: Session, company: Organization) -> None:
    with pytest.raises(InvalidInput):
        register_organization(
            db, OrganizationEntry(tax_code=company.tax_code, name="Công ty B"), at=AT
        )


def test_an_organization_follows_the_register(db: Session, company: Organization) -> None:
    followed = enter(db, name="Công ty B", place_code="48", status=OrganizationStatus.SUSPENDED)
    assert followed is company
    assert (company.name, company.place_code) == ("Công ty B", "48")
    enter(db, status=OrganizationStatus.SUSPENDED)
    assert journaled(db) == [
        ("organization.registered", {"kind": "enterprise", "status": "active"}),
        ("organization.status_changed", {"status": "suspended"}),
    ]


def test_an_organization_unknown_so_far_is_registered_as_it_is(db: Session) -> None:
    entered = enter(db, kind=OrganizationKind.HOUSEHOLD, status=OrganizationStatus.DISSOLVED)
    assert entered.status is OrganizationStatus.DISSOLVED
    assert journaled(db) == [
        ("organization.registered", {"kind": "household", "status": "dissolved"})
    ]


def test_an_organization_keeps_its_kind(db: Session, company: Organization) -> None:
    with pytest.raises(InvalidInput):
        enter(db, kind=OrganizationKind.COOPERATIVE)
    assert enter(db) is company
