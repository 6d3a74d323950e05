"""How relying parties are shown in lists and on pages."""

from dataclasses import dataclass
from datetime import datetime

from idp.catalogue.models import InformationSystem, PublicService
from idp.kit.languages import name_in
from idp.relying_parties.auth_methods import SECRET_METHODS
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import RelyingParty


@dataclass(frozen=True)
class ServiceLine:
    """A service, as a line of text."""

    code: str
    name: str
    required_acr: str


@dataclass(frozen=True)
class ClientLine:
    """An application in a list."""

    client_id: str
    name: str
    environment: str
    state: str
    has_proposal: bool
    needs_secret: bool
    updated_at: datetime
    services: tuple[ServiceLine, ...]

    @property
    def href(self) -> str:
        """Its page."""
        return f"/portal/applications/{self.client_id}"


def client_line(record: PartyRecord, language: str) -> ClientLine:
    """The application in the visitor's language."""
    party = record.party
    return ClientLine(
        client_id=party.client_id,
        name=party_name(party, language),
        environment=party.environment.value,
        state=party.state.value,
        has_proposal=party.proposed is not None,
        needs_secret=needs_secret(party),
        updated_at=party.updated_at,
        services=tuple(service_line(service, language) for service in record.services),
    )


def service_line(service: PublicService, language: str) -> ServiceLine:
    """The service in the visitor's language."""
    name = name_in(language, vietnamese=service.name_vi, english=service.name_en)
    return ServiceLine(service.procedure_code, name, service.required_acr)


def party_name(party: RelyingParty, language: str) -> str:
    """The application's name in the visitor's language."""
    return name_in(language, vietnamese=party.client_name, english=party.client_name_en)


def system_name(system: InformationSystem, language: str) -> str:
    """The system's name in the visitor's language."""
    return name_in(language, vietnamese=system.name_vi, english=system.name_en)


def needs_secret(party: RelyingParty) -> bool:
    """Whether it is live but was never given the secret it must have."""
    return (
        party.state.value == "live"
        and party.token_endpoint_auth_method in SECRET_METHODS
        and party.client_secret_hash is None
    )
