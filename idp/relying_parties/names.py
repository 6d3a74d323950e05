"""What relying parties are called, for pages that name those a person has used."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem
from idp.kit.languages import name_in
from idp.relying_parties.models import RelyingParty


@dataclass(frozen=True)
class PartyName:
    """A relying party and the agency behind it, whatever state it is in."""

    client_name: str
    client_name_en: str
    client_uri: str
    agency_name_vi: str
    agency_name_en: str

    def name(self, language: str) -> str:
        """The client's name in a language."""
        return name_in(language, vietnamese=self.client_name, english=self.client_name_en)

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


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
