"""The ways to sign in that a person has beside the password, as they see them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.beside import delete_beside
from idp.factors.credentials import is_had
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.journal.record import entry, record_all
from idp.kit.immutable import immutable
from idp.people.models import Person

LONGEST_NAME = 40


@immutable
class Way:
    """One of them, in use or not. `name` is empty where its person gave it none."""

    id: UUID
    kind: Kind
    name: str
    added_at: datetime
    last_used_at: datetime | None
    locked_at: datetime | None
    suspended_until: datetime | None
    trust: Trust

    @property
    def is_in_use(self) -> bool:
        """Whether it can be used to sign in."""
        return self.locked_at is None and self.suspended_until is None


def list_ways(
    db: Session, *, person_id: UUID, at: datetime, with_spares: bool = False
) -> tuple[Way, ...]:
    """Those in use, those locked, and those taken away that may still be had back.

    The oldest first. What a recovery set aside is none of them. Spares are no ways of their own:
    they stand for one that is lost, and are listed where that is asked.
    """
    kinds = [kind.name for kind in KINDS.values() if with_spares or not kind.is_spare]
    rows = db.execute(
        select(Authenticator)
        .where(
            is_had(person_id),
            Authenticator.kind.in_(kinds),
        )
        .order_by(Authenticator.created_at, Authenticator.id)
    ).scalars()
    return tuple(
        Way(
            id=row.id,
            kind=KINDS[row.kind],
            name=row.name,
            added_at=row.confirmed_at or row.created_at,
            last_used_at=row.last_used_at,
            locked_at=row.locked_at,
            suspended_until=row.suspended_until,
            trust=Trust(row.carries_proofing, row.carries_from),
        )
        for row in rows
        if row.suspended_until is None or row.suspended_until > at
    )


def plain_name(typed: str) -> str:
    """What somebody calls a way of theirs: one line, no longer than LONGEST_NAME."""
    return " ".join("".join(c if c.isprintable() else " " for c in typed).split())[:LONGEST_NAME]


def find_name(db: Session, *, factor_id: UUID) -> str:
    """What its person called it, there or gone; empty for what has no name, or is nobody's."""
    return db.scalar(select(Authenticator.name).where(Authenticator.id == factor_id)) or ""


def remove_suspended(db: Session, *, at: datetime, limit: int) -> int:
    """Remove for good a batch of those whose time is over, and journal each; how many.

    Their secrets are deleted.
    """
    over = (
        select(Authenticator.id)
        .where(Authenticator.suspended_until <= at, Authenticator.removed_at.is_(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = db.execute(
        update(Authenticator)
        .where(Authenticator.id.in_(over), Person.id == Authenticator.person_id)
        .values(removed_at=Authenticator.suspended_until, secret_encrypted=None)
        .returning(Authenticator.id, Authenticator.kind, Person.subject_number)
        .execution_options(synchronize_session=False)
    ).all()
    delete_beside(db, [row.id for row in gone])
    deleted = [
        entry(event="factor.deleted", subject_number=number, data={"kind": kind})
        for _, kind, number in gone
    ]
    record_all(db, deleted)
    return len(gone)
