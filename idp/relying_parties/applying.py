"""Comparing declared relying parties with the stored ones, and storing them.

`plan_changes` says what would change; `apply_declarations` does it. All are checked before the
first is written, so a file is applied whole or not at all.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_foreign_services, find_services
from idp.catalogue.models import InformationSystem
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.relying_parties.audiences import FOREIGN, list_foreign
from idp.relying_parties.client_fields import FIELDS
from idp.relying_parties.declarations import Declaration
from idp.relying_parties.metadata import find_faults, find_production_faults
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.register import (
    FOREIGN_SERVICE,
    change_metadata,
    register_party,
    stored_metadata,
)
from idp.relying_parties.review import add_author, change_party, may_change
from idp.settings.server import IssuerSettings

Action = Literal["created", "updated", "drafted", "unchanged"]
"""`drafted`: it waits until an owner of the agency submits it, and then for an operator."""


@immutable
class Change:
    """What a declaration does to the register. `differences`: field → (stored, declared)."""

    declaration: Declaration
    action: Action
    system_id: UUID
    stored: RelyingParty | None
    differences: dict[str, tuple[Any, Any]]


@immutable
class Applied:
    """What was done; `client_secret` only when it is new. `client_id` is None in a dry run."""

    client_id: str | None
    action: Action
    client_secret: str | None = field(repr=False)
    differences: dict[str, tuple[Any, Any]]


def plan_changes(
    db: Session,
    declarations: Sequence[Declaration],
    *,
    issuer: IssuerSettings,
    needs_owner: bool = False,
    may_front: bool = False,
    levels: Collection[str] | None = None,
) -> list[Change]:
    """What applying would do. Raises InvalidInput whose `public` lists every fault, one a line.

    `needs_owner`: production parties are drafts, since whoever runs a command only claims who they
    are. `may_front`: new services may be of other agencies than the system's, as those that a
    portal fronts.
    """
    problems: list[str] = []
    systems = _systems(db, {d.system for d in declarations})
    known = find_services(db, codes={code for d in declarations for code in d.metadata.service})
    changes, owners = [], dict[str, UUID]()
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
            change = _change_of(db, declaration, system, needs_owner=needs_owner)
            changes.append(change)
            is_live_soon = declaration.environment is Environment.PRODUCTION
            if is_live_soon and change.action != "unchanged":
                faults += map(str, find_production_faults(declaration.metadata))
            faults += _immovable(change)
            faults += [] if may_front else _foreign_services(db, change)
            faults += _foreign_audiences(db, declaration, system, owners)
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
    by: UUID | None = None,
    needs_owner: bool = False,
    may_front: bool = False,
    levels: Collection[str] | None = None,
) -> list[Applied]:
    """Create or update every declared party; new ones are live at once, unless `needs_owner`.

    Only operators and the program itself may call this for production. `by` is the operator that
    was named: they do not approve it, which makes nobody else's word count. The rest, and what it
    raises, is as `plan_changes` says.
    """
    changes = plan_changes(
        db,
        declarations,
        issuer=issuer,
        needs_owner=needs_owner,
        may_front=may_front,
        levels=levels,
    )
    return [_apply(db, change, at, by, may_front=may_front) for change in changes]


def _apply(
    db: Session, change: Change, at: datetime, by: UUID | None, *, may_front: bool
) -> Applied:
    declaration, party, secret = change.declaration, change.stored, None
    metadata = declaration.metadata
    if party is None:
        waits = change.action == "drafted"
        registered = register_party(
            db,
            system_id=change.system_id,
            environment=declaration.environment,
            state=RelyingPartyState.DRAFT if waits else RelyingPartyState.LIVE,
            metadata=metadata,
            client_id=declaration.client_id,
            at=at,
            by=by,
            may_front=may_front,
        )
        party, secret = registered.party, registered.client_secret
    elif change.action == "drafted":
        is_changed = change_party(
            db,
            party=party,
            metadata=metadata,
            at=at,
            by=by,
            is_submitted=False,
            may_front=may_front,
        )
        if not is_changed:
            raise InvalidInput(f"{declaration.label}: its sandbox client is suspended.")
    elif change.action == "updated":
        secret = change_metadata(db, party=party, metadata=metadata, at=at, may_front=may_front)
        add_author(party, by)
    return Applied(party.client_id, change.action, secret, change.differences)


def _systems(db: Session, codes: Iterable[str]) -> dict[str, InformationSystem]:
    rows = db.scalars(select(InformationSystem).where(InformationSystem.code.in_(tuple(codes))))
    return {row.code: row for row in rows}


def _change_of(
    db: Session, declaration: Declaration, system: InformationSystem, *, needs_owner: bool
) -> Change:
    waits = needs_owner and declaration.environment is Environment.PRODUCTION
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
        return Change(declaration, "drafted" if waits else "created", system.id, None, {})
    stored = stored_metadata(db, party)
    differences = {
        name: (getattr(stored, name), getattr(declaration.metadata, name))
        for name in FIELDS
        if getattr(stored, name) != getattr(declaration.metadata, name)
    }
    changed: Action = "drafted" if waits else "updated"
    return Change(
        declaration, changed if differences else "unchanged", system.id, party, differences
    )


def _immovable(change: Change) -> list[str]:
    party, faults = change.stored, []
    if party is not None and party.environment is not change.declaration.environment:
        faults.append(f"environment: this client is a {party.environment.value} one; it stays so.")
    if party is not None and party.system_id != change.system_id:
        faults.append("system: this client belongs to another system; it stays there.")
    if party is not None and party.state is RelyingPartyState.RETIRED:
        faults.append("client_id: this client is retired; it stays so.")
    if party is not None and change.action == "drafted" and not may_change(party):
        faults.append("client_id: this client is suspended; resume it first.")
    return faults


def _foreign_services(db: Session, change: Change) -> list[str]:
    declared = change.declaration.metadata.service
    kept, wanted = change.differences.get(
        "service", (() if change.stored is None else declared, declared)
    )
    found = find_foreign_services(db, codes={*wanted} - {*kept}, system_id=change.system_id)
    return [f"service ({code}): {FOREIGN_SERVICE}" for code in sorted(found)]


def _foreign_audiences(
    db: Session, declaration: Declaration, system: InformationSystem, owners: dict[str, UUID]
) -> list[str]:
    """Those that are another agency's, by the register or by what this file says before."""
    audiences, own = declaration.metadata.audiences, system.agency_id
    foreign = list_foreign(db, audiences=audiences, system_id=system.id)
    foreign += [uri for uri in audiences if owners.setdefault(uri, own) != own]
    return [f"audiences ({uri}): {FOREIGN}" for uri in dict.fromkeys(foreign)]


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
