"""How relying parties are shown in lists and on pages."""

from dataclasses import dataclass
from datetime import datetime

from idp.catalogue.models import PublicService
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import RelyingParty, RelyingPartyState


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
    """Whether it is live but was never given the secret it must have."""
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
        name=party.name(language),
        environment=party.environment.value,
        state=party.state.value,
        has_proposal=party.proposed is not None,
        needs_secret=may_have_secret(party) and party.client_secret_hash is None,
        updated_at=party.updated_at,
        services=tuple(service_line(service, language) for service in record.services),
    )


def service_line(service: PublicService, language: str) -> ServiceLine:
    """The service in the visitor's language."""
    return ServiceLine(service.procedure_code, service.name(language), service.required_acr)


def may_have_secret(party: RelyingParty) -> bool:
    """Whether a secret can be made: the client uses one and is live."""
    return party.uses_secret and party.state is RelyingPartyState.LIVE
