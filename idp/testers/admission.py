"""Whether somebody may try an application of the sandbox."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.mandates.posts import find_posts, may_manage_agency
from idp.people.identifiers import HASHES, find_number, hashes_of
from idp.testers.models import Tester


@dataclass(frozen=True)
class Trial:
    """An application that nobody has approved, and whose team answers for it."""

    relying_party_id: UUID
    agency_id: UUID


def may_try(db: Session, trial: Trial, *, keyring: Keyring, person_id: UUID, on: date) -> bool:
    """Whether a real person may: the team itself, and whom it invited."""
    posts = find_posts(db, person_id=person_id, on=on)
    if may_manage_agency(posts, agency_id=trial.agency_id):
        return True
    number = find_number(db, keyring=keyring, person_id=person_id)
    return number is not None and _is_invited(db, trial, hashes_of(keyring, number))


def _is_invited(db: Session, trial: Trial, number_hashes: list[bytes]) -> bool:
    """Kept under any key of the ring: numbers are renewed by one walk, table after table."""
    invited = db.scalar(
        select(Tester.id).where(
            Tester.relying_party_id == trial.relying_party_id,
            Tester.number_hash == any_(literal(number_hashes, HASHES)),
        )
    )
    return invited is not None
