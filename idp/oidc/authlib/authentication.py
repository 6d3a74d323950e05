"""How a client authenticates: by its secret, a JWT it signed, or the certificate of its connection.

RFC 6749 section 2.3, RFC 7523 section 2.2, RFC 8705 section 2. Shared-secret assertions
(`client_secret_jwt`) are not offered, so no HMAC is ever accepted.
"""

import base64
import binascii
from typing import Any

from joserfc.jwk import KeySet

from idp.kit.certificates import ClientCertificate
from idp.oidc.authlib.request import Client, ProtocolRequest, QueryClient
from idp.oidc.client_jwt import SentJwt, read_jwt, spend_assertion
from idp.oidc.profiles import Profile, profile_of
from idp.relying_parties.auth_methods import (
    PRIVATE_KEY_JWT,
    SELF_SIGNED_TLS_CLIENT_AUTH,
    TLS_CLIENT_AUTH,
)
from idp.relying_parties.certificate_names import is_named

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_TYPES = ("", "jwt", "client-authentication+jwt")
"""A signed request object, also meant for us, says what it is and is no assertion."""


def sent_methods(request: ProtocolRequest) -> list[str]:
    """The ways in which the request authenticates its client; more than one is a fault."""
    methods = []
    if request.headers.get("Authorization"):
        methods.append("client_secret_basic")
    if request.form.get("client_secret"):
        methods.append("client_secret_post")
    if request.form.get("client_assertion") or request.form.get("client_assertion_type"):
        methods.append(PRIVATE_KEY_JWT)
    return methods or ["none"]


def authenticate_basic(
    query_client: QueryClient, request: ProtocolRequest, **_: Any
) -> Client | None:
    """`client_secret_basic`, tolerating any bytes."""
    client_id, secret = request.basic
    if not client_id:
        request.fault = "The Authorization header is not Basic, or not base64 of id:secret."
        return None
    if request.form.get("client_id", client_id) != client_id:
        request.fault = "The header names another client than client_id does."
        return None
    return _proven(request, query_client(client_id), secret)


def authenticate_post(
    query_client: QueryClient, request: ProtocolRequest, **_: Any
) -> Client | None:
    """`client_secret_post`."""
    client = query_client(request.form.get("client_id", ""))
    return _proven(request, client, request.form.get("client_secret", ""))


def named_client_id(request: ProtocolRequest) -> str:
    """The client that the request says it comes from; nothing is proven."""
    return request.basic[0] or request.form.get("client_id", "")


def _proven(request: ProtocolRequest, client: Client | None, secret: str) -> Client | None:
    if client is None or client.check_client_secret(secret):
        return client
    request.fault = "The secret is not the one registered."
    if client.check_client_secret(secret.strip()):
        request.fault = "The secret has white space around it."
    return None


def sent_assertion(request: ProtocolRequest, parameter: str = "client_assertion") -> SentJwt | None:
    """The assertion as it was sent, read once; nothing is proven.

    The `assertion` of the JWT bearer grant is read alike.
    """
    if parameter not in request.asserted:
        sent = request.form.get(parameter)
        request.asserted[parameter] = read_jwt(sent) if sent else None
    return request.asserted[parameter]


def asserted_client_id(request: ProtocolRequest, parameter: str = "client_assertion") -> str | None:
    """Which client an assertion names; nothing is proven."""
    sent = sent_assertion(request, parameter)
    return sent.client_id if sent else None


def presumed_client_id(request: ProtocolRequest) -> str:
    """The client that the request says it comes from, by whatever method; nothing is proven."""
    named = asserted_client_id(request) or named_client_id(request)
    return named or asserted_client_id(request, "assertion") or ""


def authenticate_assertion(
    query_client: QueryClient, request: ProtocolRequest, *, server: Any
) -> Client | None:
    """The client whose registered key signed a fresh assertion nobody has presented before."""
    client_id = asserted_client_id(request)
    if client_id is None or request.form.get("client_assertion_type") != ASSERTION_TYPE:
        request.fault = "The assertion is no JWT with a sub, or client_assertion_type is another."
        return None
    if request.form.get("client_id", client_id) != client_id:
        request.fault = "The assertion is another client's than client_id says."
        return None
    client = query_client(client_id)
    if client is None or not client.check_endpoint_auth_method(PRIVATE_KEY_JWT, ""):
        return None
    issuer, profile = server.issuer, profile_of(client.party.profile)
    request.fault = spend_assertion(
        server.part,
        server.db,
        sent_assertion(request),
        party=client.party,
        is_for_us=lambda audience: _is_meant_for_us(audience, issuer, profile),
        types=_TYPES,
    )
    return None if request.fault else client


def _is_meant_for_us(audience: object, issuer: str, profile: Profile) -> bool:
    """The issuer; where the profile allows, also an endpoint clients used to name, or a list.

    Of a list nothing may be anybody else's (RFC 9126 section 2, FAPI 2.0 5.3.2.1).
    """
    if profile.assertion_audience_is_issuer_only:
        return audience == issuer
    ours = {issuer, f"{issuer}/token", f"{issuer}/par"}
    named = audience if isinstance(audience, list) else [audience]
    return bool(named) and all(isinstance(one, str) and one in ours for one in named)


def authenticate_named(
    query_client: QueryClient, request: ProtocolRequest, **_: Any
) -> Client | None:
    """`tls_client_auth`: the proxy verified the chain, and the certificate bears the name."""
    client = _claimed(query_client, request, TLS_CLIENT_AUTH)
    certificate = request.certificate
    if client is None or certificate is None or not certificate.is_verified:
        return None
    return client if is_named(certificate.content, client.party) else None


def authenticate_self_signed(
    query_client: QueryClient, request: ProtocolRequest, *, server: Any
) -> Client | None:
    """`self_signed_tls_client_auth`: the certificate is one of the client's, or of its keys."""
    client = _claimed(query_client, request, SELF_SIGNED_TLS_CLIENT_AUTH)
    certificate = request.certificate
    if client is None or certificate is None:
        return None
    return client if is_among(server.part.client_keys.at_hand(client.party), certificate) else None


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


CLIENT_AUTHENTICATION = {
    "client_secret_basic": authenticate_basic,
    "client_secret_post": authenticate_post,
    TLS_CLIENT_AUTH: authenticate_named,
    SELF_SIGNED_TLS_CLIENT_AUTH: authenticate_self_signed,
    PRIVATE_KEY_JWT: authenticate_assertion,
}
"""By method. Each is given the server besides; Authlib's own fail on malformed input."""
