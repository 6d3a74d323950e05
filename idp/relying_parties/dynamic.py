"""Clients that register and change themselves (RFC 7591, RFC 7592): sandbox only, never counted.

Their metadata is read and checked as that of a declared party. Only an operator may give services,
resources, audiences, a profile, and grants between services. An operator lets software of one
system register itself by an initial access token.
"""

from collections.abc import Collection, Iterable
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_system
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import delete_older
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.secrets import equal, new_token, token_hash
from idp.relying_parties.client_fields import FIELDS as ROWS
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import declaration_of
from idp.relying_parties.field_kinds import By, Fault
from idp.relying_parties.grant_types import SERVICE_GRANTS
from idp.relying_parties.metadata import find_faults, metadata_of
from idp.relying_parties.models import (
    Environment,
    InitialAccessToken,
    RelyingParty,
    RelyingPartyState,
)
from idp.relying_parties.register import register_party
from idp.relying_parties.scopes import INTERFACE_SCOPES
from idp.settings.server import IssuerSettings

LONGEST = timedelta(days=90)
MOST_USES = 1000
"""Of one initial access token."""
FIELDS = tuple(name for name, row in ROWS.items() if By.CLIENT in row.by)
_SENT = (*FIELDS, "client_name#vi", "client_name#en")
"""The metadata a client may send; anything else is ignored (RFC 7591 section 2)."""


@immutable
class SpentToken:
    """What an initial access token is for, and who let software register itself by it."""

    system_id: UUID
    made_by: UUID | None


@immutable
class SelfRegistered:
    """A new client; secret and token are shown once."""

    party: RelyingParty
    client_secret: str | None = field(repr=False)
    registration_token: str = field(repr=False)


def read_metadata(
    document: dict[str, Any], *, scope: str, requires_pkce: bool, profile: str
) -> ClientMetadata | Fault:
    """The metadata of a document, `scope` where it names none; a Fault for a wrong type."""
    sent = {name: document[name] for name in _SENT if document.get(name) is not None}
    defaults: dict[str, Any] = {
        "scope": scope,
        "client_name": _name_of(sent.get("redirect_uris")),
        "token_endpoint_auth_method": "client_secret_basic",
    }
    try:
        read = declaration_of({**defaults, **sent, "system": ""}, where="metadata").metadata
    except InvalidInput as error:
        return Fault("metadata", error.public)
    return replace(read, require_pkce=requires_pkce or read.is_public, profile=profile)


def find_own_faults(
    metadata: ClientMetadata, *, issuer: IssuerSettings, levels: Collection[str]
) -> list[Fault]:
    """Every rule the metadata breaks, those of every party and those of self-made ones."""
    faults = find_faults(metadata, issuer=issuer, levels=levels)
    if set(SERVICE_GRANTS) & set(metadata.grant_types):
        faults.append(Fault("grant_types", "This grant is for clients an operator registers."))
    if set(INTERFACE_SCOPES) & set(metadata.scope.split()):
        faults.append(Fault("scope", N_("This scope is for clients an operator registers.")))
    return faults


def register_itself(
    db: Session, *, initial: SpentToken, metadata: ClientMetadata, at: datetime
) -> SelfRegistered:
    """Store a live sandbox client of the system, and the token by which it may change itself.

    Who made the initial token has a part in the client, and in its production.
    """
    acted_by(db, Actor(Capacity.CLIENT))
    made = register_party(
        db,
        system_id=initial.system_id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=metadata,
        at=at,
        by=initial.made_by,
    )
    token = new_token()
    made.party.registration_token_hash = token_hash(token)
    db.flush()
    return SelfRegistered(made.party, made.client_secret, token)


def find_self_registered(db: Session, *, client_id: str, token: str) -> RelyingParty | None:
    """The live client whose registration token this is, locked while it changes."""
    party = db.scalar(
        select(RelyingParty)
        .where(
            RelyingParty.client_id == client_id,
            RelyingParty.state == RelyingPartyState.LIVE,
            RelyingParty.environment == Environment.SANDBOX,
            RelyingParty.registration_token_hash.is_not(None),
        )
        .with_for_update()
    )
    stored = party.registration_token_hash if party is not None else None
    is_its_own = stored is not None and equal(stored, token_hash(token))
    if is_its_own:
        acted_by(db, Actor(Capacity.CLIENT))
    return party if is_its_own else None


def document_of(party: RelyingParty) -> dict[str, Any]:
    """What is registered, with RFC 7591's names; empty fields are left out."""
    metadata = metadata_of(party, service=())
    values = {name: getattr(metadata, name) for name in FIELDS}
    values["client_name#en"] = metadata.client_name_en
    document = {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}
    return {name: value for name, value in document.items() if value not in ("", [], None)}


def _name_of(redirect_uris: object) -> str:
    """A name for a client that sends none: the host people are sent back to."""
    uris = redirect_uris if isinstance(redirect_uris, Iterable) else ()
    first = next(iter(uris), "")
    try:
        host = urlsplit(first).hostname if isinstance(first, str) else None
    except ValueError:
        host = None
    return (host or "sandbox")[:100]


def issue_initial_token(
    db: Session,
    *,
    system_code: str,
    uses: int,
    lifetime: timedelta,
    at: datetime,
    by: UUID | None = None,
) -> str:
    """A token good for `uses` registrations of that system's software; only a digest is kept.

    `by` is the operator who makes it.

    Raises NotFound for a system nobody has, InvalidInput for too many uses or too long a life.
    """
    if not 0 < uses <= MOST_USES:
        raise InvalidInput("A token is good for 1 to 1000 registrations.", field="uses")
    if not timedelta(0) < lifetime <= LONGEST:
        raise InvalidInput("A token lives 90 days at most.", field="lifetime")
    system = find_system(db, code=system_code)
    if system is None:
        raise NotFound("There is no system with this code.")
    token = new_token()
    db.add(
        InitialAccessToken(
            token_hash=token_hash(token),
            system_id=system.id,
            uses_left=uses,
            created_at=at,
            expires_at=at + lifetime,
            created_by_person_id=by,
        )
    )
    data = {"system": system_code, "uses": uses}
    record(
        db, event="registration.opened", at=at, agency_id=system.agency_id, counted=False, data=data
    )
    return token


def is_initial_token(db: Session, *, token: str, at: datetime) -> bool:
    """Whether the token is good for a registration; nothing is spent."""
    uses_left = select(InitialAccessToken.uses_left).where(_is_good(token, at))
    return db.scalar(uses_left) is not None


def spend_initial_token(db: Session, *, token: str, at: datetime) -> SpentToken | None:
    """Use the token once; None when it is good for nothing any more."""
    spent = db.execute(
        update(InitialAccessToken)
        .where(_is_good(token, at))
        .values(uses_left=InitialAccessToken.uses_left - 1)
        .returning(InitialAccessToken.system_id, InitialAccessToken.created_by_person_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if spent is None else SpentToken(*spent)


def drop_expired_initial_tokens(db: Session, *, limit: int) -> int:
    """Delete a batch of tokens that are too old to register anything; how many."""
    return delete_older(db, InitialAccessToken.expires_at, before=clock.now(), limit=limit)


def _is_good(token: str, at: datetime) -> ColumnElement[bool]:
    return and_(
        InitialAccessToken.token_hash == token_hash(token),
        InitialAccessToken.uses_left > 0,
        InitialAccessToken.expires_at > at,
    )
