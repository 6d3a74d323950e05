"""Clients that prove themselves by the certificate of their connection (RFC 8705 section 2)."""

import base64
import binascii
from typing import Any

from joserfc.jwk import KeySet

from idp.kit.certificates import ClientCertificate
from idp.oidc.authlib.client import Client, QueryClient
from idp.oidc.authlib.request import ProtocolRequest
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH, TLS_CLIENT_AUTH
from idp.relying_parties.certificate_names import is_named
from idp.relying_parties.client_keys import ClientKeys


def authenticate_named(query_client: QueryClient, request: ProtocolRequest) -> Client | None:
    """`tls_client_auth`: the proxy verified the chain, and the certificate bears the name."""
    client = _claimed(query_client, request, TLS_CLIENT_AUTH)
    certificate = request.certificate
    if client is None or certificate is None or not certificate.is_verified:
        return None
    return client if is_named(certificate.content, client.party) else None


def authenticate_self_signed(
    query_client: QueryClient, request: ProtocolRequest, *, client_keys: ClientKeys
) -> Client | None:
    """`self_signed_tls_client_auth`: the certificate is one of the client's, or of its keys."""
    client = _claimed(query_client, request, SELF_SIGNED_TLS_CLIENT_AUTH)
    certificate = request.certificate
    if client is None or certificate is None:
        return None
    return client if is_among(client_keys.at_hand(client.party), certificate) else None


def is_among(keys: KeySet, certificate: ClientCertificate) -> bool:
    """Whether it is the certificate registered with a key (`x5c`), or else has such a key."""
    return any(_is_of(key, certificate) for key in keys.keys)


def _is_of(key: Any, certificate: ClientCertificate) -> bool:
    chain = key.get("x5c")
    if not chain:
        return bool(key.as_der(private=False) == certificate.public_key)
    try:
        return base64.b64decode(chain[0], validate=True) == certificate.der
    except (binascii.Error, ValueError, TypeError, KeyError):
        return False


def _claimed(query_client: QueryClient, request: ProtocolRequest, method: str) -> Client | None:
    client = query_client(request.form.get("client_id", ""))
    return client if client is not None and client.check_endpoint_auth_method(method, "") else None
