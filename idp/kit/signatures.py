"""Ed25519 signatures by a key outside the database: who has the public key alone can check them."""

import hashlib
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from idp.kit.errors import InvalidInput

_KEY_ID_BYTES = 8


class PublicKeys:
    """Keys that check signatures; each is known by an id, the beginning of its digest."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {_id_of(key): key for key in keys}

    @classmethod
    def read(cls, texts: Iterable[str]) -> "PublicKeys":
        """Keys as `texts` tells them; raises InvalidInput for what is none."""
        try:
            return cls(Ed25519PublicKey.from_public_bytes(bytes.fromhex(text)) for text in texts)
        except ValueError as error:
            raise InvalidInput("A public key has 64 hexadecimal digits.", field="key") from error

    @property
    def texts(self) -> dict[str, str]:
        """Each key in hexadecimal, by its id."""
        return {key_id: key.public_bytes_raw().hex() for key_id, key in self._keys.items()}

    def knows(self, key_id: str) -> bool:
        """Whether a key of that id is among them."""
        return key_id in self._keys

    def holds(self, message: bytes, *, key_id: str, signature: bytes) -> bool:
        """Whether the key of that id is among them and signed exactly this."""
        if key_id not in self._keys:
            return False
        try:
            self._keys[key_id].verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """Signs with the first of its keys; the others are kept to check what they signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [Ed25519PrivateKey.from_private_bytes(_seed(secret)) for secret in secrets]
        self._current = keys[0]
        self.public_keys = PublicKeys(key.public_key() for key in keys)
        self.key_id = _id_of(self._current.public_key())

    def sign(self, message: bytes) -> bytes:
        """The signature under the key of `key_id`."""
        return self._current.sign(message)


def _seed(secret: str) -> bytes:
    return hashlib.sha256(b"sign:" + secret.encode()).digest()


def _id_of(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).digest()[:_KEY_ID_BYTES].hex()
