"""What the journal is told: of a post, who appointed or dismissed; else, who represents whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.mandates.models import Mandate
from idp.organizations.models import Organization
from idp.people.models import Person


def record_start(db: Session, mandate: Mandate, *, by: int | None) -> None:
    """A mandate was given; an end that is known already waits in the journal for its day."""
    at = mandate.created_at
    if mandate.organization_id is None:
        record(db, event="staff.post_started", at=at, **_post(mandate, by))
        return
    proofing = db.scalar(select(Person.proofing).where(Person.id == mandate.person_id))
    values = _representation(db, mandate, {"proofing": proofing})
    record(db, event="representation.started", at=at, **values)
    if mandate.ended_on is not None:
        record_end(db, mandate, at=at, by=by)


def record_end(db: Session, mandate: Mandate, *, at: datetime, by: int | None) -> None:
    """A mandate was given its end."""
    if mandate.organization_id is None:
        record(db, event="staff.post_ended", at=at, **_post(mandate, by))
        return
    values = _representation(db, mandate, {"ended_on": str(mandate.ended_on)})
    record(db, event="representation.ended", at=at, **values)


def _post(mandate: Mandate, by: int | None) -> dict[str, Any]:
    return {
        "agency_id": mandate.agency_id,
        "subject_number": by,
        "counted": False,
        "data": {"role": mandate.role},
    }


def _representation(db: Session, mandate: Mandate, data: dict[str, Any]) -> dict[str, Any]:
    numbers = (
        select(Person.subject_number, Organization.organization_number)
        .join(Mandate, Mandate.person_id == Person.id)
        .join(Organization, Organization.id == Mandate.organization_id)
        .where(Mandate.id == mandate.id)
    )
    common = {"role": mandate.role, "valid_on": mandate.valid_on.isoformat()}
    return {**db.execute(numbers).one()._asdict(), "data": {**common, **data}}
