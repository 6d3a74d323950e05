"""One-time codes from an authenticator app (RFC 6238): enrolment and verification.

Six ASCII digits, one step of clock skew each way. The step accepted is stored and only ever rises,
in one conditional UPDATE: a code works once, and none older than it ever again.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people.models import Person, TotpFactor

ISSUER = "OneDoor"
STEP_SECONDS = 30
_SKEW = 1
_CODE = re.compile(r"[0-9]{6}")
_KIND = {"kind": "totp"}
_ENROLMENT_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True)
class Enrolment:
    """A secret to put into an app; `uri` is what the QR code holds."""

    secret: str
    uri: str

    @property
    def grouped_secret(self) -> str:
        """The secret in groups of four, as people copy it."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


def begin_enrolment(
    db: Session, *, keyring: Keyring, person_id: UUID, account_label: str, at: datetime
) -> Enrolment:
    """The secret to enrol: the one shown before while it is fresh, so that pages reload."""
    pending = _find_pending(db, person_id, at)
    if pending is not None:
        secret = keyring.decrypt(pending.secret_encrypted, row=pending.id)
    else:
        db.execute(delete(TotpFactor).where(_is_pending(person_id)))
        secret = pyotp.random_base32()
        _insert(db, keyring=keyring, person_id=person_id, secret=secret, at=at)
    return Enrolment(
        secret,
        pyotp.TOTP(secret).provisioning_uri(name=account_label, issuer_name=ISSUER),
    )


def confirm_enrolment(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    code: str,
    at: datetime,
    replace: bool,
) -> bool:
    """Make the pending secret the person's factor if the code is right.

    `replace` must be false unless the person has just authenticated with the factor they have:
    without it, someone who has a factor gets no other one.
    """
    subject_number = db.scalar(
        select(Person.subject_number).where(Person.id == person_id).with_for_update()
    )
    factor = _find_pending(db, person_id, at)
    if factor is None or (not replace and has_factor(db, person_id=person_id)):
        return False
    step = matching_step(keyring.decrypt(factor.secret_encrypted, row=factor.id), code, at=at)
    if step is None:
        return False
    if remove_factor(db, person_id=person_id, at=at):
        record(db, event="factor.removed", subject_number=subject_number, data=_KIND)
    db.execute(
        update(TotpFactor).where(TotpFactor.id == factor.id).values(confirmed_at=at, last_step=step)
    )
    record(db, event="factor.enrolled", subject_number=subject_number, data=_KIND)
    return True


def add_factor(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    at: datetime,
    secret: str | None = None,
) -> str:
    """Give a person a confirmed factor without a code: for operators and the demo. Its secret."""
    secret = secret or pyotp.random_base32()
    remove_factor(db, person_id=person_id, at=at)
    _insert(db, keyring=keyring, person_id=person_id, secret=secret, at=at, confirmed_at=at)
    return secret


def remove_factor(db: Session, *, person_id: UUID, at: datetime) -> bool:
    """Take away the confirmed factor; whether there was one."""
    removed = db.execute(
        update(TotpFactor)
        .where(_is_confirmed(person_id))
        .values(removed_at=at)
        .returning(TotpFactor.id)
    )
    return removed.first() is not None


def has_factor(db: Session, *, person_id: UUID) -> bool:
    """Whether the person has a confirmed authenticator app."""
    return bool(db.scalar(select(exists().where(_is_confirmed(person_id)))))


def enrolled_at(db: Session, *, person_id: UUID) -> datetime | None:
    """Since when the person has an authenticator app."""
    return db.scalar(select(TotpFactor.confirmed_at).where(_is_confirmed(person_id)))


def verify_code(db: Session, *, keyring: Keyring, person_id: UUID, code: str, at: datetime) -> bool:
    """Accept a code once. Count the attempt (`throttle`) and commit before calling."""
    factor = db.execute(
        select(TotpFactor.id, TotpFactor.secret_encrypted).where(_is_confirmed(person_id))
    ).one_or_none()
    if factor is None:
        return False
    step = matching_step(keyring.decrypt(factor.secret_encrypted, row=factor.id), code, at=at)
    if step is None:
        return False
    accepted = db.execute(
        update(TotpFactor)
        .where(
            TotpFactor.id == factor.id,
            TotpFactor.last_step < step,
            TotpFactor.removed_at.is_(None),
        )
        .values(last_step=step)
        .returning(TotpFactor.id)
    )
    return accepted.first() is not None


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is, within the skew; the code is exactly six ASCII digits."""
    if not _CODE.fullmatch(code):
        return None
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - _SKEW, now + _SKEW + 1):
        if hmac.compare_digest(generator.generate_otp(step), code):
            found = step
    return found


def _find_pending(db: Session, person_id: UUID, at: datetime) -> Row[UUID, bytes] | None:
    """The enrolment under way; of two begun at once, the first, for every page alike."""
    return db.execute(
        select(TotpFactor.id, TotpFactor.secret_encrypted)
        .where(_is_pending(person_id), TotpFactor.created_at > at - _ENROLMENT_LIFETIME)
        .order_by(TotpFactor.created_at, TotpFactor.id)
        .limit(1)
    ).one_or_none()


def _insert(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    secret: str,
    at: datetime,
    confirmed_at: datetime | None = None,
) -> None:
    row_id = uuid4()
    db.execute(
        insert(TotpFactor).values(
            id=row_id,
            person_id=person_id,
            secret_encrypted=keyring.encrypt(secret, row=row_id),
            last_step=0,
            confirmed_at=confirmed_at,
            created_at=at,
        )
    )


def _is_pending(person_id: UUID) -> ColumnElement[bool]:
    return (
        (TotpFactor.person_id == person_id)
        & TotpFactor.confirmed_at.is_(None)
        & TotpFactor.removed_at.is_(None)
    )


def _is_confirmed(person_id: UUID) -> ColumnElement[bool]:
    return (
        (TotpFactor.person_id == person_id)
        & TotpFactor.confirmed_at.is_not(None)
        & TotpFactor.removed_at.is_(None)
    )
