"""Reading relying parties in any state, with what stands around them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import metadata_of
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)


@dataclass(frozen=True)
class PartyRecord:
    """A relying party in any state, with what stands around it, for agency staff and operators."""

    party: RelyingParty
    system: InformationSystem
    agency: Agency
    services: tuple[PublicService, ...]
    """By procedure code, in order."""

    @property
    def metadata(self) -> ClientMetadata:
        """What is registered."""
        return metadata_of(self.party, service=tuple(s.procedure_code for s in self.services))


def find_party(db: Session, *, client_id: str) -> PartyRecord | None:
    """The relying party with that client_id, whatever its state."""
    if not (client_id.isascii() and client_id.isprintable()):
        return None
    found = _records(db, _party_statement().where(RelyingParty.client_id == client_id))
    return found[0] if found else None


def find_production_twin(db: Session, *, sandbox_id: UUID) -> RelyingParty | None:
    """The production party made from a sandbox one."""
    return db.scalar(select(RelyingParty).where(RelyingParty.sandbox_id == sandbox_id))


def list_parties(db: Session, *, agency_ids: Collection[UUID] | None = None) -> list[PartyRecord]:
    """The relying parties of these agencies' systems, or of all; oldest first."""
    statement = _party_statement().order_by(RelyingParty.created_at, RelyingParty.client_id)
    if agency_ids is not None:
        statement = statement.where(InformationSystem.agency_id.in_(agency_ids))
    return _records(db, statement)


def search_parties(
    db: Session,
    *,
    text: str = "",
    state: RelyingPartyState | None = None,
    environment: Environment | None = None,
    limit: int,
) -> list[PartyRecord]:
    """Relying parties by what they, their system or their agency are called; newest first.

    An empty text and None leave that condition out.
    """
    statement = _party_statement().order_by(RelyingParty.created_at.desc(), RelyingParty.client_id)
    names = (
        *(RelyingParty.client_id, RelyingParty.client_name, RelyingParty.client_name_en),
        *(InformationSystem.name_vi, InformationSystem.name_en, InformationSystem.code),
        *(Agency.name_vi, Agency.name_en, Agency.code),
    )
    if text:
        statement = statement.where(or_(*(n.icontains(text, autoescape=True) for n in names)))
    if state is not None:
        statement = statement.where(RelyingParty.state == state)
    if environment is not None:
        statement = statement.where(RelyingParty.environment == environment)
    return _records(db, statement.limit(limit))


def list_awaiting_review(db: Session) -> list[PartyRecord]:
    """Production parties submitted, or live with a proposed change; longest waiting first."""
    return _records(
        db,
        _party_statement()
        .where(or_(RelyingParty.state == "submitted", RelyingParty.proposed.is_not(None)))
        .order_by(RelyingParty.submitted_at),
    )


def _party_statement() -> Select[RelyingParty, InformationSystem, Agency]:
    return (
        select(RelyingParty, InformationSystem, Agency)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .join(Agency, Agency.id == InformationSystem.agency_id)
    )


def _records(
    db: Session, statement: Select[RelyingParty, InformationSystem, Agency]
) -> list[PartyRecord]:
    rows = db.execute(statement).all()
    services: dict[UUID, list[PublicService]] = {row[0].id: [] for row in rows}
    named = db.execute(
        select(RelyingPartyService.relying_party_id, PublicService)
        .join(PublicService, PublicService.id == RelyingPartyService.service_id)
        .where(RelyingPartyService.relying_party_id.in_(services))
        .order_by(PublicService.procedure_code)
    )
    for party_id, service in named:
        services[party_id].append(service)
    return [
        PartyRecord(party=party, system=system, agency=agency, services=tuple(services[party.id]))
        for party, system, agency in rows
    ]
