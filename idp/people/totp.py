"""One-time codes from an authenticator app (RFC 6238): enrolment and verification.

Six ASCII digits, one step of clock skew each way. The step accepted is stored and only ever rises,
in one conditional UPDATE: a code works once, and none older than it ever again.

An enrolment under way belongs to the session that began it: nobody is handed a secret that was
shown elsewhere before.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pyotp
from sqlalchemy import ColumnElement, Row, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
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
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    sid: UUID,
    account_label: str,
    at: datetime,
) -> Enrolment:
    """The secret to enrol: the one this session was shown while it is fresh, so that pages reload.

    `sid` names the person's session.
    """
    pending = _find_pending(db, person_id, sid, at)
    if pending is None:
        over = TotpFactor.created_at <= at - _ENROLMENT_LIFETIME
        db.execute(delete(TotpFactor).where(_is_pending(person_id), over))
        secret, row_id = pyotp.random_base32(), _enrolment_id(sid)
        _insert(db, row_id, keyring=keyring, person_id=person_id, secret=secret, at=at)
        pending = _find_pending(db, person_id, sid, at)
    assert pending is not None  # noqa: S101 - written above, or by the same page opened twice
    secret = keyring.decrypt(pending.secret_encrypted, row=pending.id)
    return Enrolment(
        secret,
        pyotp.TOTP(secret).provisioning_uri(name=account_label, issuer_name=ISSUER),
    )


def confirm_enrolment(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    sid: UUID,
    epoch: int,
    code: str,
    at: datetime,
    replace: bool,
) -> bool:
    """Make the secret this session was shown the person's factor if the code is right.

    `epoch` is the session's `credentials_epoch`: whom support helped at this moment gets no factor.

    `replace` must be false unless the person has just authenticated with the factor they have:
    without it, someone who has a factor gets no other one.
    """
    subject_number = db.scalar(
        select(Person.subject_number)
        .where(Person.id == person_id, Person.credentials_epoch == epoch)
        .with_for_update()
    )
    pending = _find_pending(db, person_id, sid, at) if subject_number is not None else None
    if pending is None or (not replace and has_factor(db, person_id=person_id)):
        return False
    secret = keyring.decrypt(pending.secret_encrypted, row=pending.id)
    step = matching_step(secret, code, at=at)
    if step is None:
        return False
    remove_factor(db, person_id=person_id, at=at)
    db.execute(delete(TotpFactor).where(_is_pending(person_id)))
    _insert(db, uuid4(), keyring=keyring, person_id=person_id, secret=secret, at=at, step=step)
    record(db, event="factor.enrolled", at=at, subject_number=subject_number, data=_KIND)
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
    _insert(db, uuid4(), keyring=keyring, person_id=person_id, secret=secret, at=at, step=0)
    return secret


def remove_factor(db: Session, *, person_id: UUID, at: datetime) -> bool:
    """Take away the confirmed factor, and journal it; whether there was one."""
    subject_number = db.scalar(
        update(TotpFactor)
        .where(_is_confirmed(person_id), Person.id == TotpFactor.person_id)
        .values(removed_at=at)
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    if subject_number is None:
        return False
    record(db, event="factor.removed", at=at, subject_number=subject_number, data=_KIND)
    return True


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


def _enrolment_id(sid: UUID) -> UUID:
    """The id of the row that holds a session's enrolment; no other session finds it."""
    return uuid5(sid, "totp")


def _find_pending(db: Session, person_id: UUID, sid: UUID, at: datetime) -> Row[UUID, bytes] | None:
    return db.execute(
        select(TotpFactor.id, TotpFactor.secret_encrypted).where(
            TotpFactor.id == _enrolment_id(sid),
            _is_pending(person_id),
            TotpFactor.created_at > at - _ENROLMENT_LIFETIME,
        )
    ).one_or_none()


def _insert(
    db: Session,
    row_id: UUID,
    *,
    keyring: Keyring,
    person_id: UUID,
    secret: str,
    at: datetime,
    step: int | None = None,
) -> None:
    """Write a row: an enrolment under way, or, with the step of its first code, a factor."""
    db.execute(
        insert(TotpFactor)
        .values(
            id=row_id,
            person_id=person_id,
            secret_encrypted=keyring.encrypt(secret, row=row_id),
            last_step=step or 0,
            confirmed_at=None if step is None else at,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=[TotpFactor.id])
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
