"""The keys and certificates that a client's metadata needs, and those that do not fit it."""

from collections.abc import Iterator, Mapping
from typing import Any

from idp.kit.messages import N_
from idp.relying_parties.auth_methods import KEY_METHODS, TLS_CLIENT_AUTH
from idp.relying_parties.certificate_names import find_fault
from idp.relying_parties.key_sets import find_encryption_key, find_key_fault, read_key_set


def find_key_faults(registered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields at fault, each with a sentence: keys come in one way, where they are needed."""
    jwks, method = registered["jwks"], registered["token_endpoint_auth_method"]
    if jwks is not None and registered["jwks_uri"]:
        yield "jwks_uri", N_("Register keys either by value or by address, not both.")
    if jwks is not None and (fault := find_key_fault(jwks)):
        yield "jwks", fault
    has_keys = jwks is not None or bool(registered["jwks_uri"])
    for kind in ("id_token", "userinfo"):
        alg = registered[f"{kind}_encrypted_response_alg"]
        if alg and not has_keys:
            field = f"{kind}_encrypted_response_alg"
            yield field, N_("Encryption needs jwks or jwks_uri.")
        if alg and jwks and not find_encryption_key(read_key_set(jwks), alg):
            yield "jwks", N_("Add a key for the encryption algorithm.")
        if registered[f"{kind}_encrypted_response_enc"] and not alg:
            field = f"{kind}_encrypted_response_enc"
            yield field, N_("Name the algorithm of the key (…_alg) as well.")
    if method in KEY_METHODS and not has_keys:
        yield "token_endpoint_auth_method", N_("This method needs jwks or jwks_uri.")
    if registered["request_object_signing_alg"] and not has_keys:
        yield "request_object_signing_alg", N_("Signed requests need jwks or jwks_uri.")
    if found := find_fault(registered, is_needed=method == TLS_CLIENT_AUTH):
        yield found
