"""A relying party's way: draft, submitted, changes requested, approved, live, suspended, retired.

Staff of the agency submit, revise and retire; operators decide the rest
(`idp.mandates.posts`). Each step locks the row first, so that two people cannot take it twice.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.relying_parties.changes import announce_change
from idp.relying_parties.hosts import note_hosts
from idp.relying_parties.models import RelyingParty, RelyingPartyState

State = RelyingPartyState
Step = Literal[
    "submit", "revise", "request_changes", "approve", "go_live", "suspend", "resume", "retire"
]


@immutable
class Transition:
    """From which states a step may be taken, and where it leads."""

    origins: frozenset[RelyingPartyState]
    target: RelyingPartyState
    instant: str = ""
    """The column that keeps when the step was taken, if one does."""


TRANSITIONS: dict[Step, Transition] = {
    "submit": Transition(
        frozenset({State.DRAFT, State.SUBMITTED, State.CHANGES_REQUESTED}),
        State.SUBMITTED,
        "submitted_at",
    ),
    "revise": Transition(
        frozenset({State.DRAFT, State.SUBMITTED, State.CHANGES_REQUESTED}), State.DRAFT
    ),
    "request_changes": Transition(frozenset({State.SUBMITTED}), State.CHANGES_REQUESTED),
    "approve": Transition(frozenset({State.SUBMITTED}), State.APPROVED, "approved_at"),
    "go_live": Transition(frozenset({State.APPROVED}), State.LIVE),
    "suspend": Transition(frozenset({State.LIVE}), State.SUSPENDED, "suspended_at"),
    "resume": Transition(frozenset({State.SUSPENDED}), State.LIVE),
    "retire": Transition(frozenset(set(State) - {State.RETIRED}), State.RETIRED),
}


def may_take(step: Step, state: RelyingPartyState) -> bool:
    """Whether the step leads on from this state."""
    return state in TRANSITIONS[step].origins


def take_step(
    db: Session,
    *,
    relying_party_id: UUID,
    step: Step,
    at: datetime,
    reason: str = "",
) -> bool:
    """Take the step if the party is in a state that allows it; False, and nothing done, if not.

    Whatever was granted to a party until it was suspended has ended, and stays so when it resumes.
    `reason` is shown to the agency's staff.
    """
    transition = TRANSITIONS[step]
    party = db.execute(
        select(RelyingParty.state, RelyingParty.client_id)
        .where(RelyingParty.id == relying_party_id)
        .with_for_update()
    ).one_or_none()
    if party is None or party.state not in transition.origins:
        return False
    values: dict[str, Any] = {"state": transition.target, "review_note": reason}
    if transition.instant:
        values[transition.instant] = at
    note_hosts(db, relying_party_id=relying_party_id, at=at)
    db.execute(update(RelyingParty).where(RelyingParty.id == relying_party_id).values(values))
    note_hosts(db, relying_party_id=relying_party_id, at=at)
    data = {"from": party.state.value, "to": transition.target.value, "reason": reason}
    note(db, relying_party_id, event="relying_party.state_changed", at=at, data=data)
    announce_change(db, client_id=party.client_id)
    return True


def note(db: Session, party_id: UUID, *, event: str, at: datetime, data: Any = None) -> None:
    """Record what became of a party."""
    record(db, event=event, at=at, relying_party_id=party_id, counted=False, data=data)
