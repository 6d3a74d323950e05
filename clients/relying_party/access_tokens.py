"""Checking the access tokens that other agencies' services call with.

First what the token says, by the provider's published keys (RFC 9068); then at the provider's
introspection endpoint whether it still stands, and by which `sub` this agency knows the person
(RFC 7662): the token itself may carry one made up for the one call.
"""

from dataclasses import dataclass

from relying_party.provider import Provider
from relying_party.refused import Refused

MOST_CHARACTERS = 8192


@dataclass(frozen=True)
class Call:
    """For whom somebody calls, and who: the latest of `actors` first."""

    sub: str
    actors: tuple[str, ...]
    acr: str


def check_call(provider: Provider, authorization: str, *, audience: str, scope: str) -> Call:
    """Who calls for whom, from the header Authorization. Raises Refused with a code of RFC 6750."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MOST_CHARACTERS:
        raise Refused("")
    provider.read_jwt(token, typ="at+jwt", audience=audience)
    with provider.client() as client:
        answer = client.introspect_token(client.metadata["introspection_endpoint"], token=token)
        answer.raise_for_status()
        found = answer.json()
    actors = _actors(found.get("act"))
    if found.get("active") is not True or found.get("aud") != audience or not actors:
        raise Refused("invalid_token")
    if "cnf" in found:  # bound to a key or a certificate, which this service does not check
        raise Refused("invalid_token")
    if scope not in str(found.get("scope", "")).split():
        raise Refused("insufficient_scope")
    return Call(found["sub"], actors, str(found.get("acr", "")))


def _actors(act: object) -> tuple[str, ...]:
    if not isinstance(act, dict):
        return ()
    return (str(act.get("sub", "")), *_actors(act.get("act")))
