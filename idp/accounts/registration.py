"""Making an account: by oneself, with a claim to a number, or by a registrar, with the number.

Whoever registers themselves has proven nothing, whatever they know: they get proofing 0 and a
claim, and are told the same whoever else has that number. The number becomes theirs in
`accounts.proofing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.numbers import NumberTaken, free_number
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.languages import DEFAULT
from idp.people.changes import insert_person
from idp.people.declaration import Declaration
from idp.people.identifiers import (
    NEVER_ISSUED,
    claim_number,
    give_number,
    is_made_up,
    review_reasons,
)
from idp.people.models import Person
from idp.people.population import match_declaration


@dataclass(frozen=True)
class Registered:
    """A new account; `review_reasons` are for a registrar to look at."""

    person_id: UUID
    subject_number: int
    proofing: int
    credentials_epoch: int
    review_reasons: tuple[str, ...]
    claim: str = field(default="", repr=False)
    """What its owner signs in with; empty: the number."""


def register_oneself(
    db: Session,
    *,
    keyring: Keyring,
    declaration: Declaration,
    password_hash: str,
    at: datetime,
    locale: str = DEFAULT,
) -> Registered:
    """Make an account for who says to be that person.

    The same statements whether the population register agrees and whether the number has a holder;
    that it agrees is remembered, and shown to nobody.
    """
    match = match_declaration(db, keyring=keyring, declaration=declaration)
    person = insert_person(
        db,
        keyring=keyring,
        name=declaration.name,
        birthdate=declaration.birthdate,
        sex=declaration.sex,
        matched_at=at if match else None,
        password_hash=password_hash,
        locale=locale,
        claims={},
        created_at=at,
        updated_at=at,
    )
    number = declaration.number
    claim = claim_number(db, keyring=keyring, person_id=person.id, number=number, at=at)
    return _registered(db, declaration, person, claim=claim, at=at)


def register_person(
    db: Session,
    *,
    keyring: Keyring,
    declaration: Declaration,
    password_hash: str | None,
    at: datetime,
    proofing: int,
    locale: str = DEFAULT,
    claims: Mapping[str, Any] | None = None,
    is_test: bool = False,
) -> Registered | NumberTaken:
    """Make an account that holds its number, on the word of a registrar.

    `is_test`: of somebody made up. Raises InvalidInput for a number that is not made up, too.
    """
    number = declaration.number
    if is_test and not is_made_up(number):
        text = f"A test person's number begins with {NEVER_ISSUED}, so that it is nobody's."
        raise InvalidInput(text, field="number")
    taken = free_number(db, keyring=keyring, number=number, proofing=proofing, at=at)
    if taken is not None:
        return taken
    match = match_declaration(db, keyring=keyring, declaration=declaration)
    person = insert_person(
        db,
        keyring=keyring,
        name=match.name if match else declaration.name,
        birthdate=declaration.birthdate,
        sex=declaration.sex,
        residence_code=match.residence_code if match else None,
        proofing=proofing,
        matched_at=at if match else None,
        password_hash=password_hash,
        locale=locale,
        claims=dict(claims or {}),
        is_test=is_test,
        created_at=at,
        updated_at=at,
    )
    give_number(db, keyring=keyring, person_id=person.id, number=number, at=at)
    return _registered(db, declaration, person, claim="", at=at)


def _registered(
    db: Session, declaration: Declaration, person: Person, *, claim: str, at: datetime
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
    return Registered(*known, tuple(reasons), claim)
