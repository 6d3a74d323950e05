"""The business register: the port by which it is asked, and our own tables as its one adapter."""

from dataclasses import field
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.representations import Representative, list_representatives
from idp.mandates.roles import OrganizationRole
from idp.organizations.register import OrganizationEntry, find_organization
from idp.people.profile import read_profile


@immutable(kw_only=True)
class RegisteredRepresentative:
    """A legal representative, from `valid_on` until `ended_on` (exclusive)."""

    number: str = field(repr=False)
    name: str
    valid_on: date
    ended_on: date | None


@immutable(kw_only=True)
class RegisteredOrganization:
    """What the register writes of an organization, and of whom it has as legal representatives."""

    entry: OrganizationEntry
    representatives: tuple[RegisteredRepresentative, ...]


class BusinessRegister(Protocol):
    """The port to the register: what it knows of a tax code."""

    def find(self, *, tax_code: str) -> RegisteredOrganization | None:
        """The organization with that normalised code; None for a code it does not know."""


def business_register(db: Session, *, keyring: Keyring, today: date) -> BusinessRegister:
    """The adapter in use: what was entered here."""
    return _EnteredHere(db, keyring, today)


@immutable
class _EnteredHere:
    db: Session
    keyring: Keyring
    today: date

    def find(self, *, tax_code: str) -> RegisteredOrganization | None:
        organization = find_organization(self.db, tax_code=tax_code)
        if organization is None:
            return None
        entry = OrganizationEntry(
            tax_code=organization.tax_code,
            name=organization.name,
            kind=organization.kind,
            status=organization.status,
            place_code=organization.place_code,
        )
        acting = list_representatives(self.db, organization_id=organization.id, on=self.today)
        legal = (r for r in acting if r.role == OrganizationRole.LEGAL_REPRESENTATIVE)
        return RegisteredOrganization(entry=entry, representatives=tuple(map(self._read, legal)))

    def _read(self, found: Representative) -> RegisteredRepresentative:
        profile = read_profile(self.db, keyring=self.keyring, person_id=found.person_id)
        return RegisteredRepresentative(
            number=profile.citizen_number,
            name=found.name,
            valid_on=found.valid_on,
            ended_on=found.ended_on,
        )
