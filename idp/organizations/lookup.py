"""Finding organizations."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.organizations.models import Organization


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
