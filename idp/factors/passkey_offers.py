"""Whether somebody who has no passkey is offered one: once in 30 days, and never if they say so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.factors.models import PasskeyOffer

_EVERY = timedelta(days=30)


def claim_offer(db: Session, *, person_id: UUID, at: datetime) -> bool:
    """Whether one is offered now, which is noted; not where one was of late, or none is wanted.

    One conditional statement: of two pages at once, one offers.
    """
    is_due = and_(PasskeyOffer.is_unwanted.is_(False), PasskeyOffer.offered_at <= at - _EVERY)
    offered = (
        insert(PasskeyOffer)
        .values(person_id=person_id, offered_at=at, is_unwanted=False)
        .on_conflict_do_update(
            index_elements=[PasskeyOffer.person_id],
            set_={"offered_at": at},
            where=is_due,
        )
        .returning(PasskeyOffer.person_id)
    )
    return db.scalar(offered) is not None


def was_offered(db: Session, *, person_id: UUID, since: datetime) -> bool:
    """Whether one was offered since then, and is not unwanted."""
    mine = select(PasskeyOffer.person_id).where(PasskeyOffer.person_id == person_id)
    is_open = (PasskeyOffer.offered_at >= since, PasskeyOffer.is_unwanted.is_(False))
    return db.scalar(mine.where(*is_open)) is not None


def forget_offers(db: Session, *, person_id: UUID) -> None:
    """Begin anew: the account is somebody else's, or nobody's."""
    db.execute(delete(PasskeyOffer).where(PasskeyOffer.person_id == person_id))


def refuse_offers(db: Session, *, person_id: UUID) -> None:
    """Offer them none any more."""
    mine = PasskeyOffer.person_id == person_id
    db.execute(update(PasskeyOffer).where(mine).values(is_unwanted=True))
