"""The citizen number: its rules, how it is shown, who holds one, and who only says so.

Whoever has proven nothing holds no number. They have a claim to one: the number and six digits
after it, by which they sign in until the number is theirs. Any number of claims may stand beside
each other and beside a holder, so that making one tells nothing about others.

Twelve digits PPP G YY SSSSSS: province of birth registration, century and sex, year, serial. It
reveals sex, year and province of birth: never in URLs, logs or the journal, masked on screen.
"""

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    and_,
    any_,
    bindparam,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.letters import as_one_code
from idp.kit.prepared import Prepared
from idp.people.models import (
    CITIZEN_NUMBER,
    CLAIMED_NUMBER,
    NUMBER,
    Person,
    PersonIdentifier,
    PersonStatus,
    Sex,
)

HASHES = ARRAY(LargeBinary())
_DIGITS = re.compile(r"[0-9]{12}")
NEVER_ISSUED = "000"
"""What numbers of made-up people begin with: no province registers births under it."""
_CLAIM = re.compile(r"[0-9]{18}")
_CLAIM_DIGITS = 6
_CLAIM_DRAWS = 20
_LAST_CENTURY_DIGIT = 3
_OLDEST = 120


@immutable
class Holder:
    """The account that holds a number at present."""

    person_id: UUID
    subject_number: int
    proofing: int
    status: PersonStatus


def normalise_number(text: str, *, today: date) -> str:
    """The number without the spaces, dots and hyphens people write in it.

    Raises InvalidInput (field `number`) when a hard rule is broken: twelve digits, not all equal,
    a century that has begun, a year that is not ahead.
    """
    number = as_one_code(text)
    if not _DIGITS.fullmatch(number):
        raise InvalidInput("A personal number has 12 digits.", field="number")
    if len(set(number)) == 1 or int(number[3]) > _LAST_CENTURY_DIGIT:
        raise InvalidInput("There is no such personal number.", field="number")
    if birth_year(number) > today.year:
        raise InvalidInput("There is no such personal number.", field="number")
    return number


def is_made_up(number: str) -> bool:
    """Whether no register issues the number."""
    return number.startswith(NEVER_ISSUED)


def normalise_identifier(text: str, *, today: date) -> str:
    """What somebody signs in with: a number, or a claim to one, without spaces, dots and hyphens.

    Raises InvalidInput (field `number`).
    """
    digits = as_one_code(text)
    if not _CLAIM.fullmatch(digits):
        return normalise_number(text, today=today)
    return normalise_number(digits[:12], today=today) + digits[12:]


def birth_year(number: str) -> int:
    """The year of birth a citizen number states."""
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def stated_sex(number: str) -> Sex:
    """The sex a citizen number states: even G male, odd G female."""
    return Sex.FEMALE if int(number[3]) % 2 else Sex.MALE


def review_reasons(
    number: str,
    *,
    sex: Sex,
    birthdate: str,
    today: date,
    province_codes: Collection[str] = (),
) -> list[str]:
    """The soft rules a number breaks: reasons for a person to look, never for a refusal.

    `province_codes` are the three-digit codes known; empty leaves that rule out.
    """
    reasons = []
    if province_codes and number[:3] not in province_codes:
        reasons.append("unknown_province")
    if sex is not stated_sex(number):
        reasons.append("sex_differs")
    if not birthdate.startswith(str(birth_year(number))):
        reasons.append("year_differs")
    if today.year - birth_year(number) > _OLDEST:
        reasons.append("age_over_120")
    return reasons


def mask_number(number: str) -> str:
    """The number as a page may show it: only its last four digits."""
    return "•" * (len(number) - 4) + number[-4:]


def hash_number(keyring: Keyring, number: str) -> bytes:
    """The keyed hash that a normalised number is kept with."""
    return keyring.lookup_hash(CITIZEN_NUMBER, number)


def hashes_of(keyring: Keyring, number: str) -> list[bytes]:
    """Every hash a normalised number may be kept with: several while the look-up key rotates."""
    return keyring.lookup_hashes(CITIZEN_NUMBER, number)


def find_person(db: Session, *, number_hashes: Sequence[bytes]) -> UUID | None:
    """The account found by what has one of these hashes, a number or a claim; of any status."""
    holder = find_holder(db, number_hashes=number_hashes)
    return holder.person_id if holder else None


HELD_BY = "number_hashes"
_FIND = (
    select(Person.id, Person.subject_number, Person.proofing, Person.status)
    .join(PersonIdentifier, PersonIdentifier.person_id == Person.id)
    .where(
        or_(PersonIdentifier.kind == CITIZEN_NUMBER, PersonIdentifier.kind == CLAIMED_NUMBER),
        PersonIdentifier.value_hash == any_(bindparam(HELD_BY, type_=HASHES)),
        PersonIdentifier.ended_at.is_(None),
    )
)
HOLDER = _FIND.with_only_columns(Person.id).scalar_subquery()
"""The account of `find_person` within a statement, whose parameter HELD_BY are the hashes."""
_FIND_HOLDER = {False: Prepared(_FIND, reads=True), True: Prepared(_FIND.with_for_update())}


