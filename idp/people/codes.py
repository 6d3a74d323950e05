"""Short codes that show possession: of a contact, or, read out at a desk, of a signed-in session.

A session has one of each purpose at most, and no other session of its person replaces it: whoever
else knows the password spoils nobody's code. Only a keyed hash is kept. A code is counted and taken
by one conditional UPDATE, so that of parallel tries no more are read than are allowed, and one at
most is right.
"""

import json
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable
from idp.kit.letters import as_one_code
from idp.outbox.messages import enqueue_private
from idp.people.models import PersonCode

CODE_MAIL = "mail.code"
"""The kind of message that carries one: recipient is the person, key the code's hash."""
CODE_TEXT = "sms.code"
"""The same by text message."""
LASTS = timedelta(minutes=10)
_TRIES = 5


class Purpose(StrEnum):
    """What a code is for."""

    CONTACT = "contact"
    """Sent to the contact that the population register holds."""
    DESK = "desk"
    """Shown on the person's own page, and read out to an official."""
    EMAIL = "email"
    """Sent to an address that the person says is theirs."""
    PHONE = "phone"
    """Sent to a telephone that the person says is theirs."""
    SECOND = "second"
    """Sent to the telephone of who signs in with it, or is about to be able to."""
    RECOVERY = "recovery"
    """Sent to the account's own address, to get the account back; `idp.recovery` keeps it."""


_DIGITS = dict.fromkeys(Purpose, 6) | {Purpose.DESK: 8}
_MAILED = [30, 60, 120]
_WAITS = {
    Purpose.CONTACT: _MAILED,
    Purpose.DESK: [0],
    Purpose.EMAIL: _MAILED,
    Purpose.PHONE: _MAILED,
    Purpose.SECOND: _MAILED,
    Purpose.RECOVERY: _MAILED,
}
"""Seconds before the next may be asked for: after the first, the second, … the last repeats."""
_BY_TEXT = (Purpose.PHONE, Purpose.SECOND)

_OPEN = text("""
INSERT INTO person_code AS c (
    person_id, purpose, sid, code_hash, sends, tries_left, resend_at, expires_at)
VALUES (:person_id, :purpose, :sid, :code_hash, 1, :tries,
        :at + make_interval(secs => (CAST(:waits AS int[]))[1]), :expires_at)
ON CONFLICT (person_id, purpose, sid) DO UPDATE SET
    code_hash = excluded.code_hash, tries_left = excluded.tries_left,
    expires_at = excluded.expires_at, used_at = NULL,
    sends = CASE WHEN c.expires_at <= :at THEN 1 ELSE c.sends + 1 END,
    resend_at = :at + make_interval(secs => (CAST(:waits AS int[]))[
        CASE WHEN c.expires_at <= :at THEN 1
        ELSE least(c.sends + 1, cardinality(CAST(:waits AS int[]))) END])
WHERE c.resend_at <= :at
RETURNING expires_at
""")
_TAKE = text("""
UPDATE person_code SET
    tries_left = tries_left - 1,
    used_at = CASE WHEN code_hash = :code_hash THEN CAST(:at AS timestamptz) END
WHERE person_id = :person_id AND purpose = :purpose AND sid = :sid
    AND used_at IS NULL AND tries_left > 0 AND expires_at > :at
RETURNING used_at IS NOT NULL
""")
_TAKE_AT_DESK = text("""
UPDATE person_code SET used_at = :at
WHERE code_hash = :code_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :at
RETURNING person_id, sid
""")
_GIVE_BACK = text("""
UPDATE person_code SET used_at = NULL, tries_left = tries_left - 1
WHERE code_hash = :code_hash AND purpose = :purpose AND used_at = :at AND tries_left > 1
""")


@immutable
class OpenCode:
    """How an open code stands; nothing of the code itself."""

    tries_left: int
    resend_at: datetime
    expires_at: datetime

    def resend_seconds(self, *, at: datetime) -> int:
        """How long until another may be asked for."""
        return max(0, round((self.resend_at - at).total_seconds()))


def new_code(purpose: Purpose) -> str:
    """Random digits."""
    digits = _DIGITS[purpose]
    return f"{secrets.randbelow(10**digits):0{digits}}"


