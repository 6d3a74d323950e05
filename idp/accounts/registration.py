"""Making an account: by oneself, with a claim to a number, or by a registrar, with the number.

Whoever registers themselves has proven nothing, whatever they know: they get proofing 0 and a
claim, and are told the same whoever else has that number. The number becomes theirs in
`accounts.proofing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.cards import UnlikeRegister, find_doubts
from idp.accounts.numbers import NumberTaken, free_number
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.languages import DEFAULT
from idp.people.changes import insert_person
from idp.people.declaration import Declaration
from idp.people.identifiers import (
    NEVER_ISSUED,
    claim_number,
    give_number,
    is_made_up,
)
from idp.people.models import Person
from idp.people.population import compare_declaration, match_declaration
from idp.people.traits import traits_in_journal
from idp.places.codes import place_in_journal


@immutable
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
    # not whether the register knows the number: that is told to officials alone
    doubts = find_doubts(declaration, is_registered=True, at=at)
    return _registered(db, person, doubts, claim=claim, at=at)


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
) -> Registered | NumberTaken | UnlikeRegister:
    """Make an account that holds its number, on the word of a registrar.

    That takes no number from anybody, whatever the proofing: no code says whose account it is. Nor
    is it made against what the population register says of the number. `is_test`: of somebody made
    up. Raises InvalidInput for a number that is not made up, too.
    """
    number = declaration.number
    if is_test and not is_made_up(number):
        text = f"A test person's number begins with {NEVER_ISSUED}, so that it is nobody's."
        raise InvalidInput(text, field="number")
    match, differing = compare_declaration(db, keyring=keyring, declaration=declaration)
    if differing:
        return UnlikeRegister(("number", *differing))
    taken = free_number(db, keyring=keyring, number=number, proofing=0, at=at)
    if taken is not None:
        return taken
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
    doubts = find_doubts(declaration, is_registered=match is not None, at=at)
    return _registered(db, person, doubts, claim="", at=at)


def _registered(
    db: Session, person: Person, reasons: Sequence[str], *, claim: str, at: datetime
) -> Registered:
    data = {"proofing": person.proofing, **({"review": list(reasons)} if reasons else {})}
    data |= place_in_journal(person.residence_code)
    data |= traits_in_journal({"birthdate": person.birthdate, "sex": person.sex})
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
