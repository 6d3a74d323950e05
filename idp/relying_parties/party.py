"""A relying party as the protocol and the sign-in pages see it: frozen, loaded in one statement."""

from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from joserfc.jwk import KeySet
from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from idp.catalogue.models import Agency, InformationSystem, PublicService, Tier
from idp.kit.immutable import immutable
from idp.kit.languages import Named, name_in
from idp.kit.letters import spelling_key
from idp.relying_parties.client_fields import COLUMNS, ClientMetadata
from idp.relying_parties.field_kinds import kept
from idp.relying_parties.key_sets import read_key_set
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)
from idp.relying_parties.redirect_uris import is_claimed
from idp.relying_parties.scopes import SERVICE_PREFIX, released_claims

SANDBOX_SECTOR = "sandbox:"
"""Before what stands for a sector of the sandbox; a colon is in no host name."""


@immutable
class RegisteredAgency(Named):
    """An agency; its tier decides where a success counts."""

    id: UUID
    code: str
    tier: Tier


@immutable
class RegisteredService(Named):
    """A public service that a request may name by the scope value `service:<procedure code>`."""

    id: UUID
    procedure_code: str
    required_acr: str
    agency: RegisteredAgency


@immutable(kw_only=True)
class RegisteredParty(ClientMetadata):
    """A usable relying party: its metadata, with its system, agency and services."""

    id: UUID
    client_id: str
    client_secret_hash: bytes | None = field(repr=False)
    environment: Environment
    state: RelyingPartyState
    system_id: UUID
    system_code: str
    system_name_vi: str
    system_name_en: str
    agency: RegisteredAgency
    default_service: RegisteredService | None
    services: dict[str, RegisteredService]
    """By procedure code; the default service is among them."""
    logo_hash: bytes | None = None
    """The SHA-256 of its logo, where there is one to show."""
    suspended_at: datetime | None = None
    """When it was last, live though it is: what it was given until then is over."""

    def name(self, language: str) -> str:
        """The client's name in a language."""
        return name_in(language, vietnamese=self.client_name, english=self.client_name_en)

    def system_name(self, language: str) -> str:
        """The system's name in a language."""
        return name_in(language, vietnamese=self.system_name_vi, english=self.system_name_en)

    @property
    def is_sandbox(self) -> bool:
        """Whether it is for tests alone: nobody has approved it, and its traffic never counts."""
        return self.environment is Environment.SANDBOX

    def was_suspended_since(self, issued: int) -> bool:
        """Whether what it was given then, in seconds of the epoch, is over by that."""
        return self.suspended_at is not None and self.suspended_at.timestamp() >= issued

    def is_proven_at(self, redirect_uri: str) -> bool:
        """Whether nobody else has the use of an answer that is sent there in its name.

        It authenticates to use it, or the address is its own. Others are confirmed by the person
        each time (RFC 8252 section 8.6, RFC 9700 section 4.1).
        """
        return not self.is_public or is_claimed(redirect_uri)

    def purpose(self, language: str) -> str:
        """What people's data is asked for, in a language; empty where it was not said."""
        return name_in(language, vietnamese=self.purpose_vi, english=self.purpose_en)

    def claim_purposes(self, language: str) -> dict[str, str]:
        """Claims that are asked for something else, and what for."""
        said, translated = map(_by_claim, (self.claim_purposes_vi, self.claim_purposes_en))
        return {
            claim: name_in(
                language, vietnamese=said.get(claim, ""), english=translated.get(claim, "")
            )
            for claim in said | translated
        }

    @cached_property
    def purpose_key(self) -> str:
        """What all wordings of one purpose share; empty where none was said.

        The Vietnamese is what people agree to, the English its translation. Case and blanks change
        no purpose; other words may, so they are asked again (decision 40).
        """
        said = (self.purpose_vi, *sorted(self.claim_purposes_vi))
        if not any(said):
            return ""
        return sha256("\n".join(map(spelling_key, said)).encode()).hexdigest()[:32]

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The scope values it may have: registered ones, everybody's, and those of its services.

        Whoever hears of people has `openid`; others are clients of OAuth alone.
        """
        own = self.scope.split()
        services = (f"{SERVICE_PREFIX}{code}" for code in self.services)
        openid = ("openid",) if released_claims(own) else ()
        return frozenset({*own, *openid, "offline_access", *services})

    @cached_property
    def offered_claims(self) -> frozenset[str]:
        """The claims it may have: those of its scope values, however they are asked for."""
        return frozenset(released_claims(self.scopes))

    @cached_property
    def service_ids(self) -> frozenset[UUID]:
        """The public services it may name."""
        return frozenset(service.id for service in self.services.values())

    def find_service(self, service_id: UUID | None) -> RegisteredService | None:
        """One of the public services it may name, by its row."""
        return next((s for s in self.services.values() if s.id == service_id), None)

    @cached_property
    def keys(self) -> KeySet:
        """The public keys registered by value; `client_keys` knows those behind `jwks_uri`."""
        return read_key_set(self.jwks)

    @cached_property
    def sector(self) -> str:
        """Whose clients may know a person by one pairwise subject: those of a verified host.

        An operator's approval verifies a host, so only production has any: that of the sector
        identifier URI, or else of the redirect URIs, which share one. A native client's addresses
        belong to the device, so without the URI it is a sector of its own; so is who names a
        loopback host, which is every machine's.

        In the sandbox anybody names any host. There every client is a sector of its own; a document
        behind a sector identifier URI joins those of one agency.
        """
        own = f"client:{self.client_id}"
        shared = urlsplit(self.sector_identifier_uri).hostname
        if self.is_sandbox:
            return f"{SANDBOX_SECTOR}{self.agency.id}:{shared}" if shared else SANDBOX_SECTOR + own
        returns = () if self.application_type == "native" else self.redirect_uris
        address = self.sector_identifier_uri or next(iter(returns), "")
        return (is_claimed(address) and urlsplit(address).hostname) or own

    @property
    def is_answered_encrypted(self) -> bool:
        """Whether some answer to it is encrypted under a key of its own."""
        algs = (self.id_token_encrypted_response_alg, self.userinfo_encrypted_response_alg)
        return any(algs)


_owner = aliased(Agency)
_services = (
    select(
        func.jsonb_agg(
            func.jsonb_build_object(
                *("id", PublicService.id, "procedure_code", PublicService.procedure_code),
                *("name_vi", PublicService.name_vi, "name_en", PublicService.name_en),
                *("required_acr", PublicService.required_acr, "agency_id", _owner.id),
                *("agency_code", _owner.code, "agency_tier", _owner.tier),
                *("agency_name_vi", _owner.name_vi, "agency_name_en", _owner.name_en),
            )
        )
    )
    .join(_owner, _owner.id == PublicService.agency_id)
    .where(
        or_(
            PublicService.id == RelyingParty.default_service_id,
            PublicService.id.in_(
                select(RelyingPartyService.service_id)
                .where(RelyingPartyService.relying_party_id == RelyingParty.id)
                .correlate(RelyingParty)
            ),
        )
    )
    .correlate(RelyingParty)
    .scalar_subquery()
)
_statement = (
    select(
        RelyingParty.__table__,
        InformationSystem.code.label("system_code"),
        InformationSystem.name_vi.label("system_name_vi"),
        InformationSystem.name_en.label("system_name_en"),
        Agency.id.label("agency_id"),
        Agency.code.label("agency_code"),
        Agency.tier.label("agency_tier"),
        Agency.name_vi.label("agency_name_vi"),
        Agency.name_en.label("agency_name_en"),
        _services.label("services"),
    )
    .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
    .join(Agency, Agency.id == InformationSystem.agency_id)
)
_BUILT = {"agency", "default_service", "services", "service"}
"""What is made of several columns."""
_OWN = {each.name for each in fields(RegisteredParty)} - {*COLUMNS} - _BUILT


def load_live_party(connection: Connection, *, client_id: str) -> RegisteredParty | None:
    """The party with that client_id if it is live. One statement."""
    found = connection.execute(
        _statement.where(
            and_(RelyingParty.client_id == client_id, RelyingParty.state == RelyingPartyState.LIVE)
        )
    ).mappings()
    row = found.one_or_none()
    return None if row is None else _party_of(row)


def _party_of(row: Mapping[Any, Any]) -> RegisteredParty:
    services = {entry["procedure_code"]: _service_of(entry) for entry in row["services"] or ()}
    by_id = {service.id: service for service in services.values()}
    own: dict[str, Any] = {name: row[name] for name in _OWN}
    metadata: dict[str, Any] = {name: kept(row[name]) for name in COLUMNS}
    return RegisteredParty(
        **own,
        **metadata,
        service=tuple(sorted(services)),
        agency=_agency_of(row),
        default_service=by_id.get(row["default_service_id"]),
        services=services,
    )


def _service_of(entry: dict[str, Any]) -> RegisteredService:
    return RegisteredService(
        id=UUID(entry["id"]),
        procedure_code=entry["procedure_code"],
        name_vi=entry["name_vi"],
        name_en=entry["name_en"],
        required_acr=entry["required_acr"],
        agency=_agency_of(entry),
    )


def _agency_of(row: Mapping[Any, Any]) -> RegisteredAgency:
    agency_id = row["agency_id"]
    return RegisteredAgency(
        id=agency_id if isinstance(agency_id, UUID) else UUID(agency_id),
        code=row["agency_code"],
        tier=Tier(row["agency_tier"]),
        name_vi=row["agency_name_vi"],
        name_en=row["agency_name_en"],
    )


def _by_claim(lines: Iterable[str]) -> dict[str, str]:
    parts = (line.partition(": ") for line in lines)
    return {claim: purpose for claim, _, purpose in parts}
