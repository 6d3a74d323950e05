"""The second factors of residents: so many could sign in anywhere, though without a password."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.demo.accounts import Account
from idp.factors.enrolments import row_values
from idp.factors.kinds import TOTP
from idp.factors.models import Authenticator
from idp.factors.totp import new_secret
from idp.kit.crypto import Keyring

_FACE_TO_FACE = 2


def give_apps(db: Session, *, keyring: Keyring, accounts: Sequence[Account]) -> None:
    """An authenticator app for each that signs in with one, as of the day it was registered."""
    secret = new_secret()
    rows = [
        {
            **row_values(
                keyring,
                uuid4(),
                kind=TOTP,
                person_id=account.person_id,
                secret=secret,
                at=account.registered_at,
            ),
            "carries_proofing": _FACE_TO_FACE,
            "confirmed_at": account.registered_at,
        }
        for account in accounts
        if account.has_factor
    ]
    if rows:
        db.execute(insert(Authenticator), rows)
