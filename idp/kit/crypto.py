"""Encryption at rest and keyed look-up hashes. The keys live outside the database."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.kit.errors import DataAltered

_FORMAT = b"\x01"
_KEY_ID_BYTES = 4
_HEAD_BYTES = len(_FORMAT) + _KEY_ID_BYTES
_NONCE_BYTES = 12


class DecryptionFailed(DataAltered):
    """The bytes were not written by a key of this ring for this place."""


class Ciphertext(bytes):
    """What `Keyring.encrypt` made; the only bytes that a sealed column takes."""

    __slots__ = ()


class Keyring:
    """Encrypts under the first secret of a ring and reads what any of them wrote; so for look-ups.

    Each purpose has a sub-key of its own (AES-256-GCM, HKDF). Purpose and row are the associated
    data as well: a ciphertext that is moved anywhere else does not open.

    Rotation: add a secret at the end of every node's ring, then put it in front, re-encrypt, and
    drop the old one. Subjects never change, so their secret stays.
    """

    def __init__(
        self,
        encryption_secrets: Sequence[str],
        lookup_secret: str,
        *,
        other_lookup_secrets: Sequence[str] = (),
        subject_secret: str = "",
    ) -> None:
        self._secrets = {_derive(s, "key id")[:_KEY_ID_BYTES]: s for s in encryption_secrets}
        self._head = _FORMAT + next(iter(self._secrets))
        self._ciphers: dict[str, dict[bytes, AESGCM]] = {}
        self._lookup_keys = [_lookup_key(s) for s in (lookup_secret, *other_lookup_secrets)]
        self._subject_key = _lookup_key(subject_secret or lookup_secret)

    def encrypt(self, plaintext: str, *, purpose: str, row: Sequence[object]) -> Ciphertext:
        """Encrypt a value for one purpose and row: format, key id, nonce, ciphertext and tag."""
        return self.encrypt_bytes(plaintext.encode(), purpose=purpose, row=row)

    def encrypt_bytes(self, plain: bytes, *, purpose: str, row: Sequence[object]) -> Ciphertext:
        """As `encrypt`, of what is no text."""
        nonce, cipher = secrets.token_bytes(_NONCE_BYTES), self._of(purpose)[self._head]
        sealed = cipher.encrypt(nonce, plain, _associated(purpose, row))
        return Ciphertext(self._head + nonce + sealed)

    def decrypt(self, ciphertext: bytes, *, purpose: str, row: Sequence[object]) -> str:
        """The value `encrypt` was given for that place; raises DecryptionFailed otherwise."""
        try:
            return self.decrypt_bytes(ciphertext, purpose=purpose, row=row).decode()
        except UnicodeDecodeError as error:
            raise DecryptionFailed("no text") from error

    def decrypt_bytes(self, ciphertext: bytes, *, purpose: str, row: Sequence[object]) -> bytes:
        """As `decrypt`, of what `encrypt_bytes` was given."""
        cipher = self._of(purpose).get(ciphertext[:_HEAD_BYTES])
        if cipher is None:
            raise DecryptionFailed("written under a key that is not in the ring")
        nonce = ciphertext[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        sealed = ciphertext[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, sealed, _associated(purpose, row))
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed("altered, or moved from another place") from error

    def is_newest(self, ciphertext: bytes) -> bool:
        """Whether the first key of the ring wrote it, so that the others are not needed for it."""
        return ciphertext.startswith(self._head)

    def lookup_hash(self, kind: str, value: str) -> bytes:
        """A keyed hash by which an encrypted value can be found but not guessed offline."""
        return _keyed_hash(self._lookup_keys[0], kind, value)

    def lookup_hashes(self, kind: str, value: str) -> list[bytes]:
        """That hash under every key of the ring, the one new rows are given first."""
        return [_keyed_hash(key, kind, value) for key in self._lookup_keys]

    def lasting_hash(self, kind: str, value: str) -> bytes:
        """A keyed hash that stays the same when the look-up keys are rotated."""
        return _keyed_hash(self._subject_key, kind, value)

    @property
    def name(self) -> str:
        """Tells which keys write now, and nothing about them: what was re-encrypted for which."""
        lookup = hashlib.sha256(b"key id:" + self._lookup_keys[0]).digest()
        return (self._head + lookup[:_KEY_ID_BYTES]).hex()

    def _of(self, purpose: str) -> dict[bytes, AESGCM]:
        ciphers = self._ciphers.get(purpose)
        if ciphers is None:
            ciphers = {
                _FORMAT + key_id: AESGCM(_derive(secret, "encrypt " + purpose))
                for key_id, secret in self._secrets.items()
            }
            self._ciphers[purpose] = ciphers
        return ciphers


def seal_under(key: bytes, plaintext: str) -> bytes:
    """Encrypt under a key of 32 bytes that is kept nowhere: nonce, ciphertext and tag."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), None)


def open_under(key: bytes, sealed: bytes) -> str:
    """What `seal_under` was given; raises DecryptionFailed for another key."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError) as error:
        raise DecryptionFailed("altered, or sealed under another key") from error


def _derive(secret: str, info: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=b"onedoor at rest", info=info.encode())
    return kdf.derive(secret.encode())


def _lookup_key(secret: str) -> bytes:
    return hashlib.sha256(b"lookup:" + secret.encode()).digest()


def _keyed_hash(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}:{value}".encode("utf-8", "replace"), "sha256")


def _associated(purpose: str, row: Sequence[object]) -> bytes:
    """Purpose and row, each kept apart from the next: no value of a key column holds a NUL."""
    texts = (value.hex() if isinstance(value, bytes) else str(value) for value in row)
    return "\0".join((purpose, *texts)).encode()
