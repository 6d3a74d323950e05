"""Making signing keys."""

import json

from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.models import KeyState, SigningKey
from idp.kit import clock
from idp.kit.crypto import Keyring

ALGORITHMS = ("RS256", "PS256", "ES256")
"""What the provider signs with. Every relying party can verify RS256; ES256 is 20 times faster.

PS256 has a key of its own: a key is published with the one algorithm it signs with.
"""

_LOCK = 0x6B657973  # "keys": processes that start together make one set
_RSA_BITS = 2048


def ensure_keys(db: Session, *, keyring: Keyring) -> list[str]:
    """Make a signing key for each algorithm that has none; the `kid`s made.

    Safe with many processes: the second waits for the first and finds its keys. A key that signs at
    once is right only here, before any relying party has fetched the key set.
    """
    if not _missing(db):
        return []
    db.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return [_create(db, alg, keyring) for alg in _missing(db)]


def _missing(db: Session) -> list[str]:
    present = set(db.scalars(select(SigningKey.alg).where(SigningKey.state == KeyState.SIGNING)))
    return [alg for alg in ALGORITHMS if alg not in present]


def _create(db: Session, alg: str, keyring: Keyring) -> str:
    key = generate_key(alg)
    kid = key.thumbprint()
    published = {"kid": kid, "use": "sig", "alg": alg}
    now = clock.now()
    db.execute(
        insert(SigningKey),
        {
            "kid": kid,
            "alg": alg,
            "state": KeyState.SIGNING,
            "public_jwk": {**key.as_dict(private=False), **published},
            "private_encrypted": keyring.encrypt(
                json.dumps({**key.as_dict(private=True), **published}), row=kid
            ),
            "created_at": now,
            "signing_at": now,
        },
    )
    record(db, event="key.created", counted=False, data={"kid": kid, "alg": alg})
    return kid


def generate_key(alg: str) -> RSAKey | ECKey:
    """A new key pair for that algorithm: RSA of 2048 bits, or P-256."""
    if alg in ("RS256", "PS256"):
        return RSAKey.generate_key(_RSA_BITS)
    return ECKey.generate_key("P-256")
