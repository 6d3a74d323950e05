"""The second factor beside the code to an account's address: which one it is, taken once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.factors.credentials import Held
from idp.factors.kinds import TOTP, Kind
from idp.factors.recovery_codes import use_code
from idp.factors.totp import verify_code
from idp.kit.crypto import Keyring


def take_second(
    db: Session, kind: Kind, typed: str, *, keyring: Keyring, person_id: UUID, at: datetime
) -> Held | None:
    """The app or set that the code is of; None for a wrong one. Count the attempt first."""
    if kind is TOTP:
        return verify_code(db, keyring=keyring, person_id=person_id, typed=typed, at=at)
    used = use_code(db, keyring=keyring, person_id=person_id, typed=typed, at=at)
    return used.factor if used else None
