"""Taking a relying party into production: what agency staff ask for and operators decide.

A production party has the metadata an operator saw. Developers write it and its changes, an owner
of the agency submits them, an operator decides: never one who had a part in what waits. Before the
first approval it may be changed freely; once it is live a change is kept as `proposed`, and the
party works on until the operator's approval makes the change effective.
"""

import json
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.hosts import (
    NO_NEIGHBOURS,
    find_neighbours,
    lock_hosts,
    version_of_hosts,
)
from idp.relying_parties.lifecycle import Step, note, take_step
from idp.relying_parties.models import Environment, RelyingParty
from idp.relying_parties.models import RelyingPartyState as State
from idp.relying_parties.register import (
    change_metadata,
    get_services,
    register_party,
    stored_metadata,
)
from idp.relying_parties.waiting import (
    is_as_it_was,
    proposed_metadata,
    waits_for_operator,
    waits_for_owner,
)

_OPEN = (State.DRAFT, State.SUBMITTED, State.CHANGES_REQUESTED)


class Decision(StrEnum):
    """What became of somebody's decision; nothing was done but for the first."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    """Something else waits by now than what they saw, or somebody has decided already."""
    OWN = "own"
    """They had a part in it."""
    STOPPED = "stopped"
    """Its sandbox application is suspended."""


def version_of(party: RelyingParty, *, current: ClientMetadata) -> str:
    """Tells what somebody sees of a party from anything else it may have become.

    `current` is what is registered.
    """
    seen = [party.state, party.submitted_at, party.proposed, asdict(current)]
    return sha256(json.dumps(seen, default=str, sort_keys=True).encode()).hexdigest()


def request_production(
    db: Session,
    *,
    sandbox: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    by: UUID | None = None,
    is_submitted: bool = True,
) -> RelyingParty | None:
    """Make a production twin of a sandbox party; submitted, or waiting for the agency's owner.

    Who registered or changed the sandbox party has a part in it. Services of other agencies that an
    operator gave the sandbox party stay: an operator sees them again. None for one that is not
    live, and for one that has a twin already.
    """
    db.refresh(sandbox, with_for_update=True)
    if (sandbox.environment, sandbox.state) != (Environment.SANDBOX, State.LIVE):
        return None
    if db.scalar(select(RelyingParty.id).where(RelyingParty.sandbox_id == sandbox.id)):
        return None
    party = register_party(
        db,
        system_id=sandbox.system_id,
        environment=Environment.PRODUCTION,
        state=State.SUBMITTED if is_submitted else State.DRAFT,
        metadata=metadata,
        sandbox_id=sandbox.id,
        fronted=stored_metadata(db, sandbox).service,
        at=at,
        by=by,
    ).party
    for author in (sandbox.created_by_person_id, *sandbox.authored_by_ids):
        add_author(party, author)
    db.flush()
    return party


def may_change(party: RelyingParty) -> bool:
    """Whether staff of the agency may change or propose anything in the party's state."""
    return party.state in _OPEN or party.state is State.LIVE


def change_party(
    db: Session,
    *,
    party: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    by: UUID | None = None,
    is_submitted: bool = True,
    may_front: bool = False,
) -> bool:
    """What staff of the agency may change: sandbox at once, production through review.

    Not `is_submitted`, a change of production waits for the agency's owner first. What is saved as
    it was changes nothing, and waits no longer than it did. False, and nothing done, in a state
    that allows no change, or while its sandbox party is suspended. Raises as `change_metadata`.
    """
    db.refresh(party, with_for_update=True)
    if not may_change(party) or is_stopped(db, party):
        return False
    if is_as_it_was(db, party, metadata, is_submitted=is_submitted):
        return True
    if party.environment is Environment.PRODUCTION and party.state is State.LIVE:
        _propose(db, party, metadata, at, is_submitted=is_submitted, may_front=may_front)
    else:
        _change(db, party, metadata, at, may_front=may_front)
        if party.environment is Environment.PRODUCTION:
            step: Step = "submit" if is_submitted else "revise"
            take_step(db, relying_party_id=party.id, step=step, at=at)
            db.refresh(party)
    add_author(party, by)
    db.flush()
    return True


def _propose(
    db: Session,
    party: RelyingParty,
    metadata: ClientMetadata,
    at: datetime,
    *,
    is_submitted: bool,
    may_front: bool,
) -> None:
    current, codes = stored_metadata(db, party), metadata.service
    waiting = proposed_metadata(party, current=current) or current
    kept_codes = codes if may_front else (*current.service, *waiting.service)
    get_services(db, codes, system_id=party.system_id, kept=kept_codes)
    party.proposed = _differences(metadata, current) or None
    party.submitted_at = at if is_submitted else None
    party.review_note = ""
    data = {"submitted": is_submitted}
    note(db, party.id, event="relying_party.change_proposed", at=at, data=data)


