"""Entering organizations as the business register knows them, and following it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.organizations import tax_codes
from idp.organizations.lookup import find_organization
from idp.organizations.models import Organization, OrganizationKind, OrganizationStatus


@dataclass(frozen=True, kw_only=True)
class OrganizationEntry:
    """An organization as the business register writes it."""

    tax_code: str
    name: str
    kind: OrganizationKind = OrganizationKind.ENTERPRISE
    status: OrganizationStatus = OrganizationStatus.ACTIVE
    place_code: str | None = None


def register_organization(
    db: Session,
    *,
    tax_code: str,
    name: str,
    at: datetime,
    kind: OrganizationKind = OrganizationKind.ENTERPRISE,
    status: OrganizationStatus = OrganizationStatus.ACTIVE,
    place_code: str | None = None,
) -> Organization:
    """Enter an organization as the business register knows it.

    A branch needs its enterprise first, for it is counted as that one; InvalidInput otherwise, and
    for a wrong or a known code.
    """
    code = tax_codes.normalise(tax_code)
    if find_organization(db, tax_code=code):
        raise InvalidInput("An organization with this tax code is registered.", field="tax_code")
    branch = tax_codes.is_branch(code)
    if branch and not find_organization(db, tax_code=tax_codes.enterprise_code(code)):
        raise InvalidInput("Register the enterprise before its branch.", field="tax_code")
    organization = Organization(
        tax_code=code,
        name=name.strip(),
        kind=kind,
        status=status,
        place_code=place_code,
        created_at=at,
    )
    db.add(organization)
    db.flush()
    record(
        db,
        event="organization.registered",
        at=at,
        organization_number=organization.organization_number,
        data={
            "kind": "branch" if branch else kind.value,
            "status": organization.status.value,
        },
    )
    return organization


def change_status(
    db: Session, *, organization: Organization, status: OrganizationStatus, at: datetime
) -> None:
    """Follow the business register; nobody acts for an organization that is not active."""
    if organization.status is status:
        return
    organization.status = status
    record(
        db,
        event="organization.status_changed",
        at=at,
        organization_number=organization.organization_number,
        data={"status": status.value},
    )


def enter_organization(db: Session, entry: OrganizationEntry, *, at: datetime) -> Organization:
    """Register it; or, where its code is known, take over name, place and status.

    InvalidInput as for `register_organization`, and for another kind: it is counted as what it was
    registered as.
    """
    known = find_organization(db, tax_code=tax_codes.normalise(entry.tax_code))
    if known is None:
        return register_organization(db, at=at, **vars(entry))
    if known.kind is not entry.kind:
        raise InvalidInput("An organization keeps the kind it was registered as.", field="kind")
    known.name, known.place_code = entry.name.strip(), entry.place_code
    change_status(db, organization=known, status=entry.status, at=at)
    return known
