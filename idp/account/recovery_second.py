"""The second factor that somebody still has, or had before: which one it is, taken once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.factors.credentials import Held
from idp.factors.kinds import RECOVERY_CODE, TOTP, Kind
from idp.factors.recovery_codes import use_code
from idp.factors.totp import verify_code
from idp.kit.crypto import Keyring

SECOND = {TOTP.name: TOTP, RECOVERY_CODE.name: RECOVERY_CODE}
"""What it may be, by the value of the form's choice."""


def take_second(
    db: Session,
    kind: Kind,
    typed: str,
    *,
    keyring: Keyring,
    person_id: UUID,
    at: datetime,
    lost_at: datetime | None = None,
) -> Held | None:
    """The app or set that the code is of; None for a wrong one. Count the attempt first.

    Of what is in use, or of what a recovery set aside at `lost_at`.
    """
    given: dict[str, Any] = {
        "keyring": keyring,
        "person_id": person_id,
        "typed": typed,
        "at": at,
        "lost_at": lost_at,
    }
    if kind is TOTP:
        return verify_code(db, **given)
    used = use_code(db, **given)
    return used.factor if used else None
