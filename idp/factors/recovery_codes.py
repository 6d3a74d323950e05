"""Recovery codes: ten on paper, for the day the other second factor is lost; each works once.

Its person makes a set, or an official prints one at a desk; that is over unless one of its codes is
used within `USE_WITHIN`.

Sixteen characters of Crockford's alphabet. A code is kept as a keyed hash that is its person's; it
is used by one conditional UPDATE. A set takes the place of the one before as a whole.
"""

import secrets
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
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
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.letters import CODE_ALPHABET, read_code

MANY = 10
BY_DESK = "desk"
"""Who added a set that an official printed."""
USE_WITHIN = timedelta(days=14)
"""How long a sheet from a desk waits for its person to sign in with it."""
FEW = 3
"""So many left are told, so that the next set is made in time."""
_LENGTH, _GROUP = 16, 4
"""76 bits."""

_USE = text("""
WITH live AS (
    SELECT a.id, a.added_by, a.confirmed_at FROM authenticator AS a
    WHERE a.person_id = :person_id AND a.kind = :kind
        AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL
        AND a.locked_at IS NULL AND a.lost_at IS NOT DISTINCT FROM CAST(:lost_at AS timestamptz)
        AND (a.lost_at IS NOT NULL OR a.suspended_until IS NULL)
        AND a.confirmed_at <= coalesce(CAST(:made_by AS timestamptz), a.confirmed_at)
    FOR NO KEY UPDATE
), used AS (
    UPDATE recovery_code AS c SET used_at = :at
    FROM live AS a
    WHERE c.authenticator_id = a.id AND c.code_hash = :code_hash AND c.used_at IS NULL
        AND (a.added_by <> :by_desk OR a.confirmed_at > :printed_after OR EXISTS (
            SELECT FROM recovery_code AS u
            WHERE u.authenticator_id = a.id AND u.used_at IS NOT NULL))
    RETURNING a.id, (
        SELECT count(*) - 1 FROM recovery_code AS o
        WHERE o.authenticator_id = a.id AND o.used_at IS NULL) AS others
)
UPDATE authenticator AS a SET last_used_at = :at FROM used WHERE a.id = used.id
RETURNING a.id, a.carries_proofing, a.carries_from, used.others
""")


@immutable
class NewSet:
    """Codes to print, each in groups; `name` tells these from others, and nothing about them."""

    codes: tuple[str, ...] = field(repr=False)
    name: str


@immutable
class Used:
    """A code that was right: its set, and how many others are left of it."""

    factor: Held
    left: int


@immutable
class CodeSet:
    """What somebody has: when it was made, and how many codes are left.

    `is_over`: an official printed it, and its person did not use it in time.
    """

    made_at: datetime
    left: int
    is_from_desk: bool = False
    is_over: bool = False

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
    codes, begun_at = pending.secret.split(), pending.begun_at
    return _set_of(codes, keyring=keyring, person_id=session.person_id, begun_at=begun_at, at=at)


def new_sheet(
    keyring: Keyring, *, person_id: UUID, at: datetime
) -> tuple[tuple[str, ...], Authenticator]:
    """Codes for an official to print, in groups, and their set, to be bound by `accounts`."""
    codes = _new_codes().split()
    return _grouped(codes), _set_of(codes, keyring=keyring, person_id=person_id, begun_at=at, at=at)


def use_code(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    typed: str,
    at: datetime,
    lost_at: datetime | None = None,
    made_by: datetime | None = None,
) -> Used | None:
    """Take a code once; None for a wrong one, a used one and one of an older set.

    Of the set in use, or of the one set aside at `lost_at`, where that was made by `made_by`, if
    given. Count the attempt (`attempts`) and commit before calling.
    """
    values = {
        "person_id": person_id,
        "kind": RECOVERY_CODE.name,
        "code_hash": _hash(keyring, person_id, read_code(typed)),
        "at": at,
        "lost_at": lost_at,
        "made_by": made_by,
        "by_desk": BY_DESK,
        "printed_after": at - USE_WITHIN,
    }
    row = db.execute(_USE, values).one_or_none()
    if row is None:
        return None
    trust = Trust(row.carries_proofing, row.carries_from)
    return Used(Held(row.id, RECOVERY_CODE, trust), row.others)


def find_set(db: Session, *, person_id: UUID) -> CodeSet | None:
    """The set that the person has, used up or not."""
    left = func.count().filter(RecoveryCode.used_at.is_(None))
    own = (Authenticator.confirmed_at, Authenticator.added_by)
    row = db.execute(
        select(*own, left)
        .join(RecoveryCode, RecoveryCode.authenticator_id == Authenticator.id)
        .where(is_of(person_id, RECOVERY_CODE))
        .group_by(*own)
    ).one_or_none()
    if row is None or row[0] is None:
        return None
    made_at, is_from_desk, many = row[0], row[1] == BY_DESK, row[2]
    is_unused = is_from_desk and many == MANY
    return CodeSet(made_at, many, is_from_desk, is_unused and made_at <= clock.now() - USE_WITHIN)


def was_made_by(db: Session, *, person_id: UUID, lost_at: datetime, made_by: datetime) -> bool:
    """Whether the set that was set aside then was made by that instant."""
    own = select(Authenticator.id).where(is_of(person_id, RECOVERY_CODE, lost_at=lost_at))
    return db.scalar(own.where(Authenticator.confirmed_at <= made_by)) is not None


def _new_codes() -> str:
    codes = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(_LENGTH)) for _ in range(MANY))
    return " ".join(codes)


def _set_of(
    codes: Sequence[str], *, keyring: Keyring, person_id: UUID, begun_at: datetime, at: datetime
) -> Authenticator:
    hashes = [_hash(keyring, person_id, code) for code in codes]
    return Authenticator(
        id=uuid4(),
        person_id=person_id,
        kind=RECOVERY_CODE.name,
        carries_proofing=0,
        carries_from=at,
        confirmed_at=at,
        created_at=begun_at,
        codes=[RecoveryCode(code_hash=code_hash) for code_hash in hashes],
    )


def _grouped(codes: Sequence[str]) -> tuple[str, ...]:
    groups = range(0, _LENGTH, _GROUP)
    return tuple("-".join(code[i : i + _GROUP] for i in groups) for code in codes)


def _displayed(pending: Pending) -> NewSet:
    return NewSet(_grouped(pending.secret.split()), pending.begun_at.isoformat())


def _hash(keyring: Keyring, person_id: UUID, code: str) -> bytes:
    """Under a key that is not in the database and never changes: nobody can make the hash anew."""
    return keyring.lasting_hash("recovery_code", f"{person_id.hex} {code}")
