"""One-time codes from an authenticator app (RFC 6238): enrolment and verification.

Six ASCII digits, one step of clock skew each way. The step accepted is stored and only ever rises,
in one conditional UPDATE: a code works once, and none older than it ever again.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.credentials import Held, is_of
from idp.factors.enrolments import Enroller, begin, lock_pending, row_values
from idp.factors.kinds import TOTP
from idp.factors.models import APP_SECRET, Authenticator
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.letters import as_one_code
from idp.kit.messages import N_

NOT_WHOLE = N_("Enter all 6 digits of the code.")
"""Why a code that was typed is none."""
_WRONG_FIRST = N_("This code is not right. Check the time on your phone and enter the newest code.")
STEP_SECONDS = 30
_SKEW = 1
_FAR = 20
"""How many steps to each side a wrong code is looked for, to tell how far off a clock is."""
_CODE = re.compile(r"[0-9]{6}")
_App = Row[UUID, UUID, bytes | None]
_APP = select(Authenticator.id, Authenticator.person_id, Authenticator.secret_encrypted)


@immutable
class Enrolment:
    """A secret to put into an app; `uri` is what the QR code holds."""

    secret: str
    uri: str

    @property
    def grouped_secret(self) -> str:
        """The secret in groups of four, as people copy it."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))

    @property
    def qr(self) -> str:
        """The QR code, as a data URI: a pixel a module, which the page shows as squares.

        Its lowest level of correction: a screen has no stains, and fewer modules are larger ones.
        """
        import segno  # noqa: PLC0415 - few workers' hours see an app being set up

        return segno.make(self.uri, error="l").png_data_uri(border=2)


def begin_enrolment(
    db: Session, *, keyring: Keyring, session: Enroller, at: datetime, issuer: str
) -> Enrolment:
    """The secret to enrol: the one this session began with, while it is fresh; so pages reload.

    `issuer` is what the page calls this service; the app shows that name for as long as it has the
    secret, whatever language its owner reads later.
    """
    pending = begin(db, TOTP, keyring=keyring, session=session, make=new_secret, at=at)
    secret = pending.secret
    uri = pyotp.TOTP(secret).provisioning_uri(name=session.name, issuer_name=issuer)
    return Enrolment(secret, uri)


def prove_enrolment(
    db: Session, *, keyring: Keyring, session: Enroller, typed: str, at: datetime
) -> Authenticator | None:
    """The app whose first code was typed, to be bound by `accounts` in the same transaction.

    None when the code is wrong, or the session's `credentials_epoch` is over: whom support helped
    at this moment gets no factor. The person's row stays locked until commit.
    """
    pending = lock_pending(db, TOTP, keyring=keyring, session=session, at=at)
    step = matching_step(pending.secret, typed, at=at) if pending else None
    if pending is None or step is None:
        return None
    person_id = session.person_id
    return new_app(keyring, person_id=person_id, secret=pending.secret, step=step, at=at)


def new_secret() -> str:
    """160 random bits, as apps take them."""
    return pyotp.random_base32()


def new_app(
    keyring: Keyring, *, person_id: UUID, secret: str, step: int = 0, at: datetime
) -> Authenticator:
    """An app with that secret, to be bound by `accounts`; codes up to `step` are spent."""
    values = row_values(keyring, uuid4(), kind=TOTP, person_id=person_id, secret=secret, at=at)
    return Authenticator(**values, last_step=step, confirmed_at=at)


def enrolled_at(db: Session, *, person_id: UUID) -> datetime | None:
    """Since when the person has an authenticator app: the newest of them."""
    return db.scalar(select(func.max(Authenticator.confirmed_at)).where(is_of(person_id, TOTP)))


def verify_code(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    typed: str,
    at: datetime,
    lost_at: datetime | None = None,
) -> Held | None:
    """Accept a code once: the app it is from, None for a wrong one.

    It is of one app alone, the oldest of those whose code it is; each of them has spent it then.
    Of those in use, or of those set aside at `lost_at`. Count the attempt (`attempts`) and commit
    before calling.
    """
    matching = {
        app.id: step
        for app in _apps_of(db, person_id, lost_at=lost_at)
        if (step := matching_step(_secret(keyring, app), typed, at=at)) is not None
    }
    if not matching:
        return None
    step = max(matching.values())
    accepted = {
        row.id: row
        for row in db.execute(
            update(Authenticator)
            .where(
                is_of(person_id, TOTP, lost_at=lost_at),
                Authenticator.id.in_(matching),
                Authenticator.last_step < step,
            )
            .values(last_step=step, last_used_at=at)
            .returning(Authenticator.id, Authenticator.carries_proofing, Authenticator.carries_from)
        )
    }
    if accepted.keys() != matching.keys():
        return None
    first = accepted[next(iter(matching))]
    return Held(first.id, TOTP, Trust(first.carries_proofing, first.carries_from))


def why_not(typed: str) -> str:
    """Why a first code proves no app, in English to translate."""
    if not typed:
        return N_("Enter the code that the app shows.")
    return _WRONG_FIRST if is_whole(typed) else NOT_WHOLE


def is_whole(typed: str) -> bool:
    """Whether six digits were typed, however they are parted."""
    return _CODE.fullmatch(as_one_code(typed)) is not None


def steps_away(
    db: Session, *, keyring: Keyring, person_id: UUID, typed: str, at: datetime
) -> int | None:
    """How many time steps from the present one a refused code belongs: -2, a minute behind.

    None for a code of no step of the ten minutes to each side. For the journal: whoever guesses
    must not hear which code will be right.
    """
    steps = [
        step - _step_at(at)
        for app in _apps_of(db, person_id)
        if (step := matching_step(_secret(keyring, app), typed, at=at, skew=_FAR)) is not None
    ]
    return min(steps, key=abs, default=None)


def matching_step(secret: str, typed: str, *, at: datetime, skew: int = _SKEW) -> int | None:
    """The time step whose code was typed, within the skew: six ASCII digits."""
    code = as_one_code(typed)
    if not _CODE.fullmatch(code):
        return None
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    now, found = _step_at(at), None
    for step in range(now - skew, now + skew + 1):
        if hmac.compare_digest(generator.generate_otp(step), code):
            found = step
    return found


def _apps_of(db: Session, person_id: UUID, *, lost_at: datetime | None = None) -> Sequence[_App]:
    """Those in use, or set aside then, the oldest first."""
    oldest = (Authenticator.created_at, Authenticator.id)
    are_they = is_of(person_id, TOTP, lost_at=lost_at)
    return db.execute(_APP.where(are_they).order_by(*oldest)).all()


def _step_at(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _secret(keyring: Keyring, row: _App) -> str:
    sealed = row.secret_encrypted or b""
    return APP_SECRET.open(keyring, sealed, id=row.id, person_id=row.person_id)
