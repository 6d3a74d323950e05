"""Reading relying parties: in any state for pages, and those that tokens are meant for."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.kit.immutable import immutable
from idp.kit.languages import name_in
from idp.kit.letters import column_without_marks, without_marks
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import metadata_of
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)

_texts = ARRAY(Text)
_TARGETS = (
    select(RelyingParty.client_id)
    .where(
        RelyingParty.audiences.contains(bindparam("audiences", type_=_texts)),
        RelyingParty.exchange_clients.contains(bindparam("clients", type_=_texts)),
        RelyingParty.environment == bindparam("environment", type_=RelyingParty.environment.type),
        RelyingParty.state == RelyingPartyState.LIVE,
    )
    .limit(2)
)


@immutable
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


@immutable
class PartyName:
    """A relying party and the agency behind it, whatever state it is in."""

    client_name: str
    client_name_en: str
    client_uri: str
    agency_name_vi: str
    agency_name_en: str
    environment: Environment

    @property
    def is_test(self) -> bool:
        """Whether nobody has approved it, its name neither: an application of the sandbox."""
        return self.environment is Environment.SANDBOX

    def name(self, language: str) -> str:
        """The client's name in a language."""
        return name_in(language, vietnamese=self.client_name, english=self.client_name_en)

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


@immutable
class PartyToStart(PartyName):
    """One at whose site a sign-in can begin."""

    initiate_login_uri: str


def find_party(db: Session, *, client_id: str) -> PartyRecord | None:
    """The relying party with that client_id, whatever its state."""
    if not (client_id.isascii() and client_id.isprintable()):
        return None
    records = _records(db, _party_statement().where(RelyingParty.client_id == client_id))
    return records[0] if records else None


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
    offset: int = 0,
) -> list[PartyRecord]:
    """Relying parties by what they, their system or their agency are called; newest first.

    However it is spelled, and without marks, too.

    An empty text and None leave that condition out.
    """
    statement = _party_statement().order_by(RelyingParty.created_at.desc(), RelyingParty.client_id)
    names = (
        *(RelyingParty.client_id, RelyingParty.client_name, RelyingParty.client_name_en),
        *(InformationSystem.name_vi, InformationSystem.name_en, InformationSystem.code),
        *(Agency.name_vi, Agency.name_en, Agency.code),
    )
    if text:
        plain = (column_without_marks(name) for name in names)
        sought = without_marks(text)
        statement = statement.where(or_(*(n.contains(sought, autoescape=True) for n in plain)))
    if state is not None:
        statement = statement.where(RelyingParty.state == state)
    if environment is not None:
        statement = statement.where(RelyingParty.environment == environment)
    return _records(db, statement.limit(limit).offset(offset))


def list_awaiting_review(db: Session) -> list[PartyRecord]:
    """Production parties submitted, or live with a submitted change; longest waiting first."""
    change = and_(
        RelyingParty.state == RelyingPartyState.LIVE,
        RelyingParty.proposed.is_not(None),
        RelyingParty.submitted_at.is_not(None),
    )
    return _records(
        db,
        _party_statement()
        .where(or_(RelyingParty.state == RelyingPartyState.SUBMITTED, change))
        .order_by(RelyingParty.submitted_at),
    )


_NAMES = (
    select(
        RelyingParty.client_name,
        RelyingParty.client_name_en,
        RelyingParty.client_uri,
        Agency.name_vi,
        Agency.name_en,
        RelyingParty.environment,
    )
    .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
    .join(Agency, Agency.id == InformationSystem.agency_id)
)


def find_party_names(db: Session, *, party_ids: Collection[UUID]) -> dict[UUID, PartyName]:
    """The names of those relying parties, by id. One statement, none for nobody."""
    if not party_ids:
        return {}
    rows = db.execute(_NAMES.add_columns(RelyingParty.id).where(RelyingParty.id.in_(party_ids)))
    return {party_id: PartyName(*names) for *names, party_id in rows}


def find_names_by_audience(
    db: Session, *, audiences: Collection[str]
) -> dict[tuple[Environment, str], PartyName]:
    """Which live party answers to each of these addresses, by environment. One statement, or none.

    Whoever asks reaches those of their own environment only.
    """
    if not audiences:
        return {}
    rows = db.execute(
        _NAMES.add_columns(RelyingParty.audiences)
        .where(
            RelyingParty.audiences.overlap(list(audiences)),
            RelyingParty.state == RelyingPartyState.LIVE,
        )
        .order_by(RelyingParty.created_at.desc())
    )
    found = ((PartyName(*names), answers_to) for *names, answers_to in rows)
    return {(name.environment, uri): name for name, answers_to in found for uri in answers_to}


def list_to_start(db: Session, *, limit: int) -> list[PartyToStart]:
    """Live parties of production whose site says where it begins, by Vietnamese name.

    A device's is not among them: nobody begins there in this browser. One statement.
    """
    rows = db.execute(
        _NAMES.add_columns(RelyingParty.initiate_login_uri)
        .where(
            RelyingParty.state == RelyingPartyState.LIVE,
            RelyingParty.environment == Environment.PRODUCTION,
            RelyingParty.redirect_uris != [],
            or_(RelyingParty.initiate_login_uri != "", RelyingParty.client_uri != ""),
        )
        .order_by(RelyingParty.client_name, RelyingParty.id)
        .limit(limit)
    )
    return [PartyToStart(*row) for row in rows]


def find_exchange_target(
    db: Session, *, audience: str, client_id: str, environment: Environment
) -> str | None:
    """The client_id of the live party that answers to the audience and lets the client exchange.

    None when no party does, or several do: a token's subject must not be ambiguous (RFC 8693).
    Sandbox clients reach sandbox parties only. One statement.
    """
    values = {"audiences": [audience], "clients": [client_id], "environment": environment}
    targets = db.scalars(_TARGETS, values).all()
    return targets[0] if len(targets) == 1 else None


def find_answering(db: Session, *, audience: str, environment: Environment) -> Sequence[str]:
    """The client_ids of the live parties that answer to it. One statement."""
    return db.scalars(
        select(RelyingParty.client_id).where(
            RelyingParty.audiences.contains([audience]),
            RelyingParty.environment == environment,
            RelyingParty.state == RelyingPartyState.LIVE,
        )
    ).all()


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
