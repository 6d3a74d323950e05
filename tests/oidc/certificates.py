"""A client's side of mutual TLS: its certificates, and the proxy that tells of them."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.testclient import TestClient

from idp.kit import clock
from idp.oidc.part import OidcPart
from idp.settings.server import MutualTlsSettings
from idp.web.part import Site
from tests.oidc.conftest import ISSUER, World
from tests.support.app import changed_part

PROXY = ("10.0.0.1", 40000)
STRANGER = ("203.0.113.9", 40000)
SUBJECT = "CN=portal,O=Sở Y tế,C=VN"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = {
    "tls_client_auth_subject_dn": SUBJECT,
    "tls_client_auth_san_dns": "portal.example.gov.vn",
    "tls_client_auth_san_uri": "https://portal.example.gov.vn/client",
    "tls_client_auth_san_ip": "2001:db8::7",
    "tls_client_auth_san_email": "portal@example.gov.vn",
}


def make_certificate(
    key: Any = KEY,
    *,
    subject: str = SUBJECT,
    from_days: int = -1,
    to_days: float = 30,
    has_names: bool = True,
) -> x509.Certificate:
    """A certificate that signs itself, valid from and to so many days from now."""
    now, name = clock.now(), x509.Name.from_rfc4514_string(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=from_days))
        .not_valid_after(now + timedelta(days=to_days))
    )
    if has_names:
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("Portal.example.gov.vn"),
                x509.UniformResourceIdentifier(NAMES["tls_client_auth_san_uri"]),
                x509.IPAddress(ip_address(NAMES["tls_client_auth_san_ip"])),
                x509.RFC822Name(NAMES["tls_client_auth_san_email"]),
            ]
        )
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256())


def escaped(certificate: x509.Certificate) -> str:
    """As nginx's `$ssl_client_escaped_cert`."""
    return quote(certificate.public_bytes(Encoding.PEM).decode())


def as_bytes_item(certificate: x509.Certificate) -> str:
    """As RFC 9440's `Client-Cert`."""
    return f":{x5c(certificate)}:"


def x5c(certificate: x509.Certificate) -> str:
    """As a member of `x5c` in a JWK."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def shown(certificate: x509.Certificate | None, verified: str = "SUCCESS") -> dict[str, str]:
    """The headers of a proxy to which the client showed that certificate, or none."""
    if certificate is None:
        return {"X-Cert": "", "X-Verified": "NONE"}
    return {"X-Cert": escaped(certificate), "X-Verified": verified}


def at(world: World, address: tuple[str, int] = PROXY) -> TestClient:
    """A connection from that address."""
    return TestClient(world.app, base_url=ISSUER, follow_redirects=False, client=address)


@contextmanager
def behind_proxy(world: World, **mtls: str) -> Iterator[None]:
    """Settings under which the proxy's word about certificates is believed."""
    headers = {"certificate_header": "X-Cert", "verified_header": "X-Verified"}
    told, proxies = MutualTlsSettings(**{**headers, **mtls}), (ip_network("10.0.0.0/8"),)
    with (
        changed_part(world.app, Site, mtls=told, trusted_proxies=proxies),
        changed_part(world.app, OidcPart, mtls=told),
    ):
        yield