def find_holder(
    db: Session, *, number_hashes: Sequence[bytes], lock: bool = False
) -> Holder | None:
    """The account that holds the number so hashed; `lock` keeps its row until commit."""
    row = _FIND_HOLDER[lock].one(db, {HELD_BY: [*number_hashes]})
    return Holder(*row) if row else None


def current_number(person_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Joins a person with the citizen number they hold at present."""
    return and_(
        PersonIdentifier.person_id == person_id,
        PersonIdentifier.kind == CITIZEN_NUMBER,
        PersonIdentifier.ended_at.is_(None),
    )


def give_number(
    db: Session, *, keyring: Keyring, person_id: UUID, number: str, at: datetime
) -> None:
    """Make the account the holder of a normalised number nobody holds."""
    row_id = uuid4()
    db.execute(
        insert(PersonIdentifier).values(
            id=row_id,
            person_id=person_id,
            kind=CITIZEN_NUMBER,
            value_encrypted=NUMBER.seal(keyring, number, id=row_id, person_id=person_id),
            value_hash=hash_number(keyring, number),
            created_at=at,
        )
    )


def claim_number(
    db: Session, *, keyring: Keyring, person_id: UUID, number: str, at: datetime
) -> str:
    """Note that somebody says this number is theirs; what they sign in with until it is."""
    for _ in range(_CLAIM_DRAWS):
        claim = number + f"{secrets.randbelow(10**_CLAIM_DIGITS):0{_CLAIM_DIGITS}}"
        row_id = uuid4()
        made = db.execute(
            upsert(PersonIdentifier)
            .values(
                id=row_id,
                person_id=person_id,
                kind=CLAIMED_NUMBER,
                value_encrypted=NUMBER.seal(keyring, claim, id=row_id, person_id=person_id),
                value_hash=hash_number(keyring, claim),
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(PersonIdentifier.id)
        )
        if made.first() is not None:
            return claim
    raise RuntimeError("every claim drawn to this number is taken")


@immutable
class OwnNumber:
    """The number of an account: one that it holds, or one that it claims."""

    number: str = field(repr=False)
    claim: str = field(repr=False)
    """What its owner signs in with while they do not hold it; else empty."""


def find_own_number(db: Session, *, keyring: Keyring, person_id: UUID) -> OwnNumber | None:
    """The number an account holds, else the one it claims; None once it has neither."""
    is_current = (PersonIdentifier.person_id == person_id, PersonIdentifier.ended_at.is_(None))
    rows = select(PersonIdentifier).where(*is_current).order_by(PersonIdentifier.kind)
    row = db.scalars(rows.limit(1)).first()
    if row is None:
        return None
    value = NUMBER.open(keyring, row.value_encrypted, id=row.id, person_id=person_id)
    is_claim = row.kind == CLAIMED_NUMBER
    return OwnNumber(value[:12], claim=value if is_claim else "")


def list_claims(db: Session, *, keyring: Keyring, number: str) -> list[str]:
    """Every claim to that number. Reads all claims there are: not for what serves requests."""
    is_claim = (PersonIdentifier.kind == CLAIMED_NUMBER, PersonIdentifier.ended_at.is_(None))
    claims = (
        NUMBER.open(keyring, row.value_encrypted, id=row.id, person_id=row.person_id)
        for row in db.scalars(select(PersonIdentifier).where(*is_claim))
    )
    return sorted(claim for claim in claims if claim.startswith(number))


def end_claim(db: Session, *, person_id: UUID, at: datetime) -> bool:
    """End the claim of an account that gets its number now; whether there was one."""
    ended = db.execute(
        update(PersonIdentifier)
        .where(
            PersonIdentifier.kind == CLAIMED_NUMBER,
            PersonIdentifier.person_id == person_id,
            PersonIdentifier.ended_at.is_(None),
        )
        .values(ended_at=at)
        .returning(PersonIdentifier.id)
    )
    return ended.first() is not None


def end_number(db: Session, *, number_hashes: Sequence[bytes], at: datetime) -> bool:
    """Take a number from its holder; the row stays as history. False when nobody held it."""
    ended = db.execute(
        update(PersonIdentifier)
        .where(
            PersonIdentifier.kind == CITIZEN_NUMBER,
            PersonIdentifier.value_hash == any_(literal([*number_hashes], HASHES)),
            PersonIdentifier.ended_at.is_(None),
        )
        .values(ended_at=at)
        .returning(PersonIdentifier.id)
    )
    return ended.first() is not None
