"""A request as Authlib reads it: fields already parsed strictly, each once."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.kit.certificates import ClientCertificate


class ProtocolRequest(OAuth2Request):
    """One request to /authorize or /token, with its DPoP headers, certificate and source.

    Authlib insists on a secure URI; whether http is allowed is decided by our settings, where
    production refuses it, so the URI given here is only a name.
    """

    def __init__(
        self,
        method: str,
        fields: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        proofs: Sequence[str] = (),
        certificate: ClientCertificate | None = None,
        source: Callable[[], str] = str,
    ) -> None:
        super().__init__(method, "https://provider.invalid/", headers=headers)
        self._fields = {name: value for name, value in fields.items() if value}
        self.proofs = proofs
        self.certificate = certificate
        self.source = source
        self.payload = BasicOAuth2Payload(self._fields)
        self.fault: str | None = None
        """Why it is refused, in plain words, for the journal; nothing secret."""

    @cached_property
    def basic(self) -> tuple[str, str]:
        """Client id and secret of the Authorization header, both form-encoded (RFC 6749 2.3.1).

        Both empty when there is none, or none that can be read.
        """
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return "", ""
        client_id, _, secret = decoded.partition(":")
        return unquote_plus(client_id), unquote_plus(secret)

    @property
    def args(self) -> dict[str, str]:
        """The parameters."""
        return self._fields

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        return self._fields
