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

from idp.factors.passkey_site import PasskeySite
from idp.kit.immutable import immutable
from idp.kit.secrets import base64url, equal
from idp.kit.strict_json import parse_object

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential

TIMEOUT_MS = 300_000
LONGEST_ID = 1023
"""Bytes of a credential's id (WebAuthn 4)."""
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
    is_attested: bool = False
    """Whether its maker vouched for its `aaguid`."""

    @property
    def model(self) -> UUID | None:
        """Of which model it is known to be."""
        return self.aaguid if self.is_attested else None

    def to_text(self) -> str:
        """All of it, to be read by `from_text`; unattested, by older releases, too."""
        as_text = {
            "id": self.id.hex(),
            "public_key": self.public_key.hex(),
            "aaguid": str(self.aaguid),
        }
        kept = {name: value for name, value in vars(self).items() if name != "is_attested" or value}
        return json.dumps({**kept, **as_text})

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


def request_options(
    site: PasskeySite, *, challenge: bytes, allowed: Collection[KnownCredential] = ()
) -> str:
    """What `navigator.credentials.get` is asked, as JSON; none `allowed`: any that is found.

    Name somebody's credentials only to who has shown another factor of theirs.
    """
    options: dict[str, object] = {
        "challenge": base64url(challenge),
        "timeout": TIMEOUT_MS,
        "rpId": site.rp_id,
        "userVerification": "required",
    }
    if allowed:
        options["allowCredentials"] = named(allowed)
    return json.dumps(options, separators=(",", ":"))


def read_answer(sent: str) -> Answer | None:
    """Whose credential answered, as a browser sent it; None for what is no answer."""
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        parsed = parse_authentication_credential_json(parse_object(sent))
    except (WebAuthnException, ValueError) as error:
        note(error)
        return None
    if not 0 < len(parsed.raw_id) <= LONGEST_ID:
        return None
    return Answer(parsed.raw_id, parsed.response.user_handle or None, parsed)


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
        note(error)
        return None
    if is_framed(answer.parsed.response.client_data_json):
        return None
    return Signed(verified.new_sign_count, is_syncable=flags.be, is_synced=flags.bs)


def is_framed(client_data: bytes) -> bool:
    """Whether the page was in a frame of another site: none of ours ever is."""
    said = json.loads(client_data)  # verified: it is an object
    return said.get("crossOrigin", False) is not False or "topOrigin" in said


def named(known: Collection[KnownCredential]) -> list[dict[str, object]]:
    """These, as a browser is told of them."""
    as_told: list[dict[str, object]] = []
    for one in known:
        ways = [word for word in one.transports if word in _TRANSPORTS]
        how = {"transports": ways} if ways else {}
        as_told.append({"id": base64url(one.id), "type": "public-key", **how})
    return as_told


def note(error: Exception) -> None:
    """Log of which class it is: its text may hold what was sent."""
    _log.info("passkey.unverified %s", type(error).__name__)
