"""Entering organizations as the business register knows them, finding them, and following it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.organizations import tax_codes
from idp.organizations.models import Organization, OrganizationKind, OrganizationStatus
from idp.places.codes import place_in_journal


@immutable(kw_only=True)
class OrganizationEntry:
    """An organization as the business register writes it."""

    tax_code: str
    name: str
    kind: OrganizationKind = OrganizationKind.ENTERPRISE
    status: OrganizationStatus = OrganizationStatus.ACTIVE
    place_code: str | None = None


def register_organization(db: Session, entry: OrganizationEntry, *, at: datetime) -> Organization:
    """Enter an organization that is not known yet.

    A branch needs its enterprise first, for it is counted as that one; InvalidInput otherwise, and
    for a wrong or a known code.
    """
    code = tax_codes.normalise(entry.tax_code)
    if find_organization(db, tax_code=code):
        raise InvalidInput("An organization with this tax code is registered.", field="tax_code")
    branch = tax_codes.is_branch(code)
    if branch and not find_organization(db, tax_code=tax_codes.enterprise_code(code)):
        raise InvalidInput("Register the enterprise before its branch.", field="tax_code")
    values = {**vars(entry), "tax_code": code, "name": entry.name.strip()}
    organization = Organization(**values, created_at=at)
    db.add(organization)
    db.flush()
    kind = "branch" if branch else entry.kind.value
    told = {"kind": kind, **place_in_journal(organization.place_code)}
    _record(db, organization, event="organization.registered", at=at, **told)
    return organization


def enter_organization(db: Session, entry: OrganizationEntry, *, at: datetime) -> Organization:
    """Register it; or, where its code is known, take over name, place and status.

    InvalidInput as for `register_organization`, and for another kind: it is counted as what it was
    registered as.
    """
    known = find_organization(db, tax_code=tax_codes.normalise(entry.tax_code))
    if known is None:
        return register_organization(db, entry, at=at)
    if known.kind is not entry.kind:
        raise InvalidInput("An organization keeps the kind it was registered as.", field="kind")
    known.name, known.place_code = entry.name.strip(), entry.place_code
    if known.status is not entry.status:
        known.status = entry.status
        _record(db, known, event="organization.status_changed", at=at)
    return known


def find_organization(db: Session, *, tax_code: str) -> Organization | None:
    """The organization with a normalised tax code."""
    return db.scalar(select(Organization).where(Organization.tax_code == tax_code))


def find_organization_names(db: Session, *, numbers: Collection[int]) -> dict[int, str]:
    """The names of the organizations the journal names so; none asked for, no statement."""
    if not numbers:
        return {}
    rows = db.execute(
        select(Organization.organization_number, Organization.name).where(
            Organization.organization_number.in_(numbers)
        )
    )
    return {number: name for number, name in rows}  # noqa: C416 - rows are no pairs to mypy


def _record(
    db: Session, organization: Organization, *, event: str, at: datetime, **data: str
) -> None:
    data["status"] = organization.status.value
    number = organization.organization_number
    record(db, event=event, at=at, organization_number=number, data=data)
