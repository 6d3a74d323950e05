"""By which name in its certificate a client is known (RFC 8705 section 2.1.2)."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from cryptography import x509

from idp.kit.messages import N_
from idp.relying_parties.auth_methods import TLS_CLIENT_AUTH
from idp.relying_parties.client_fields import COLUMNS, ClientMetadata
from idp.relying_parties.field_kinds import Fault

FIELDS = tuple(name for name in COLUMNS if name.startswith("tls_client_auth_"))
"""Metadata of which a client of `tls_client_auth` registers exactly one."""

_MAX_LENGTH = 500
_GENERAL_NAMES: dict[str, Any] = {
    "tls_client_auth_san_dns": x509.DNSName,
    "tls_client_auth_san_uri": x509.UniformResourceIdentifier,
    "tls_client_auth_san_ip": x509.IPAddress,
    "tls_client_auth_san_email": x509.RFC822Name,
}
_ATTRIBUTES = {
    "emailAddress": x509.NameOID.EMAIL_ADDRESS,
    "serialNumber": x509.NameOID.SERIAL_NUMBER,
}
"""Short names openssl prints besides those of RFC 4514."""
_UNREADABLE = (
    ValueError,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def find_certificate_fault(client: ClientMetadata) -> Fault | None:
    """What is wrong with the names registered; None when nothing is."""
    registered = _registered(client)
    if client.token_endpoint_auth_method == TLS_CLIENT_AUTH and len(registered) != 1:
        sentence = N_("Name the client's certificate in one way: by its subject or one SAN.")
        return Fault(FIELDS[0], sentence)
    for field, name in registered.items():
        if not _is_comparable(field, name):
            sentence = N_("Write the name as the certificate has it; a subject as in RFC 4514.")
            return Fault(field, sentence)
    return None


def is_named(certificate: x509.Certificate, client: ClientMetadata) -> bool:
    """Whether the certificate bears the one name registered; a subject part by part, in order."""
    registered = _registered(client)
    try:
        return len(registered) == 1 and all(
            _comparable(field, name) in _names_in(certificate, field)
            for field, name in registered.items()
        )
    except _UNREADABLE:
        return False


def _registered(client: ClientMetadata) -> dict[str, str]:
    return {field: name for field in FIELDS if (name := getattr(client, field))}


def _is_comparable(field: str, value: str) -> bool:
    try:
        _comparable(field, value)
    except ValueError:
        return False
    return len(value) <= _MAX_LENGTH and value.isprintable()


def _names_in(certificate: x509.Certificate, field: str) -> Iterable[object]:
    if field == "tls_client_auth_subject_dn":
        return [certificate.subject]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found: list[object] = list(names.get_values_for_type(_GENERAL_NAMES[field]))
    return [_folded(name) for name in found] if field == "tls_client_auth_san_dns" else found


def _comparable(field: str, value: str) -> object:
    """The name as `_names_in` says it. Raises ValueError for what is no such name."""
    match field:
        case "tls_client_auth_subject_dn":
            return x509.Name.from_rfc4514_string(value, _ATTRIBUTES)
        case "tls_client_auth_san_ip":
            return ip_address(value)
        case "tls_client_auth_san_dns":
            return _folded(value)
    return value


def _folded(name: object) -> str:
    return str(name).lower()
