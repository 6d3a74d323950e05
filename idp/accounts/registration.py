"""Making an account for a citizen number.

Declared data that agree with the population register give proofing 1, others proofing 0. An account
with proofing 0 never owns its number: whoever is matched takes it over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.accounts.changes import set_status
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.languages import DEFAULT
from idp.people.changes import insert_person
from idp.people.declaration import Declaration
from idp.people.identifiers import (
    NEVER_ISSUED,
    Holder,
    end_number,
    find_holder,
    give_number,
    hashes_of,
    is_made_up,
    review_reasons,
)
from idp.people.models import Person, PersonStatus
from idp.people.population import match_declaration

_GONE = (PersonStatus.CLOSED, PersonStatus.MERGED)


@dataclass(frozen=True)
class Registered:
    """A new account; `review_reasons` are for a registrar to look at."""

    person_id: UUID
    subject_number: int
    proofing: int
    credentials_epoch: int
    review_reasons: tuple[str, ...]


@dataclass(frozen=True)
class NumberTaken:
    """Another account holds the number, and the newcomer has not proven more than it has."""

    is_proven: bool


def register_person(
    db: Session,
    *,
    keyring: Keyring,
    declaration: Declaration,
    password_hash: str | None,
    at: datetime,
    proofing: int | None = None,
    locale: str = DEFAULT,
    claims: Mapping[str, Any] | None = None,
    is_test: bool = False,
) -> Registered | NumberTaken:
    """Make an account; `proofing` None asks the population register, else it is a registrar's.

    `is_test`: of somebody made up. Raises InvalidInput for a number that is not made up, too.
    """
    if is_test and not is_made_up(declaration.number):
        text = f"A test person's number begins with {NEVER_ISSUED}, so that it is nobody's."
        raise InvalidInput(text, field="number")
    number_hashes = hashes_of(keyring, declaration.number)
    _one_at_a_time(db, number_hashes)
    match = match_declaration(db, keyring=keyring, declaration=declaration)
    level = proofing if proofing is not None else int(match is not None)
    holder = find_holder(db, number_hashes=number_hashes, lock=True)
    if holder is not None and not _gives_way(holder, level):
        return NumberTaken(is_proven=holder.proofing > 0)
    if holder is not None:
        _evict(db, holder, number_hashes=number_hashes, at=at)
    person = insert_person(
        db,
        name=match.name if match else declaration.name,
        birthdate=declaration.birthdate,
        sex=declaration.sex,
        residence_code=match.residence_code if match else None,
        proofing=level,
        password_hash=password_hash,
        locale=locale,
        claims=dict(claims or {}),
        is_test=is_test,
        created_at=at,
        updated_at=at,
    )
    give_number(db, keyring=keyring, person_id=person.id, number=declaration.number, at=at)
    return _registered(db, declaration, person, at=at)


def _registered(
    db: Session, declaration: Declaration, person: Person, *, at: datetime
) -> Registered:
    sex, birthdate, today = declaration.sex, declaration.birthdate, at.date()
    reasons = review_reasons(declaration.number, sex=sex, birthdate=birthdate, today=today)
    data = {"proofing": person.proofing, **({"review": reasons} if reasons else {})}
    number = person.subject_number
    record(
        db,
        event="person.registered",
        at=at,
        subject_number=number,
        counted=not person.is_test,
        data=data,
    )
    known = (person.id, person.subject_number, person.proofing, person.credentials_epoch)
    return Registered(*known, tuple(reasons))


def _one_at_a_time(db: Session, number_hashes: Sequence[bytes]) -> None:
    """The same lock on every node, whichever key of the ring stands first there."""
    key = int.from_bytes(min(number_hashes)[:8], "big", signed=True)
    db.execute(select(func.pg_advisory_xact_lock(key)))


def _gives_way(holder: Holder, proofing: int) -> bool:
    """Whether a number may move: to someone proven, from who is not or has left, never the dead."""
    if proofing == 0 or holder.status is PersonStatus.DECEASED:
        return False
    return holder.proofing == 0 or holder.status in _GONE


def _evict(db: Session, holder: Holder, *, number_hashes: Sequence[bytes], at: datetime) -> None:
    """Take the number from an account, and close that account: nobody can find it any more."""
    end_number(db, number_hashes=number_hashes, at=at)
    record(db, event="identifier.evicted", at=at, subject_number=holder.subject_number)
    if holder.status not in _GONE:
        set_status(db, person_id=holder.person_id, status=PersonStatus.CLOSED, at=at)
