"""What a browser is asked of a passkey, and whether its answer is right (WebAuthn Level 3).

No row is read or written here. The library verifies; what it lets pass and a sign-in must not is
refused beside it. Whatever is wrong, malformed or forged, the answer is the same None. With what
it needs the library is 90 modules and 6 MB: the first passkey has it imported, not every start.
"""

import json
import logging
from collections.abc import Collection
from dataclasses import field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from idp.factors.passkey_site import PasskeySite
from idp.kit.immutable import immutable
from idp.kit.secrets import base64url, equal
from idp.kit.strict_json import parse_object

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential

_TIMEOUT_MS = 300_000
_LONGEST_ID, _LONGEST_KEY, _SHORTEST_RSA = 1023, 2048, 2048
"""Bytes of a credential's id (WebAuthn 4) and of its key; bits of an RSA modulus."""
_ALGORITHMS = (-8, -7, -257)
"""EdDSA, ES256 and RS256, by their numbers at IANA (COSE Algorithms); the first is liked best."""
_TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "internal", "cable", "hybrid")
"""How authenticators are reached (WebAuthn 5.8.4); a browser may have said another word."""
_log = logging.getLogger(__name__)


class Purpose(StrEnum):
    """For what a challenge is answered; no answer to one is good for another."""

    SIGN_IN = "sign-in"
    """Whoever it is."""
    OWN = "own"
    """It is the person who is about to sign in here."""
    ENROL = "enrol"
    CONFIRM = "confirm"
    """What was just made works."""


@immutable
class KnownCredential:
    """One that is named to a browser: its id, and how it is reached."""

    id: bytes
    transports: tuple[str, ...] = ()


@immutable
class NewCredential:
    """What an authenticator made: to be kept as it is."""

    id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    is_syncable: bool
    is_synced: bool
    aaguid: UUID
    transports: tuple[str, ...]

    def to_text(self) -> str:
        """All of it, to be read by `from_text`."""
        as_text = {
            "id": self.id.hex(),
            "public_key": self.public_key.hex(),
            "aaguid": str(self.aaguid),
        }
        return json.dumps({**vars(self), **as_text})

    @classmethod
    def from_text(cls, text: str) -> "NewCredential":
        """The credential that `to_text` wrote."""
        values = json.loads(text)
        values["id"] = bytes.fromhex(values["id"])
        values["public_key"] = bytes.fromhex(values["public_key"])
        values["aaguid"] = UUID(values["aaguid"])
        values["transports"] = tuple(values["transports"])
        return cls(**values)


@immutable
class Answer:
    """A browser's answer, as it says; nothing in it is verified."""

    credential_id: bytes
    user_handle: bytes | None
    parsed: "AuthenticationCredential" = field(repr=False)


@immutable
class Signed:
    """What a right signature says of its authenticator."""

    sign_count: int
    is_syncable: bool
    is_synced: bool


def challenge_of(secret: bytes, purpose: Purpose) -> bytes:
    """The challenge for one purpose: who knows it knows neither the secret nor another's."""
    return sha256(f"{purpose}:".encode() + secret).digest()