def _change(
    db: Session, party: RelyingParty, metadata: ClientMetadata, at: datetime, *, may_front: bool
) -> None:
    """A secret made now is shown to nobody, so it is not kept: the portal gives one when asked."""
    change = change_metadata(db, party=party, metadata=metadata, at=at, may_front=may_front)
    if change is not None:
        party.client_secret_hash = None


def _differences(metadata: ClientMetadata, current: ClientMetadata) -> dict[str, Any]:
    """Only what is to change: what operators change meanwhile is not undone by their approval."""
    stored = asdict(current)
    return {name: value for name, value in asdict(metadata).items() if value != stored[name]}


def add_author(party: RelyingParty, person_id: UUID | None) -> None:
    """Who wrote something of it has a part in it: they do not approve what waits."""
    if person_id is not None and person_id not in party.authored_by_ids:
        party.authored_by_ids = [*party.authored_by_ids, person_id]


def is_stopped(db: Session, party: RelyingParty) -> bool:
    """Whether it is not in production yet, and its sandbox party may ask for nothing now."""
    if party.sandbox_id is None or party.state is State.LIVE:
        return False
    state = select(RelyingParty.state).where(RelyingParty.id == party.sandbox_id)
    return db.scalar(state) is State.SUSPENDED


def submit(
    db: Session, *, relying_party_id: UUID, seen: str, at: datetime, by: UUID | None = None
) -> Decision:
    """Hand on to the operator what a developer wrote, for an owner who saw that version of it."""
    party = _lock_seen(db, relying_party_id, seen)
    if party is None or not waits_for_owner(party):
        return Decision.OVERTAKEN
    if is_stopped(db, party):
        return Decision.STOPPED
    if party.proposed is None:
        take_step(db, relying_party_id=party.id, step="submit", at=at)
        db.refresh(party)
    else:
        party.submitted_at = at
        data = {"submitted": True}
        note(db, party.id, event="relying_party.change_proposed", at=at, data=data)
    add_author(party, by)
    db.flush()
    return Decision.DONE


def approve(
    db: Session,
    *,
    relying_party_id: UUID,
    seen: str,
    at: datetime,
    by: UUID,
    seen_hosts: str = NO_NEIGHBOURS,
) -> Decision:
    """Make a submitted party, or a proposed change, live.

    `seen` is the version that the operator looked at, `seen_hosts` that of who else is at its
    hosts, `by` the operator.
    """
    lock_hosts(db)
    party = _lock_seen(db, relying_party_id, seen)
    if party is None or not waits_for_operator(party):
        return Decision.OVERTAKEN
    if by in party.authored_by_ids:
        return Decision.OWN
    if is_stopped(db, party):
        return Decision.STOPPED
    current = stored_metadata(db, party)
    change = proposed_metadata(party, current=current)
    neighbours = find_neighbours(db, system_id=party.system_id, metadata=change or current)
    if version_of_hosts(neighbours) != seen_hosts:
        return Decision.OVERTAKEN
    party.authored_by_ids = []
    if change is not None:
        party.proposed = None
        party.approved_at = at
        _change(db, party, change, at, may_front=True)
        return Decision.DONE
    take_step(db, relying_party_id=party.id, step="approve", at=at)
    take_step(db, relying_party_id=party.id, step="go_live", at=at)
    return Decision.DONE


def request_changes(
    db: Session, *, relying_party_id: UUID, seen: str, reason: str, at: datetime
) -> Decision:
    """Send a submission back with a reason; a live party keeps working as it was. As `approve`.

    Whoever had a part in it has one in what comes next, too.
    """
    party = _lock_seen(db, relying_party_id, seen)
    if party is None or not waits_for_operator(party):
        return Decision.OVERTAKEN
    if party.proposed is None:
        take_step(db, relying_party_id=party.id, step="request_changes", at=at, reason=reason)
        return Decision.DONE
    party.proposed = None
    party.review_note = reason
    data = {"reason": reason}
    note(db, party.id, event="relying_party.change_refused", at=at, data=data)
    return Decision.DONE


def _lock_seen(db: Session, relying_party_id: UUID, seen: str) -> RelyingParty | None:
    """The party, locked, when it is what somebody saw."""
    party = db.scalar(
        select(RelyingParty)
        .where(RelyingParty.id == relying_party_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if party is None or version_of(party, current=stored_metadata(db, party)) != seen:
        return None
    return party
