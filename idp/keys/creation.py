"""Making signing keys, and telling every process that the keys have changed."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from joserfc.jwk import ECKey, Key, RSAKey
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.binding import is_bound, public_hash
from idp.keys.models import PRIVATE_KEY, SigningKey
from idp.kit.crypto import Keyring
from idp.kit.db import database_now
from idp.kit.errors import ConfigurationError
from idp.kit.listen import notify

CHANNEL = "signing_key"
_RSA_BITS = 3072
"""Of new keys: 128 bits of security (NIST SP 800-57); smaller ones go on until they are retired."""
_GENERATORS: dict[str, Callable[[], Key]] = {
    "RS256": partial(RSAKey.generate_key, _RSA_BITS),
    "PS256": partial(RSAKey.generate_key, _RSA_BITS),
    "ES256": partial(ECKey.generate_key, "P-256"),
}

ALGORITHMS = tuple(_GENERATORS)
"""What the provider signs with. Every relying party can verify RS256; ES256 is 20 times faster.

PS256 has a key of its own: a key is published with the one algorithm it signs with.
"""


def ensure_keys(db: Session, *, keyring: Keyring) -> list[str]:
    """Make a signing key for each algorithm that has none; the `kid`s made.

    It signs at once: nobody can hold a key set from before that says otherwise, since no relying
    party uses an algorithm there was no key for. Safe with many processes. An altered row does not
    count, and makes room; raises ConfigurationError when there are only such.
    """
    bound = _bound_keys(db, keyring)
    present = {key.alg for key in bound if key.retired_at is None}
    new = [_generate_row(alg, keyring) for alg in ALGORITHMS if alg not in present]
    now = database_now(db)
    made = (_insert(db, {**row, "created_at": now, "signing_at": now}) for row in new)
    return [kid for kid in made if kid is not None]


def _bound_keys(db: Session, keyring: Keyring) -> list[SigningKey]:
    """The keys that are ours; others are nobody's successor any more, and stay to be looked at."""
    keys = db.scalars(select(SigningKey)).all()
    bound = [key for key in keys if is_bound(key, keyring=keyring)]
    if keys and not bound:
        raise ConfigurationError(
            "No signing key was bound with these secrets: IDP_SECRETS__SUBJECT_KEY (if it is not "
            "set, IDP_SECRETS__LOOKUP_KEY) is another than when they were made. If it is the same, "
            "all of them were altered: remove one with `idp keys retire KID --now`."
        )
    altered = {key.kid for key in keys} - {key.kid for key in bound}
    aside = update(SigningKey).where(SigningKey.kid.in_(altered), SigningKey.retired_at.is_(None))
    if altered:
        db.execute(
            aside.values(retired_at=database_now(db)).execution_options(synchronize_session=False)
        )
    return bound


def add_key(
    db: Session, *, alg: str, keyring: Keyring, created_at: datetime, signing_at: datetime
) -> str | None:
    """Publish a new key that signs from `signing_at` on; its `kid`.

    None when the algorithm has a key that is not to retire: another process was faster.
    """
    times = {"created_at": created_at, "signing_at": signing_at}
    return _insert(db, {**_generate_row(alg, keyring), **times})


def _generate_row(alg: str, keyring: Keyring) -> dict[str, Any]:
    """A new key pair as the table keeps it. RSA takes a while: insert nothing before."""
    key = generate_key(alg)
    kid = key.thumbprint()
    published = {"kid": kid, "use": "sig", "alg": alg}
    private = json.dumps({**key.as_dict(private=True), **published})
    public = {**key.as_dict(private=False), **published}
    return {
        "kid": kid,
        "alg": alg,
        "public_jwk": public,
        "public_hash": public_hash(keyring, kid=kid, alg=alg, public_jwk=public),
        "private_encrypted": PRIVATE_KEY.seal(keyring, private, kid=kid),
    }


def _insert(db: Session, row: dict[str, Any]) -> str | None:
    only_one = insert(SigningKey).on_conflict_do_nothing(
        index_elements=["alg"], index_where=SigningKey.retired_at.is_(None)
    )
    if db.execute(only_one.values(row).returning(SigningKey.kid)).one_or_none() is None:
        return None
    data = {name: row[name] for name in ("kid", "alg")}
    data["signing_at"] = row["signing_at"].isoformat(timespec="seconds")
    record(db, event="key.created", counted=False, data=data)
    announce_keys(db)
    return str(row["kid"])


def generate_key(alg: str) -> Key:
    """A new key pair for that algorithm: RSA of 3072 bits, or P-256.

    Its thumbprint, the `kid`, begins with no hyphen, so that no command takes it for an option.
    """
    key = _GENERATORS[alg]()
    return generate_key(alg) if key.thumbprint().startswith("-") else key


def announce_keys(db: Session) -> None:
    """Make every process read the keys anew once this transaction has committed."""
    notify(db, channel=CHANNEL)