def creation_options(
    site: PasskeySite,
    *,
    challenge: bytes,
    product: str,
    handle: bytes,
    masked_number: str,
    name: str,
    existing: Collection[KnownCredential],
) -> str:
    """What `navigator.credentials.create` is asked, as JSON.

    `masked_number` and `name` are copied to clouds and lock screens, so no number is whole.
    """
    options = {
        "rp": {"name": product, "id": site.rp_id},
        "user": {"id": base64url(handle), "name": masked_number, "displayName": name},
        "challenge": base64url(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": _TIMEOUT_MS,
        "excludeCredentials": _named(existing),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }
    return json.dumps(options, separators=(",", ":"))


def request_options(
    site: PasskeySite, *, challenge: bytes, allowed: Collection[KnownCredential] = ()
) -> str:
    """What `navigator.credentials.get` is asked, as JSON; none `allowed`: any that is found.

    Name somebody's credentials only to who has shown another factor of theirs.
    """
    options: dict[str, object] = {
        "challenge": base64url(challenge),
        "timeout": _TIMEOUT_MS,
        "rpId": site.rp_id,
        "userVerification": "required",
    }
    if allowed:
        options["allowCredentials"] = _named(allowed)
    return json.dumps(options, separators=(",", ":"))


def read_answer(sent: str) -> Answer | None:
    """Whose credential answered, as a browser sent it; None for what is no answer."""
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        parsed = parse_authentication_credential_json(parse_object(sent))
    except (WebAuthnException, ValueError) as error:
        _note(error)
        return None
    if not 0 < len(parsed.raw_id) <= _LONGEST_ID:
        return None
    return Answer(parsed.raw_id, parsed.response.user_handle or None, parsed)


def verify_creation(site: PasskeySite, sent: str, *, challenge: bytes) -> NewCredential | None:
    """The credential that was made for this challenge here; None for anything else.

    Nobody vouches for the authenticator: what it says of itself serves its name alone.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers import parse_registration_credential_json  # noqa: PLC0415
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415

    try:
        parsed = parse_registration_credential_json(parse_object(sent))
        made = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in _ALGORITHMS],
        )
        _require_usable(made.credential_public_key)
    except (WebAuthnException, ValueError, LookupError, TypeError) as error:
        _note(error)
        return None
    is_odd = len(made.credential_id) > _LONGEST_ID or made.credential_id != parsed.raw_id
    if is_odd or _is_framed(parsed.response.client_data_json):
        return None
    return NewCredential(
        id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        is_syncable=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        is_synced=made.credential_backed_up,
        aaguid=UUID(made.aaguid),
        transports=tuple(transport.value for transport in parsed.response.transports or ()),
    )


def verify_answer(
    site: PasskeySite, answer: Answer, *, challenge: bytes, public_key: bytes, handle: bytes
) -> Signed | None:
    """What was signed for this challenge here by that key; None for anything else.

    `handle` is the owner's: an answer may leave it out, and name nobody else. The counter is not
    judged here: the library would before it has looked at the signature.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers import parse_authenticator_data  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    if answer.user_handle is not None and not equal(answer.user_handle, handle):
        return None
    try:
        verified = verify_authentication_response(
            credential=answer.parsed,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        flags = parse_authenticator_data(answer.parsed.response.authenticator_data).flags
    except (WebAuthnException, ValueError, LookupError, TypeError) as error:
        _note(error)
        return None
    if _is_framed(answer.parsed.response.client_data_json):
        return None
    return Signed(verified.new_sign_count, is_syncable=flags.be, is_synced=flags.bs)


def _is_framed(client_data: bytes) -> bool:
    """Whether the page was in a frame of another site: none of ours ever is."""
    said = json.loads(client_data)  # verified: it is an object
    return said.get("crossOrigin", False) is not False or "topOrigin" in said


def _require_usable(public_key: bytes) -> None:
    """Raise for a key with which nothing could be verified later."""
    from webauthn.helpers import (  # noqa: PLC0415
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )

    if len(public_key) > _LONGEST_KEY:
        raise ValueError("too long")
    key = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if isinstance(key, RSAPublicKey) and key.key_size < _SHORTEST_RSA:
        raise ValueError("too short")


def _named(known: Collection[KnownCredential]) -> list[dict[str, object]]:
    named: list[dict[str, object]] = []
    for one in known:
        ways = [word for word in one.transports if word in _TRANSPORTS]
        how = {"transports": ways} if ways else {}
        named.append({"id": base64url(one.id), "type": "public-key", **how})
    return named


def _note(error: Exception) -> None:
    """Its text may hold what was sent."""
    _log.info("passkey.unverified %s", type(error).__name__)
