"""An authenticator in software: makes keys and signs, honestly or with any lie a test needs."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

UP, UV, BE, BS, AT = 1, 4, 8, 16, 64
AAGUID = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")


@dataclass
class SoftKey:
    """One ES256 passkey. `is_synced`: as password managers keep them, BE and BS set.

    `counts`: whether its counter rises; many say 0 for ever. `vouch` makes its maker's statement
    (`tests.support.attesting`). Every answer takes what is to be wrong with it as an argument.
    """

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    is_synced: bool = True
    counts: bool = False
    count: int = 0
    handle: bytes = b""
    aaguid: bytes = AAGUID
    vouch: Callable[["SoftKey", bytes], dict[str, Any]] | None = None
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    @property
    def flags(self) -> int:
        """What an honest one says."""
        return UP | UV | ((BE | BS) if self.is_synced else 0)

    @property
    def cose(self) -> bytes:
        """Its public key."""
        numbers = self.key.public_key().public_numbers()
        x, y = (value.to_bytes(32, "big") for value in (numbers.x, numbers.y))
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def create(
        self,
        options: str,
        *,
        flags: int | None = None,
        cose: bytes | None = None,
        said: dict[str, Any] | None = None,
        **client: Any,
    ) -> str:
        """The answer to what `navigator.credentials.create` is asked."""
        asked = json.loads(options)
        self.handle = base64url_to_bytes(asked["user"]["id"])
        attested = self.aaguid + len(self.id).to_bytes(2, "big") + self.id + (cose or self.cose)
        flags = self.flags if flags is None else flags
        data = self._data(flags | AT, self.count) + attested
        client_data = self._client("webauthn.create", asked, client)
        fmt, statement = "none", dict[str, Any]()
        if self.vouch is not None and asked["attestation"] == "direct":
            signed = data + sha256(base64url_to_bytes(client_data)).digest()
            fmt, statement = "packed", self.vouch(self, signed)
        made = encode_cbor({"fmt": fmt, "attStmt": statement, "authData": data})
        response = {
            "clientDataJSON": client_data,
            "attestationObject": bytes_to_base64url(made),
            "transports": ["internal", "hybrid"],
        }
        return self._sent(response, said or {})

    def get(
        self,
        options: str,
        *,
        flags: int | None = None,
        count: int | None = None,
        handle: bytes | None = b"",
        signature: bytes | None = None,
        said: dict[str, Any] | None = None,
        **client: Any,
    ) -> str:
        """The answer to what `navigator.credentials.get` is asked; `handle` None: it says none."""
        asked = json.loads(options)
        self.count += self.counts
        flags = self.flags if flags is None else flags
        data = self._data(flags, self.count if count is None else count)
        client_data = self._client("webauthn.get", asked, client)
        signed = data + sha256(base64url_to_bytes(client_data)).digest()
        handle = self.handle if handle == b"" else handle
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(
                signature if signature is not None else self.key.sign(signed, ec.ECDSA(SHA256()))
            ),
            "userHandle": bytes_to_base64url(handle) if handle else None,
        }
        return self._sent(response, said or {})

    def _data(self, flags: int, count: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, type: str, asked: dict[str, Any], changed: dict[str, Any]) -> str:
        usual = {"type": type, "challenge": asked["challenge"], "origin": self.origin}
        client = {**usual, "crossOrigin": False, **changed}
        return bytes_to_base64url(json.dumps(client).encode())

    def _sent(self, response: dict[str, Any], said: dict[str, Any]) -> str:
        name = bytes_to_base64url(self.id)
        usual = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps({**usual, **said})
