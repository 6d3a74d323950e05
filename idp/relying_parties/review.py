"""Taking a relying party into production: what agency staff ask for and operators decide.

A production party has the metadata an operator saw. Before the first approval staff may change it
freely; once it is live a change is kept as `proposed`, the party works on, and the operator's
approval makes the change effective.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import kept
from idp.relying_parties.lifecycle import note, take_step
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.register import (
    change_metadata,
    get_services,
    register_party,
    stored_metadata,
)

_OPEN = (
    RelyingPartyState.DRAFT,
    RelyingPartyState.SUBMITTED,
    RelyingPartyState.CHANGES_REQUESTED,
)


@dataclass(frozen=True)
class Check:
    """One thing an operator need not look up: a stable name, whether it holds, what was seen."""

    name: str
    is_met: bool
    seen: tuple[str, ...] = ()


def request_production(
    db: Session,
    *,
    sandbox: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    by: int | None = None,
    person_id: UUID | None = None,
) -> RelyingParty | None:
    """Submit a production twin of a sandbox party; None when it has one already."""
    db.execute(select(RelyingParty.id).where(RelyingParty.id == sandbox.id).with_for_update())
    if db.scalar(select(RelyingParty.id).where(RelyingParty.sandbox_id == sandbox.id)):
        return None
    return register_party(
        db,
        system_id=sandbox.system_id,
        environment=Environment.PRODUCTION,
        state=RelyingPartyState.SUBMITTED,
        metadata=metadata,
        sandbox_id=sandbox.id,
        person_id=person_id,
        at=at,
        by=by,
    ).party


def may_change(party: RelyingParty) -> bool:
    """Whether staff of the agency may change or propose anything in the party's state."""
    return party.state in _OPEN or party.state is RelyingPartyState.LIVE


def change_party(
    db: Session,
    *,
    party: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    by: int | None = None,
) -> bool:
    """What staff of the agency may change: sandbox at once, production through review.

    False, and nothing done, in a state that allows no change.
    """
    db.refresh(party, with_for_update=True)
    if not may_change(party):
        return False
    if party.environment is Environment.PRODUCTION and party.state is RelyingPartyState.LIVE:
        get_services(db, metadata.service)
        party.proposed = _differences(metadata, stored_metadata(db, party))
        party.submitted_at = at
        party.review_note = ""
        note(db, party.id, event="relying_party.change_proposed", at=at, by=by)
        return True
    _change(db, party, metadata, at, by)
    if party.environment is Environment.PRODUCTION:
        take_step(db, relying_party_id=party.id, step="submit", at=at, by=by)
    return True


def _change(
    db: Session, party: RelyingParty, metadata: ClientMetadata, at: datetime, by: int | None
) -> None:
    """A secret made now is shown to nobody, so it is not kept: the portal gives one when asked."""
    if change_metadata(db, party=party, metadata=metadata, at=at, by=by) is not None:
        party.client_secret_hash = None


def _differences(metadata: ClientMetadata, current: ClientMetadata) -> dict[str, Any]:
    """Only what is to change: what operators change meanwhile is not undone by their approval."""
    stored = asdict(current)
    return {name: value for name, value in asdict(metadata).items() if value != stored[name]}


def proposed_metadata(party: RelyingParty, *, current: ClientMetadata) -> ClientMetadata | None:
    """What would be registered after the change that waits for an operator, if one does.

    `current` is what is registered.
    """
    if party.proposed is None:
        return None
    values = {name: kept(value) for name, value in party.proposed.items()}
    return replace(current, **values)


def approve(
    db: Session, *, relying_party_id: UUID, seen_at: datetime, at: datetime, by: int | None = None
) -> bool:
    """Make a submitted party, or a proposed change, live.

    `seen_at` is the `submitted_at` of what the operator looked at; False, and nothing done, when
    the agency has submitted something else since, or somebody has decided already.
    """
    party = _lock_submitted(db, relying_party_id, seen_at)
    if party is None:
        return False
    change = proposed_metadata(party, current=stored_metadata(db, party))
    if change is not None:
        party.proposed = None
        party.approved_at = at
        _change(db, party, change, at, by)
        return True
    return take_step(
        db, relying_party_id=relying_party_id, step="approve", at=at, by=by
    ) and take_step(db, relying_party_id=relying_party_id, step="go_live", at=at, by=by)


def request_changes(
    db: Session,
    *,
    relying_party_id: UUID,
    seen_at: datetime,
    reason: str,
    at: datetime,
    by: int | None = None,
) -> bool:
    """Send a submission back with a reason; a live party keeps working as it was. As `approve`."""
    party = _lock_submitted(db, relying_party_id, seen_at)
    if party is None:
        return False
    if party.proposed is not None:
        party.proposed = None
        party.review_note = reason
        data = {"reason": reason}
        note(db, party.id, event="relying_party.change_refused", at=at, by=by, data=data)
        return True
    return take_step(
        db, relying_party_id=relying_party_id, step="request_changes", at=at, by=by, reason=reason
    )


def list_checks(record: PartyRecord, *, metadata: ClientMetadata) -> tuple[Check, ...]:
    """What is verified about a submission before an operator decides."""
    uris = metadata.redirect_uris + metadata.post_logout_redirect_uris
    plain = tuple(uri for uri in uris if uri.startswith("http:"))
    return (
        Check("https", not plain, plain or metadata.redirect_uris),
        Check("service", bool(metadata.service), metadata.service),
        Check("agency", record.agency.ended_on is None, (record.agency.code,)),
        Check("pkce", metadata.require_pkce),
    )


def _lock_submitted(db: Session, relying_party_id: UUID, seen_at: datetime) -> RelyingParty | None:
    party = db.scalar(
        select(RelyingParty)
        .where(RelyingParty.id == relying_party_id, RelyingParty.submitted_at == seen_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if party is None:
        return None
    is_waiting = party.state is RelyingPartyState.SUBMITTED or party.proposed is not None
    return party if is_waiting else None
