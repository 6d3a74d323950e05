"""Which rows of the table are the provider's own keys: who cannot bind a row cannot add a key.

The public half is what relying parties believe, and whoever may write to the table may put another
there. So each row holds a keyed digest of what it says, under a key outside the database.
"""

import json
from typing import Any

import structlog

from idp.keys.models import SigningKey
from idp.kit.crypto import Keyring
from idp.kit.secrets import equal

_log = structlog.get_logger(__name__)


def public_hash(keyring: Keyring, *, kid: str, alg: str, public_jwk: dict[str, Any]) -> bytes:
    """What binds a public half to its id and algorithm; it stays when other keys are rotated."""
    return keyring.lasting_hash("signing key", json.dumps([kid, alg, public_jwk], sort_keys=True))


def is_bound(key: SigningKey, *, keyring: Keyring) -> bool:
    """Whether the row says what was written when the key was made. Its instants are not asked."""
    expected = public_hash(keyring, kid=key.kid, alg=key.alg, public_jwk=key.public_jwk)
    return equal(key.public_hash, expected)


def tell_altered(key: SigningKey, what: str) -> None:
    """The alarm of a row that is passed over."""
    _log.error("data.altered", table=SigningKey.__tablename__, kid=key.kid, what=what)
