"""What the sign-in pages read of an account before and after checking a secret."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from idp.people.models import Person, PersonStatus, TotpFactor


@dataclass(frozen=True)
class Credentials:
    """How an account proves itself."""

    person_id: UUID
    subject_number: int
    status: PersonStatus
    proofing: int
    credentials_epoch: int
    password_hash: str | None = field(repr=False)
    has_totp: bool

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is active."""
        return self.status is PersonStatus.ACTIVE


def find_credentials(db: Session, *, person_id: UUID) -> Credentials | None:
    """The account's credentials, whatever its status. One statement."""
    has_totp = exists().where(
        TotpFactor.person_id == Person.id,
        TotpFactor.confirmed_at.is_not(None),
        TotpFactor.removed_at.is_(None),
    )
    row = db.execute(
        select(
            Person.id,
            Person.subject_number,
            Person.status,
            Person.proofing,
            Person.credentials_epoch,
            Person.password_hash,
            has_totp,
        ).where(Person.id == person_id)
    ).one_or_none()
    return Credentials(*row) if row else None


def keep_rehashed(db: Session, *, person_id: UUID, old_hash: str, new_hash: str) -> None:
    """Put the same password's newer hash in place, unless the password changed meanwhile."""
    db.execute(
        update(Person)
        .where(Person.id == person_id, Person.password_hash == old_hash)
        .values(password_hash=new_hash)
        .execution_options(synchronize_session=False)
    )
