"""Client certificates, as a proxy that ended TLS hands them on."""

import base64
import hashlib
from datetime import datetime
from functools import cached_property
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import (
    Certificate,
    InvalidVersion,
    load_der_x509_certificate,
    load_pem_x509_certificate,
)

from idp.kit.immutable import immutable
from idp.kit.secrets import base64url


@immutable
class ClientCertificate:
    """A certificate whose private key the client has shown to the proxy that it holds."""

    content: Certificate
    is_verified: bool
    """Whether the proxy verified its chain."""

    @cached_property
    def der(self) -> bytes:
        """The certificate itself."""
        return self.content.public_bytes(Encoding.DER)

    @cached_property
    def public_key(self) -> bytes | None:
        """Its key, encoded so that equal keys are equal bytes; None for a kind we cannot read."""
        try:
            key = self.content.public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @cached_property
    def thumbprint(self) -> str:
        """`x5t#S256` (RFC 8705 section 3.1)."""
        return base64url(hashlib.sha256(self.der).digest())

    def is_valid_at(self, at: datetime) -> bool:
        """Whether it says that it is valid then."""
        return self.content.not_valid_before_utc <= at <= self.content.not_valid_after_utc


def read_certificate(text: str) -> Certificate | None:
    """The certificate of a header: RFC 9440, or URL-encoded PEM. None for anything else."""
    try:
        if text.startswith(":"):
            return load_der_x509_certificate(base64.b64decode(text.strip(":"), validate=True))
        return load_pem_x509_certificate(unquote(text).encode("ascii"))
    except (ValueError, InvalidVersion):
        return None
