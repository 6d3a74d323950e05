"""Encryption at rest and keyed look-up hashes. The keys live outside the database."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_ID_BYTES = 4


class DecryptionFailed(Exception):
    """The bytes were not written by a key of this ring for this row."""


class Keyring:
    """AES-256-GCM under the first key; reads what any key of the ring wrote.

    Rotation: put a new secret in front, re-encrypt at leisure, drop the last.
    The associated data ties a ciphertext to its row, so that it cannot be moved to another.
    """

    def __init__(self, encryption_secrets: Sequence[str], lookup_secret: str) -> None:
        keys = [hashlib.sha256(b"encrypt:" + s.encode()).digest() for s in encryption_secrets]
        self._ciphers = {hashlib.sha256(key).digest()[:_KEY_ID_BYTES]: AESGCM(key) for key in keys}
        self._current = next(iter(self._ciphers))
        self._lookup_key = hashlib.sha256(b"lookup:" + lookup_secret.encode()).digest()

    def encrypt(self, plaintext: str, *, row: object) -> bytes:
        """Encrypt a value for the row with that id: key id, nonce, ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, plaintext.encode(), _row_bytes(row))
        return self._current + nonce + sealed

    def decrypt(self, ciphertext: bytes, *, row: object) -> str:
        """The value `encrypt` was given for that row; raises DecryptionFailed otherwise."""
        key_id, rest = ciphertext[:_KEY_ID_BYTES], ciphertext[_KEY_ID_BYTES:]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise DecryptionFailed("written under a key that is not in the ring")
        try:
            return cipher.decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _row_bytes(row)
            ).decode()
        except Exception as error:
            raise DecryptionFailed("altered, or moved from another row") from error

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether the first key of the ring wrote it, so that the others are not needed for it."""
        return ciphertext[:_KEY_ID_BYTES] == self._current

    def lookup_hash(self, kind: str, value: str) -> bytes:
        """A keyed hash by which an encrypted value can be found but not guessed offline."""
        return hmac.digest(self._lookup_key, f"{kind}:{value}".encode("utf-8", "replace"), "sha256")


def _row_bytes(row: object) -> bytes:
    return str(row).encode()
