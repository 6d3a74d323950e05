"""Moving private keys at rest to the first secret of the ring."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.models import SigningKey
from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.errors import ConfigurationError


def reencrypt_keys(db: Session, *, keyring: Keyring) -> list[str]:
    """Encrypt anew every private key that an older secret of the ring protects; their `kid`s.

    Raises ConfigurationError when the ring lacks the secret of one.
    """
    rows = db.scalars(
        select(SigningKey)
        .where(SigningKey.private_encrypted.is_not(None))
        .order_by(SigningKey.created_at)
        .with_for_update()
    )
    moved = []
    for row in rows:
        sealed = row.private_encrypted
        if sealed is None or keyring.is_newest(sealed):
            continue
        try:
            private = keyring.decrypt(sealed, row=row.kid)
        except DecryptionFailed as error:
            raise ConfigurationError(
                f"The signing key {row.kid} cannot be decrypted: keep the secret it was encrypted "
                "under in IDP_SECRETS__ENCRYPTION_KEYS, after the newest."
            ) from error
        row.private_encrypted = keyring.encrypt(private, row=row.kid)
        record(db, event="key.reencrypted", counted=False, data={"kid": row.kid, "alg": row.alg})
        moved.append(row.kid)
    return moved
