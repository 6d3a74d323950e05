"""Declared relying parties: read from TOML, compared with the stored ones, and stored.

For `idp rp apply` and the demo: `[[relying_party]]` tables with RFC 7591's names. `plan_changes`
says what would change; `apply_declarations` does it. All are checked before the first is written,
so a file is applied whole or not at all.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_services
from idp.catalogue.models import InformationSystem
from idp.kit.errors import InvalidInput
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import TEXT, kept
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.register import change_metadata, register_party, stored_metadata
from idp.settings.server import IssuerSettings

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{2,99}")
_ALIASES = {"client_name#en": "client_name_en", "client_name#vi": "client_name"}
_OWN = ("system", "environment", "client_id")
_KNOWN = (*_OWN, *(name for name in FIELDS if name != "client_name_en"), *_ALIASES)

Action = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Declaration:
    """One relying party as declared. Without a client_id it is known by system and name."""

    system: str
    environment: Environment
    client_id: str | None
    metadata: ClientMetadata

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.client_id or self.metadata.client_name


@dataclass(frozen=True)
class Change:
    """What a declaration does to the register. `differences`: field → (stored, declared)."""

    declaration: Declaration
    action: Action
    system_id: UUID
    stored: RelyingParty | None
    differences: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Applied:
    """What was done; `client_secret` only when it is new. `client_id` is None in a dry run."""

    client_id: str | None
    action: Action
    client_secret: str | None = field(repr=False)
    differences: dict[str, tuple[Any, Any]]


def read_declarations(toml: str) -> list[Declaration]:
    """The `[[relying_party]]` tables of a TOML text.

    Raises InvalidInput whose `public` lists every table that cannot be read, one a line.
    """
    try:
        document = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"This is not valid TOML: {error}.") from error
    tables = document.pop("relying_party", None)
    if document:
        raise InvalidInput(_unknown("at the top", next(iter(document)), ("relying_party",)))
    if not isinstance(tables, list) or not tables:
        raise InvalidInput("There is no [[relying_party]] table in this file.")
    declarations, problems = [], []
    for number, table in enumerate(tables, start=1):
        try:
            declarations.append(declaration_of(table, where=f"relying_party {number}"))
        except InvalidInput as error:
            problems.append(error.public)
    if problems:
        raise InvalidInput("\n".join(problems))
    return declarations


def declaration_of(table: Mapping[str, Any], *, where: str) -> Declaration:
    """One table. Raises InvalidInput for unknown keys, missing keys and wrong types."""
    if not isinstance(table, Mapping):
        raise InvalidInput(f"{where}: write it as a [[relying_party]] table.")
    for key in table:
        if key not in _KNOWN:
            raise InvalidInput(_unknown(where, key, _KNOWN))
    values = {_ALIASES.get(key, key): _kept(where, key, value) for key, value in table.items()}
    for key in ("system", "client_name"):
        if key not in values:
            raise InvalidInput(f"{where}: {key} is missing.")
    system = values.pop("system")
    client_id = values.pop("client_id", None)
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise InvalidInput(f"{where}: client_id has 3 to 100 letters, digits and . _ ~ - only.")
    environment = values.pop("environment", "sandbox")
    if environment not in tuple(Environment):
        raise InvalidInput(f"{where}: environment is sandbox or production.")
    if values.get("application_type") == "native":
        values.setdefault("token_endpoint_auth_method", "none")
    if "response_types" in values:
        values["response_types"] = tuple(map(canonical, values["response_types"]))
    values["service"] = tuple(sorted(set(values.get("service", ()))))
    return Declaration(system, Environment(environment), client_id, ClientMetadata(**values))


def _kept(where: str, key: str, value: Any) -> Any:
    if key == "service" and isinstance(value, str):
        value = [value]
    kind = TEXT if key in _OWN else FIELDS[_ALIASES.get(key, key)].kind
    if not kind.is_declarable(value):
        raise InvalidInput(f"{where}: {key} must be {kind.expected}.")
    return kept(value)


def _unknown(where: str, key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}."
    return f"{where}: unknown key {key!r}{hint}"


def plan_changes(
    db: Session,
    declarations: Sequence[Declaration],
    *,
    issuer: IssuerSettings,
    levels: Collection[str] | None = None,
) -> list[Change]:
    """What applying would do. Raises InvalidInput whose `public` lists every fault, one a line."""
    problems: list[str] = []
    systems = _systems(db, {d.system for d in declarations})
    known = find_services(db, codes={code for d in declarations for code in d.metadata.service})
    changes = []
    for declaration in declarations:
        broken = find_faults(declaration.metadata, issuer=issuer, levels=levels)
        faults = [str(fault) for fault in broken]
        system = systems.get(declaration.system)
        if system is None:
            faults.append(f"system: there is no system with the code {declaration.system!r}.")
        faults += [
            f"service ({code}): there is no service with this procedure code."
            for code in declaration.metadata.service
            if code not in known
        ]
        if system is not None:
            change = _change_of(db, declaration, system)
            changes.append(change)
            faults += _immovable(change)
        problems += [f"{declaration.label}: {fault}" for fault in faults]
    problems += _twice(changes)
    if problems:
        raise InvalidInput("\n".join(problems))
    return changes


def apply_declarations(
    db: Session,
    declarations: Sequence[Declaration],
    *,
    issuer: IssuerSettings,
    at: datetime,
    levels: Collection[str] | None = None,
) -> list[Applied]:
    """Create or update every declared party. New ones are live at once, in either environment.

    Only operators and the program itself may call this for production. Raises as `plan_changes`.
    """
    changes = plan_changes(db, declarations, issuer=issuer, levels=levels)
    return [_apply(db, change, at) for change in changes]


def _apply(db: Session, change: Change, at: datetime) -> Applied:
    declaration, party, secret = change.declaration, change.stored, None
    if party is None:
        registered = register_party(
            db,
            system_id=change.system_id,
            environment=declaration.environment,
            state=RelyingPartyState.LIVE,
            metadata=declaration.metadata,
            client_id=declaration.client_id,
            at=at,
        )
        party, secret = registered.party, registered.client_secret
    elif change.action == "updated":
        secret = change_metadata(db, party=party, metadata=declaration.metadata, at=at)
    return Applied(party.client_id, change.action, secret, change.differences)


def _systems(db: Session, codes: Iterable[str]) -> dict[str, InformationSystem]:
    rows = db.scalars(select(InformationSystem).where(InformationSystem.code.in_(tuple(codes))))
    return {row.code: row for row in rows}


def _change_of(db: Session, declaration: Declaration, system: InformationSystem) -> Change:
    statement = select(RelyingParty)
    if declaration.client_id is not None:
        statement = statement.where(RelyingParty.client_id == declaration.client_id)
    else:
        statement = statement.where(
            RelyingParty.system_id == system.id,
            RelyingParty.environment == declaration.environment,
            RelyingParty.client_name == declaration.metadata.client_name,
        ).order_by(RelyingParty.created_at)
    party = db.scalars(statement.limit(1)).one_or_none()
    if party is None:
        return Change(declaration, "created", system.id, None, {})
    stored = stored_metadata(db, party)
    differences = {
        name: (getattr(stored, name), getattr(declaration.metadata, name))
        for name in FIELDS
        if getattr(stored, name) != getattr(declaration.metadata, name)
    }
    action: Action = "updated" if differences else "unchanged"
    return Change(declaration, action, system.id, party, differences)


def _immovable(change: Change) -> list[str]:
    party, faults = change.stored, []
    if party is not None and party.environment is not change.declaration.environment:
        faults.append(f"environment: this client is a {party.environment.value} one; it stays so.")
    if party is not None and party.system_id != change.system_id:
        faults.append("system: this client belongs to another system; it stays there.")
    return faults


def _twice(changes: Sequence[Change]) -> list[str]:
    seen: set[tuple[str, ...]] = set()
    problems = []
    for change in changes:
        declared = change.declaration
        key = (
            (change.stored.client_id,)
            if change.stored
            else (declared.client_id,)
            if declared.client_id
            else (declared.system, declared.environment.value, declared.metadata.client_name)
        )
        if key in seen:
            problems.append(f"{declared.label}: declared twice in this file.")
        seen.add(key)
    return problems
