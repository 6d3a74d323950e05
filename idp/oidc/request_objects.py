"""Request objects: the parameters of /authorize in a JWT the client signed (OIDC Core 6, RFC 9101).

By value, behind a `request_uri` the client registered, or pushed. What the object says wins over
what stands beside it; an unsigned or encrypted object is refused, as discovery tells.
"""

import json
from dataclasses import replace
from typing import Any

from joserfc.jwk import KeySet

from idp.authorization.refusal import Refusal
from idp.kit import clock
from idp.kit.http import FetchFailed, GuardedClient
from idp.oidc.client_jwt import SKEW_SECONDS, SentJwt, read_jwt, verified_claims
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.profiles import Profile, profile_of
from idp.relying_parties.client_keys import ClientKeys
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.party import RegisteredParty

TYPES = ("", "jwt", "oauth-authz-req+jwt")
_NESTED = ("request", "request_uri", "registration")


def unwrap(
    authorization: AuthorizationRequest,
    party: RegisteredParty,
    *,
    issuer: str,
    keys: ClientKeys,
    http: GuardedClient,
) -> AuthorizationRequest | Refusal:
    """The request with the object's values in it, or why there is none.

    May fetch from the relying party: never call it in a transaction.
    """
    if authorization.request and authorization.request_uri:
        return Refusal("invalid_request", "Send request or request_uri, not both.")
    token = authorization.request or _fetched(authorization.request_uri, party, http)
    if isinstance(token, Refusal):
        return token
    sent = read_jwt(token)
    found = keys.find(party, kid=sent.key_id if sent else None)
    return _open(sent, authorization, party, issuer=issuer, keys=found)


def unwrap_pushed(
    authorization: AuthorizationRequest, party: RegisteredParty, *, issuer: str, keys: KeySet
) -> AuthorizationRequest | Refusal:
    """What the object of a pushed request says, and nothing that stands beside it (RFC 9126 3)."""
    alone = AuthorizationRequest(client_id=party.client_id, request=authorization.request)
    return _open(read_jwt(authorization.request), alone, party, issuer=issuer, keys=keys)


def _open(
    sent: SentJwt | None,
    authorization: AuthorizationRequest,
    party: RegisteredParty,
    *,
    issuer: str,
    keys: KeySet,
) -> AuthorizationRequest | Refusal:
    wanted, profile = party.request_object_signing_alg, profile_of(party.profile)
    claims = verified_claims(
        sent,
        keys=keys,
        algorithms=[one for one in profile.client.signing_algorithms if wanted in ("", one)],
        types=TYPES,
    )
    if claims is None:
        return _refuse(
            "is not signed by a registered key with a supported algorithm, or says something twice"
        )
    if fault := _find_fault(claims, authorization, issuer) or _find_age_fault(claims, profile):
        return _refuse(fault)
    try:
        values = {
            name: _text(name, claims[name]) for name in authorization.names() if name in claims
        }
    except ValueError as error:
        return _refuse(str(error))
    return replace(authorization, request="", request_uri="", **values)


def _fetched(uri: str, party: RegisteredParty, http: GuardedClient) -> str | Refusal:
    """The object behind a registered address, whose fragment may be any hash of the content."""
    registered = {known.partition("#")[0] for known in party.request_uris}
    if uri.partition("#")[0] not in registered:
        return Refusal("invalid_request_uri", "The request_uri is not registered for the client.")
    try:
        return http.get(uri).decode("ascii").strip()
    except (FetchFailed, UnicodeDecodeError):
        return Refusal("invalid_request_uri", "Nothing usable could be fetched from request_uri.")


def _find_fault(
    claims: dict[str, Any], authorization: AuthorizationRequest, issuer: str
) -> str | None:
    """What the object says about itself, where it says it, and against what stands beside it."""
    audience, client_id = claims.get("aud", issuer), authorization.client_id
    response_type = str(claims.get("response_type", authorization.response_type))
    now = clock.now().timestamp()
    faults = (
        (claims.get("iss", client_id) != client_id, "has another iss than the client"),
        (claims.get("client_id", client_id) != client_id, "has another client_id"),
        (claims.get("sub") == client_id, "has the sub of a client assertion"),
        (issuer not in (audience if isinstance(audience, list) else [audience]), "has another aud"),
        (not _is_number(claims, "exp", above=now - SKEW_SECONDS), "has expired"),
        (not _is_number(claims, "nbf", below=now + SKEW_SECONDS), "is not valid yet"),
        (not _is_number(claims, "iat", below=now + SKEW_SECONDS), "was issued in the future"),
        (any(name in claims for name in _NESTED), "holds request, request_uri or registration"),
        (
            canonical(authorization.response_type) not in ("", canonical(response_type)),
            "has another response_type",
        ),
    )
    return next((sentence for is_broken, sentence in faults if is_broken), None)


def _find_age_fault(claims: dict[str, Any], profile: Profile) -> str | None:
    """Where the profile bounds them: for us, by this client, made lately, and not for long."""
    if missing := [name for name in profile.request_object_claims if name not in claims]:
        return f"lacks {missing[0]}"
    if profile.longest_request_object is None:
        return None
    longest, now = profile.longest_request_object.total_seconds(), clock.now().timestamp()
    since = [claims[name] for name in ("iat", "nbf") if name in claims]
    if any(instant < now - longest - SKEW_SECONDS for instant in since):
        return "has been valid for too long"
    latest = claims.get("nbf", now + SKEW_SECONDS) + longest
    return "is valid for too long" if claims["exp"] > latest else None


def _is_number(
    claims: dict[str, Any], name: str, *, above: float = float("-inf"), below: float = float("inf")
) -> bool:
    if name not in claims:
        return True
    value = claims[name]
    return isinstance(value, int | float) and not isinstance(value, bool) and above < value < below


def _text(name: str, value: object) -> str:
    """The value as the parameter would be sent. Raises ValueError with what is wrong."""
    if name == "claims" and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "resource" and isinstance(value, list) and all(isinstance(v, str) for v in value):
        value = " ".join(value)
    if not isinstance(value, str):
        raise ValueError(f"has a {name} that is no text")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"has a {name} with characters that are not allowed")
    return value


def _refuse(fault: str) -> Refusal:
    return Refusal("invalid_request_object", f"The request object {fault}.")