def open_code(
    db: Session,
    code: str,
    *,
    keyring: Keyring,
    purpose: Purpose,
    person_id: UUID,
    sid: UUID,
    about: str,
    at: datetime,
) -> bytes | None:
    """Make this the session's one code of that purpose; its hash, or None while it must wait.

    `about` is what it is a code for, and has to be said again to take it.
    """
    code_hash = _hash(keyring, purpose, about, code)
    opened = db.execute(
        _OPEN,
        {
            "person_id": person_id,
            "purpose": purpose,
            "sid": sid,
            "code_hash": code_hash,
            "tries": _TRIES,
            "waits": _WAITS[purpose],
            "at": at,
            "expires_at": at + LASTS,
        },
    ).one_or_none()
    return code_hash if opened is not None else None


def mail_code(
    db: Session,
    *,
    keyring: Keyring,
    purpose: Purpose,
    person_id: UUID,
    sid: UUID,
    about: str,
    address: str,
    language: str,
    at: datetime,
) -> bool:
    """Open a new code and have it sent to that address; False while it must wait.

    To no address it is the same statements and no message: nobody can tell from how long it takes.
    """
    code = new_code(purpose)
    code_hash = open_code(
        db,
        code,
        keyring=keyring,
        purpose=purpose,
        person_id=person_id,
        sid=sid,
        about=about,
        at=at,
    )
    if code_hash is None:
        return False
    message = {"address": address, "language": language, "code": code, "purpose": purpose}
    enqueue_private(
        db,
        kind=CODE_TEXT if purpose in _BY_TEXT else CODE_MAIL,
        recipient=str(person_id),
        key=code_hash.hex(),
        text=json.dumps(message),
        keyring=keyring,
        is_meant=bool(address),
    )
    return True


def take_code(
    db: Session,
    typed: str,
    *,
    keyring: Keyring,
    purpose: Purpose,
    person_id: UUID,
    sid: UUID,
    about: str,
    at: datetime,
) -> bool:
    """Whether it is this session's code of that purpose and `about` that; it counts as a try."""
    code_hash = _hash(keyring, purpose, about, as_one_code(typed))
    values = {"code_hash": code_hash, "person_id": person_id, "sid": sid, "at": at}
    return bool(db.scalar(_TAKE, {**values, "purpose": purpose}))


def take_desk_code(
    db: Session, typed: str, *, keyring: Keyring, number: str, at: datetime
) -> tuple[UUID, UUID] | None:
    """The person and session that show this code for that number, once."""
    code_hash = _hash(keyring, Purpose.DESK, number, as_one_code(typed))
    values: dict[str, Any] = {"code_hash": code_hash, "purpose": Purpose.DESK, "at": at}
    row = db.execute(_TAKE_AT_DESK, values).one_or_none()
    return (row.person_id, row.sid) if row is not None else None


def give_back_desk_code(
    db: Session, typed: str, *, keyring: Keyring, number: str, at: datetime
) -> None:
    """Have the code work again that was taken at that instant, in this transaction, for nothing.

    A few times: whoever is shown it tries no cards against the register with it.
    """
    code_hash = _hash(keyring, Purpose.DESK, number, as_one_code(typed))
    db.execute(_GIVE_BACK, {"code_hash": code_hash, "purpose": Purpose.DESK, "at": at})


def find_code(
    db: Session, *, purpose: Purpose, person_id: UUID, sid: UUID, at: datetime
) -> OpenCode | None:
    """The open code of this session, if there is one."""
    row = db.get(PersonCode, (person_id, purpose, sid), populate_existing=True)
    if row is None or row.used_at is not None or row.expires_at <= at:
        return None
    return OpenCode(row.tries_left, row.resend_at, row.expires_at)


def drop_expired_codes(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of codes that expired before; how many."""
    return delete_older(db, PersonCode.expires_at, before=before, limit=limit)


def _hash(keyring: Keyring, purpose: Purpose, about: str, code: str) -> bytes:
    return keyring.lookup_hash(f"code.{purpose}", f"{about} {code}")
