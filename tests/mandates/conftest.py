"""Someone with an account, an agency and a company, for rules about mandates."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.journal.models import JournalEntry
from idp.mandates.models import Mandate
from idp.organizations.models import Organization
from idp.organizations.register import OrganizationEntry, register_organization
from idp.people.models import Person
from tests.support.people import add_agency, add_person, equip_staff

AT = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
FIRST, TODAY, LAST = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def person(db: Session) -> Person:
    """Who may have a post."""
    person = add_person(db, name="Trần Văn An", at=AT)
    equip_staff(db, person, at=AT)
    return person


@pytest.fixture
def agency(db: Session) -> Agency:
    return add_agency(db, code="G12")


@pytest.fixture
def company(db: Session) -> Organization:
    return register_organization(
        db, OrganizationEntry(tax_code="0314409058", name="Công ty A"), at=AT
    )


def mandate(person_id: UUID, role: str, **values: Any) -> Mandate:
    """One from the first day on, yet to be given."""
    return Mandate(person_id=person_id, role=role, created_at=AT, **{"valid_on": FIRST, **values})


def journaled(db: Session, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    """The events with such a name, in the order written."""
    rows = db.execute(
        select(JournalEntry.event, JournalEntry.data)
        .where(JournalEntry.event.startswith(prefix))
        .order_by(JournalEntry.id)
    )
    return [(event, data) for event, data in rows]
