"""Security profiles: what a client may register under each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.relying_parties.auth_methods import AUTH_METHODS, CERTIFICATE_METHODS, PRIVATE_KEY_JWT
from idp.relying_parties.grant_types import DEVICE_CODE, IMPLICIT
from idp.relying_parties.response_types import RESPONSE_TYPES

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What relying parties may sign with; EdDSA is Ed25519."""


@dataclass(frozen=True)
class ClientRules:
    """What the metadata of one profile's clients may hold."""

    authentication_methods: tuple[str, ...]
    signing_algorithms: tuple[str, ...]
    """What the client may sign with: assertions, request objects, proofs."""
    answer_algorithms: tuple[str, ...]
    """What the client may have us sign with: ID tokens, userinfo, authorization responses."""
    response_types: tuple[str, ...]
    redirect_schemes: tuple[str, ...] = ()
    """Of redirect URIs; any where none is named. Where http may be used is another rule."""
    needs_keys: bool = False
    """Whether the client signs, and therefore registers keys, however it authenticates."""


_FAPI = ClientRules(
    authentication_methods=(PRIVATE_KEY_JWT, *CERTIFICATE_METHODS),
    signing_algorithms=("PS256", "ES256", "EdDSA"),
    answer_algorithms=("PS256", "ES256"),
    response_types=("code",),
    redirect_schemes=("https://", "http://"),
)
CLIENT_RULES = {
    "openid": ClientRules(
        authentication_methods=AUTH_METHODS,
        signing_algorithms=ALGORITHMS,
        answer_algorithms=("RS256", "PS256", "ES256"),
        response_types=RESPONSE_TYPES,
    ),
    "fapi2-security": _FAPI,
    "fapi2-message-signing": replace(_FAPI, needs_keys=True),
}
"""FAPI 2.0 Security Profile 5.3.2.1, 5.3.2.2, 5.4.1; Message Signing 5.3.1."""

_CLIENT_ALGS = ("token_endpoint_auth_signing_alg", "request_object_signing_alg")
_ANSWER_ALGS = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
)


def find_broken_rules(
    profile: str, registered: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """What the metadata holds that its profile forbids: field, what to do instead, the value.

    OpenID Connect's own rules are every client's: `metadata.py` has them.
    """
    rules = CLIENT_RULES.get(profile)
    if rules is None or profile == "openid":
        return
    chosen = (
        (("token_endpoint_auth_method",), rules.authentication_methods),
        (_CLIENT_ALGS, ("", *rules.signing_algorithms)),
        (_ANSWER_ALGS, ("", *rules.answer_algorithms)),
    )
    for fields, allowed in chosen:
        for field in fields:
            if registered[field] not in allowed:
                named = ", ".join(filter(None, allowed))
                yield field, f"The profile {profile} allows: {named}.", registered[field]
    for response_type in registered["response_types"]:
        if response_type not in rules.response_types:
            yield "response_types", f"The profile {profile} has codes alone.", response_type
    if IMPLICIT in registered["grant_types"]:
        yield "grant_types", f"The profile {profile} has codes alone.", IMPLICIT
    if DEVICE_CODE in registered["grant_types"]:
        yield "grant_types", f"The profile {profile} has no grant for devices.", DEVICE_CODE
    for uri in registered["redirect_uris"]:
        if rules.redirect_schemes and not uri.startswith(rules.redirect_schemes):
            yield "redirect_uris", f"The profile {profile} needs an https address.", uri[:200]
    if rules.needs_keys and registered["jwks"] is None and not registered["jwks_uri"]:
        yield "jwks", f"The profile {profile} needs jwks or jwks_uri: requests are signed.", ""
