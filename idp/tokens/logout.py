"""Whom to tell that a session has ended, and how far that is (OIDC Back-Channel Logout 1.0).

A party is told from a row written in the transaction that ends the session, so nothing is lost
and nobody waits. Rows are claimed for a while, so that many nodes share the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import delete_older
from idp.relying_parties.models import RelyingParty, RelyingPartyState
from idp.tokens.models import Grant, LogoutDelivery

WAITS = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800))
"""Before each further attempt; after the last one the delivery has failed."""
CLAIMED_FOR = timedelta(minutes=1)
"""Longer than a round of attempts takes; a node that dies leaves its rows to the others then."""
KEPT_FOR = timedelta(days=30)
"""So long an agency sees what became of a delivery."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One to be attempted now."""

    id: UUID
    relying_party_id: UUID
    client_id: str
    sid: UUID
    person_id: UUID
    attempts: int
    """With this one."""


def is_told() -> ColumnElement[bool]:
    """Whether a relying party is told when a session has ended."""
    return and_(
        RelyingParty.backchannel_logout_uri != "", RelyingParty.state == RelyingPartyState.LIVE
    )


def announce_end(db: Session, *, sids: Sequence[UUID]) -> None:
    """Note for each party with a grant from these sessions that it is to be told; one statement."""
    if not sids:
        return
    now = clock.now()
    told = (
        select(
            func.gen_random_uuid(),
            Grant.relying_party_id,
            Grant.sid,
            Grant.person_id,
            literal(now),
            literal(now),
            literal(0),
            literal(""),
        )
        .join(RelyingParty, RelyingParty.id == Grant.relying_party_id)
        .where(Grant.sid.in_(sids), is_told())
        .group_by(Grant.relying_party_id, Grant.sid, Grant.person_id)
    )
    columns = ["id", "relying_party_id", "sid", "person_id"]
    columns += ["created_at", "next_at", "attempts", "last_status"]
    db.execute(
        insert(LogoutDelivery)
        .from_select(columns, told, include_defaults=False)
        .on_conflict_do_nothing()
    )


def claim_deliveries(db: Session, *, limit: int) -> list[Delivery]:
    """Take deliveries that are due; nobody else attempts them for a minute."""
    now = clock.now()
    due = (
        select(LogoutDelivery.id)
        .where(LogoutDelivery.outcome.is_(None), LogoutDelivery.next_at <= now)
        .order_by(LogoutDelivery.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.execute(
        update(LogoutDelivery)
        .where(
            LogoutDelivery.id.in_(due.scalar_subquery()),
            RelyingParty.id == LogoutDelivery.relying_party_id,
        )
        .values(next_at=now + CLAIMED_FOR, attempts=LogoutDelivery.attempts + 1)
        .returning(
            LogoutDelivery.id,
            LogoutDelivery.relying_party_id,
            RelyingParty.client_id,
            LogoutDelivery.sid,
            LogoutDelivery.person_id,
            LogoutDelivery.attempts,
        )
        .execution_options(synchronize_session=False)
    )
    return [Delivery(**row._asdict()) for row in rows]


def settle_delivery(db: Session, delivery: Delivery, *, is_delivered: bool, status: str) -> None:
    """Note what an attempt came to: it is done, waits for the next, or has failed for good."""
    now, attempts = clock.now(), delivery.attempts
    values: dict[str, object] = {"last_status": status}
    if is_delivered:
        values |= {"outcome": "delivered", "delivered_at": now}
    elif attempts > len(WAITS):
        values["outcome"] = "failed"
    else:
        values["next_at"] = now + WAITS[attempts - 1]
    settled = db.execute(
        update(LogoutDelivery)
        .where(LogoutDelivery.id == delivery.id, LogoutDelivery.outcome.is_(None))
        .values(values)
        .returning(LogoutDelivery.outcome)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if settled is not None and settled.outcome:
        record(
            db,
            event="logout.told" if is_delivered else "logout.not_told",
            relying_party_id=delivery.relying_party_id,
            counted=False,
            data={"attempts": attempts, "status": status},
        )


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery as the agency sees it."""

    created_at: datetime
    attempts: int
    outcome: str | None
    last_status: str


def list_deliveries(db: Session, *, relying_party_id: UUID, limit: int) -> list[DeliveryLine]:
    """The party's last deliveries, newest first."""
    rows = db.execute(
        select(
            LogoutDelivery.created_at,
            LogoutDelivery.attempts,
            LogoutDelivery.outcome,
            LogoutDelivery.last_status,
        )
        .where(LogoutDelivery.relying_party_id == relying_party_id)
        .order_by(LogoutDelivery.created_at.desc())
        .limit(limit)
    )
    return [DeliveryLine(*row) for row in rows]


def drop_old_deliveries(db: Session, *, limit: int) -> int:
    """Delete a batch of deliveries that are old enough; how many."""
    before = clock.now() - KEPT_FOR
    return delete_older(db, LogoutDelivery.created_at, before=before, limit=limit)
