"""Recovery codes: ten on paper, for the day the other second factor is lost; each works once.

Sixteen characters of Crockford's alphabet. A code is kept as a keyed hash that is its person's; it
is used by one conditional UPDATE. A set takes the place of the one before as a whole.
"""

import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.credentials import Held, is_of
from idp.factors.enrolments import (
    Enroller,
    Pending,
    begin,
    drop_pending,
    find_pending,
    lock_pending,
)
from idp.factors.kinds import RECOVERY_CODE
from idp.factors.models import Authenticator, RecoveryCode
from idp.kit.crypto import Keyring
from idp.kit.letters import as_one_code

MANY = 10
FEW = 3
"""So many left are told, so that the next set is made in time."""
ALPHABET = "0123456789BCFGHJKMNPQRSTVXZ"
"""27 of Crockford's 32 characters, so 76 bits in sixteen: no vowel, no D and no W, which Vietnamese
keyboards turn into other letters as they are typed."""
_LENGTH, _GROUP = 16, 4
_LONGEST = 100
_LOOK_ALIKES = str.maketrans("OIL", "011")

_USE = text("""
WITH used AS (
    UPDATE recovery_code AS c SET used_at = :at
    FROM authenticator AS a
    WHERE a.person_id = :person_id AND a.kind = :kind
        AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL
        AND a.locked_at IS NULL AND a.suspended_until IS NULL
        AND c.authenticator_id = a.id AND c.code_hash = :code_hash AND c.used_at IS NULL
    RETURNING a.id, (
        SELECT count(*) - 1 FROM recovery_code AS o
        WHERE o.authenticator_id = a.id AND o.used_at IS NULL) AS others
)
UPDATE authenticator AS a SET last_used_at = :at FROM used WHERE a.id = used.id
RETURNING a.id, a.carries_proofing, a.carries_from, used.others
""")


@dataclass(frozen=True)
class NewSet:
    """Codes to print, each in groups; `name` tells these from others, and nothing about them."""

    codes: tuple[str, ...] = field(repr=False)
    name: str


@dataclass(frozen=True)
class Used:
    """A code that was right: its set, and how many others are left of it."""

    factor: Held
    left: int


@dataclass(frozen=True)
class CodeSet:
    """What somebody has: when it was made, and how many codes are left."""

    made_at: datetime
    left: int

    @property
    def is_few(self) -> bool:
        """Whether it is time for another set."""
        return self.left <= FEW


def begin_set(db: Session, *, keyring: Keyring, session: Enroller, at: datetime) -> NewSet:
    """Ten codes; the same again until the session confirms them."""
    pending = begin(db, RECOVERY_CODE, keyring=keyring, session=session, make=_new_codes, at=at)
    return _displayed(pending)


def find_begun_set(
    db: Session, *, keyring: Keyring, session: Enroller, at: datetime
) -> NewSet | None:
    """Those that the session was shown and has not confirmed."""
    pending = find_pending(db, RECOVERY_CODE, keyring=keyring, session=session, at=at)
    return _displayed(pending) if pending else None


def drop_set(db: Session, *, session: Enroller) -> None:
    """Forget those: nobody has been given them."""
    drop_pending(db, RECOVERY_CODE, session=session)


def confirm_set(
    db: Session, *, keyring: Keyring, session: Enroller, name: str, at: datetime
) -> Authenticator | None:
    """The set of that name, to be bound by `accounts` in the same transaction.

    It is as old as its display: whoever copies ten codes by hand takes longer than a sign-in stays
    fresh. None where the session has none under way, or another, which its person has not seen.
    """
    pending = lock_pending(db, RECOVERY_CODE, keyring=keyring, session=session, at=at)
    if pending is None or _displayed(pending).name != name:
        return None
    person_id = session.person_id
    hashes = [_hash(keyring, person_id, code) for code in pending.secret.split()]
    return Authenticator(
        id=uuid4(),
        person_id=person_id,
        kind=RECOVERY_CODE.name,
        carries_proofing=0,
        carries_from=at,
        confirmed_at=at,
        created_at=pending.begun_at,
        codes=[RecoveryCode(code_hash=code_hash) for code_hash in hashes],
    )


def use_code(
    db: Session, *, keyring: Keyring, person_id: UUID, typed: str, at: datetime
) -> Used | None:
    """Take a code once; None for a wrong one, a used one and one of an older set.

    Count the attempt (`attempts`) and commit before calling.
    """
    values = {
        "person_id": person_id,
        "kind": RECOVERY_CODE.name,
        "code_hash": _hash(keyring, person_id, read_code(typed)),
        "at": at,
    }
    row = db.execute(_USE, values).one_or_none()
    if row is None:
        return None
    trust = Trust(row.carries_proofing, row.carries_from)
    return Used(Held(row.id, RECOVERY_CODE, trust), row.others)


def find_set(db: Session, *, person_id: UUID) -> CodeSet | None:
    """The set that the person has, used up or not."""
    left = func.count().filter(RecoveryCode.used_at.is_(None))
    row = db.execute(
        select(Authenticator.confirmed_at, left)
        .join(RecoveryCode, RecoveryCode.authenticator_id == Authenticator.id)
        .where(is_of(person_id, RECOVERY_CODE))
        .group_by(Authenticator.confirmed_at)
    ).one_or_none()
    return CodeSet(row[0], row[1]) if row is not None and row[0] is not None else None


def read_code(typed: str) -> str:
    """A code as it is compared: whatever its letters, blanks and dashes; O is 0, I and L are 1."""
    plain = as_one_code(unicodedata.normalize("NFKC", typed[:_LONGEST]))
    return plain.upper().translate(_LOOK_ALIKES)


def _new_codes() -> str:
    codes = ("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)) for _ in range(MANY))
    return " ".join(codes)


def _displayed(pending: Pending) -> NewSet:
    groups = range(0, _LENGTH, _GROUP)
    codes = ("-".join(code[i : i + _GROUP] for i in groups) for code in pending.secret.split())
    return NewSet(tuple(codes), pending.begun_at.isoformat())


def _hash(keyring: Keyring, person_id: UUID, code: str) -> bytes:
    """Under a key that is not in the database and never changes: nobody can make the hash anew."""
    return keyring.lasting_hash("recovery_code", f"{person_id.hex} {code}")
