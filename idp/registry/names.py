"""What relying parties are called, for pages that name those a person has used."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.registry.models import Agency, InformationSystem, PublicService, RelyingParty


@dataclass(frozen=True)
class PartyName:
    """A relying party and the agency behind it, whatever state it is in."""

    client_name: str
    client_name_en: str
    client_uri: str
    agency_name_vi: str
    agency_name_en: str

    def name(self, language: str) -> str:
        """The client's name in a language; Vietnamese where no other is known."""
        return (language != "vi" and self.client_name_en) or self.client_name

    def agency_name(self, language: str) -> str:
        """The agency's name in a language; Vietnamese where no other is known."""
        return (language != "vi" and self.agency_name_en) or self.agency_name_vi


def find_party_names(db: Session, *, party_ids: Collection[UUID]) -> dict[UUID, PartyName]:
    """The names of those relying parties, by id. One statement, none for nobody."""
    if not party_ids:
        return {}
    rows = db.execute(
        select(
            RelyingParty.id,
            RelyingParty.client_name,
            RelyingParty.client_name_en,
            RelyingParty.client_uri,
            Agency.name_vi,
            Agency.name_en,
        )
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .join(Agency, Agency.id == InformationSystem.agency_id)
        .where(RelyingParty.id.in_(party_ids))
    )
    return {row[0]: PartyName(*row[1:]) for row in rows}


@dataclass(frozen=True)
class ServiceName:
    """A public service and the agency that owns it."""

    name_vi: str
    name_en: str
    agency_name_vi: str
    agency_name_en: str

    def name(self, language: str) -> str:
        """The service's name in a language; Vietnamese where no other is known."""
        return (language != "vi" and self.name_en) or self.name_vi

    def agency_name(self, language: str) -> str:
        """The agency's name in a language; Vietnamese where no other is known."""
        return (language != "vi" and self.agency_name_en) or self.agency_name_vi


def find_service_names(db: Session, *, service_ids: Collection[UUID]) -> dict[UUID, ServiceName]:
    """The names of those services, by id. One statement, none for nothing."""
    if not service_ids:
        return {}
    rows = db.execute(
        select(
            PublicService.id,
            PublicService.name_vi,
            PublicService.name_en,
            Agency.name_vi,
            Agency.name_en,
        )
        .join(Agency, Agency.id == PublicService.agency_id)
        .where(PublicService.id.in_(service_ids))
    )
    return {row[0]: ServiceName(*row[1:]) for row in rows}
