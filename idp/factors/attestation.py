"""Whether a maker vouches for an authenticator: `packed` attestation, and nothing else.

A key whose maker does not, or of a model that is not listed, is a passkey like any other. So is one
that says so and cannot show it: whoever lies could as well have said nothing.
"""

from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.factors.key_models import KeyModels

_AAGUID_OF_MODEL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""The extension id-fido-gen-ce-aaguid, an OCTET STRING of 16 bytes in DER (WebAuthn 8.2.1)."""
_OCTETS_16 = b"\x04\x10"
_UNIT = "Authenticator Attestation"


def without_statement(attestation_object: bytes) -> bytes:
    """The same with no statement of a maker in it; raises a ValueError for what is none."""
    from webauthn.helpers import encode_cbor, parse_cbor  # noqa: PLC0415
    from webauthn.helpers.exceptions import InvalidCBORData  # noqa: PLC0415

    try:
        data = parse_cbor(attestation_object)["authData"]
    except (InvalidCBORData, LookupError, TypeError) as error:
        raise ValueError("no attestation object") from error
    return encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})


def roots_for(models: KeyModels, attestation_object: bytes) -> list[bytes]:
    """The roots, in PEM, to which its chain must lead; none where nobody's word would count.

    That is: its model is listed, it cannot be synced, and a certificate of that very model signed
    (WebAuthn 8.2.1). Whether it did, and who signed the certificate, is left to the library, which
    is never asked without roots: without any it takes every chain.
    """
    from webauthn.helpers import parse_attestation_object  # noqa: PLC0415
    from webauthn.helpers.structs import AttestationFormat  # noqa: PLC0415

    said = parse_attestation_object(attestation_object)
    data, chain = said.auth_data.attested_credential_data, said.att_stmt.x5c
    model = models.get(UUID(bytes=data.aaguid)) if data else None
    if model is None or said.auth_data.flags.be or said.fmt != AttestationFormat.PACKED:
        return []
    return list(model.roots) if chain and _is_of(chain[0], model.aaguid) else []


def _is_of(certificate: bytes, aaguid: UUID) -> bool:
    """Whether it is for signing attestations, of that model: the extension must say which.

    A root may be of several models, and only the extension tells them apart.
    """
    leaf = x509.load_der_x509_certificate(certificate)
    units = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    try:
        is_authority = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        said = leaf.extensions.get_extension_for_oid(_AAGUID_OF_MODEL)
    except x509.ExtensionNotFound:
        return False
    return (
        leaf.version is x509.Version.v3
        and [unit.value for unit in units] == [_UNIT]
        and not is_authority
        and not said.critical
        and isinstance(said.value, x509.UnrecognizedExtension)
        and said.value.value == _OCTETS_16 + aaguid.bytes
    )
