"""What a browser is asked to make, and whether what it made can be kept (WebAuthn Level 3).

The library verifies; what it lets pass and must not be kept is refused beside it. Who vouches for
the authenticator matters only where models are asked for (`attestation`).
"""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from idp.factors.attestation import roots_for, without_statement
from idp.factors.ceremony import (
    LONGEST_ID,
    TIMEOUT_MS,
    KnownCredential,
    NewCredential,
    is_framed,
    named,
    note,
)
from idp.factors.key_models import NO_MODELS, KeyModels
from idp.factors.passkey_site import PasskeySite
from idp.kit.secrets import base64url
from idp.kit.strict_json import parse_object

if TYPE_CHECKING:
    from webauthn.helpers.structs import RegistrationCredential
    from webauthn.registration.verify_registration_response import VerifiedRegistration

_LONGEST_KEY, _SHORTEST_RSA = 2048, 2048
"""Bytes of a credential's key; bits of an RSA modulus."""
_ALGORITHMS = (-8, -7, -257)
"""EdDSA, ES256 and RS256, by their numbers at IANA (COSE Algorithms); the first is liked best."""
_ODD = (ValueError, LookupError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)
_ODD_CERTIFICATE = (*_ODD, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What is raised of an answer that is no answer, beside the library's own."""


def creation_options(
    site: PasskeySite,
    *,
    challenge: bytes,
    product: str,
    handle: bytes,
    masked_number: str,
    name: str,
    existing: Collection[KnownCredential],
    asks_model: bool = False,
) -> str:
    """What `navigator.credentials.create` is asked, as JSON.

    `masked_number` and `name` are copied to clouds and lock screens, so no number is whole.
    `asks_model`: its maker is to vouch for it, of which the browser may ask its person.
    """
    options = {
        "rp": {"name": product, "id": site.rp_id},
        "user": {"id": base64url(handle), "name": masked_number, "displayName": name},
        "challenge": base64url(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": TIMEOUT_MS,
        "excludeCredentials": named(existing),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "direct" if asks_model else "none",
    }
    return json.dumps(options, separators=(",", ":"))


def verify_creation(
    site: PasskeySite, sent: str, *, challenge: bytes, models: KeyModels = NO_MODELS
) -> NewCredential | None:
    """The credential that was made for this challenge here; None for anything else.

    What it says of itself serves its name alone, unless `models` were asked for, and its maker
    vouches that it is one of them. Where it says so falsely, it is a passkey like any other.
    """
    from webauthn.helpers import parse_registration_credential_json  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415

    try:
        parsed = parse_registration_credential_json(parse_object(sent))
        said = parsed.response.attestation_object
        if models:
            parsed.response.attestation_object = without_statement(said)
        made = _verified(site, parsed, challenge)
        _require_usable(made.credential_public_key)
    except (WebAuthnException, *_ODD) as error:
        note(error)
        return None
    is_odd = len(made.credential_id) > LONGEST_ID or made.credential_id != parsed.raw_id
    if is_odd or is_framed(parsed.response.client_data_json):
        return None
    return NewCredential(
        id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        is_syncable=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        is_synced=made.credential_backed_up,
        aaguid=UUID(made.aaguid),
        transports=tuple(transport.value for transport in parsed.response.transports or ()),
        is_attested=_is_attested(site, parsed, said, challenge=challenge, models=models),
    )


def _verified(
    site: PasskeySite,
    parsed: "RegistrationCredential",
    challenge: bytes,
    *,
    roots: Collection[bytes] = (),
) -> "VerifiedRegistration":
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415
    from webauthn.helpers.structs import AttestationFormat  # noqa: PLC0415

    return verify_registration_response(
        credential=parsed,
        expected_challenge=challenge,
        expected_rp_id=site.rp_id,
        expected_origin=site.origin,
        require_user_verification=True,
        supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in _ALGORITHMS],
        pem_root_certs_bytes_by_fmt={AttestationFormat.PACKED: [*roots]},
    )


def _is_attested(
    site: PasskeySite,
    parsed: "RegistrationCredential",
    said: bytes,
    *,
    challenge: bytes,
    models: KeyModels,
) -> bool:
    """Whether its maker vouches in what was `said` that it is one of these."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    if not models:
        return False
    try:
        roots = roots_for(models, said)
        parsed.response.attestation_object = said
        return bool(roots) and bool(_verified(site, parsed, challenge, roots=roots))
    except (WebAuthnException, *_ODD_CERTIFICATE) as error:
        note(error)
        return False


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
