"""Storing a relying party: a new one, or other metadata for one that is there."""

import secrets as random
from dataclasses import field
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_foreign_services, find_services
from idp.catalogue.models import PublicService
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.relying_parties.audiences import FOREIGN, list_foreign
from idp.relying_parties.changes import announce_change
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.hosts import note_hosts
from idp.relying_parties.lifecycle import note
from idp.relying_parties.logos import ask_for_logo
from idp.relying_parties.metadata import column_values, metadata_of
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)
from idp.relying_parties.secrets import issue_secret

FOREIGN_SERVICE = N_("This procedure code is not a service of the application's agency.")

_log = structlog.get_logger(__name__)


@immutable
class Registered:
    """A new relying party; `client_secret` is shown once, None for one that has no secret yet."""

    party: RelyingParty
    client_secret: str | None = field(repr=False)


def new_client_id(environment: Environment) -> str:
    """A client_id nobody has, from which the environment can be told."""
    prefix = "sandbox" if environment is Environment.SANDBOX else "live"
    return f"{prefix}-{random.token_hex(10)}"


def find_sent_before(db: Session, *, party_id: UUID) -> RelyingParty | None:
    """The party that a form with this id has made already, waiting for one that is making it now.

    Until the end of this transaction nobody else makes a party with the id.
    """
    key = int.from_bytes(party_id.bytes[:8], "big", signed=True)
    db.execute(select(func.pg_advisory_xact_lock(key)))
    return db.get(RelyingParty, party_id)


def register_party(
    db: Session,
    *,
    system_id: UUID,
    environment: Environment,
    state: RelyingPartyState,
    metadata: ClientMetadata,
    at: datetime,
    by: UUID | None = None,
    may_front: bool = False,
    fronted: tuple[str, ...] = (),
    client_id: str | None = None,
    client_secret: str = "",
    party_id: UUID | None = None,
    sandbox_id: UUID | None = None,
) -> Registered:
    """Store a new party with faultless metadata; a confidential one that is live gets its secret.

    That is `client_secret`, or a random one. `by` is the person who registers it. Raises
    InvalidInput as `get_services`, and for an audience that is another agency's; an operator
    `may_front` the services of other agencies, everybody those of them that are `fronted` already.
    """
    codes = metadata.service
    services = get_services(db, codes, system_id=system_id, kept=codes if may_front else fronted)
    _refuse_foreign(db, metadata, system_id)
    issued = issue_secret(client_secret) if _needs_secret(metadata, state) else None
    party = RelyingParty(
        id=party_id or uuid4(),
        client_id=client_id or new_client_id(environment),
        system_id=system_id,
        environment=environment,
        state=state,
        sandbox_id=sandbox_id,
        client_secret_hash=issued.hash if issued else None,
        client_secret_at=at if issued else None,
        authored_by_ids=[by] if by else [],
        created_by_person_id=by,
        created_at=at,
        updated_at=at,
        submitted_at=at if state is RelyingPartyState.SUBMITTED else None,
        approved_at=at if state is RelyingPartyState.LIVE else None,
        client_name=metadata.client_name,
    )
    db.add(party)
    _write(db, party, metadata, services)
    note_hosts(db, relying_party_id=party.id, at=at)
    data = {"environment": environment.value, "state": state.value}
    note(db, party.id, event="relying_party.created", at=at, data=data)
    return Registered(party=party, client_secret=issued.value if issued else None)


def change_metadata(
    db: Session,
    *,
    party: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    may_front: bool = False,
) -> str | None:
    """Give a stored party other metadata; returns a secret when it became confidential and live.

    A party that needs a secret no longer loses it. Raises InvalidInput as `register_party`; what it
    named before, and what an operator adds who `may_front` them, may be other agencies' services.
    """
    codes = metadata.service
    kept = codes if may_front else stored_metadata(db, party).service
    services = get_services(db, codes, system_id=party.system_id, kept=kept)
    _refuse_foreign(db, metadata, party.system_id)
    note_hosts(db, relying_party_id=party.id, at=at)
    before = {name: getattr(party, name) for name in column_values(metadata)}
    party.updated_at = at
    issued = None
    used_secret = party.uses_secret
    if not metadata.uses_secret:
        party.client_secret_hash = None
    elif not used_secret and _needs_secret(metadata, party.state):
        issued = issue_secret()
        party.client_secret_hash, party.client_secret_at = issued.hash, at
    _write(db, party, metadata, services)
    note_hosts(db, relying_party_id=party.id, at=at)
    changed = sorted(n for n, v in column_values(metadata).items() if before[n] != v)
    note(db, party.id, event="relying_party.updated", at=at, data={"fields": changed})
    return issued.value if issued else None


def stored_metadata(db: Session, party: RelyingParty) -> ClientMetadata:
    """What is registered, with the procedure codes the party may name."""
    codes = db.scalars(
        select(PublicService.procedure_code)
        .join(RelyingPartyService, RelyingPartyService.service_id == PublicService.id)
        .where(RelyingPartyService.relying_party_id == party.id)
    )
    return metadata_of(party, service=tuple(codes))


def get_services(
    db: Session, codes: tuple[str, ...], *, system_id: UUID, kept: tuple[str, ...]
) -> dict[str, PublicService]:
    """The services with these codes, for a party of that system.

    Raises InvalidInput naming the first that nobody has, or that is no matter of the system's
    agency and not in `kept`: whoever works for two agencies does not mix them.
    """
    services = find_services(db, codes=codes)
    for code in codes:
        if code not in services:
            raise InvalidInput(
                "There is no service with this procedure code.", field="service", detail=code
            )
    if foreign := find_foreign_services(db, codes={*codes} - {*kept}, system_id=system_id):
        raise InvalidInput(FOREIGN_SERVICE, field="service", detail=min(foreign))
    return services


def _refuse_foreign(db: Session, metadata: ClientMetadata, system_id: UUID) -> None:
    if foreign := list_foreign(db, audiences=metadata.audiences, system_id=system_id):
        raise InvalidInput(FOREIGN, field="audiences", detail=foreign[0])


def _needs_secret(metadata: ClientMetadata, state: RelyingPartyState) -> bool:
    return metadata.uses_secret and state is RelyingPartyState.LIVE


def _write(
    db: Session,
    party: RelyingParty,
    metadata: ClientMetadata,
    services: dict[str, PublicService],
) -> None:
    has_other_logo = party.logo_uri != metadata.logo_uri
    for name, value in column_values(metadata).items():
        setattr(party, name, value)
    only = metadata.service[0] if len(metadata.service) == 1 else None
    party.default_service_id = services[only].id if only else None
    db.flush()
    if has_other_logo:
        ask_for_logo(db, party=party)
    db.execute(delete(RelyingPartyService).where(RelyingPartyService.relying_party_id == party.id))
    rows = [{"relying_party_id": party.id, "service_id": s.id} for s in services.values()]
    if rows:
        db.execute(insert(RelyingPartyService), rows)
    if not metadata.require_pkce:
        _log.warning("relying_party.legacy_without_pkce", client_id=party.client_id)
    announce_change(db, client_id=party.client_id)
