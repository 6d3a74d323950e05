"""Resource indicators (RFC 8707): for whom an access token is meant.

A party registers which resources it may ask for (`resources`) and, if it is a resource server,
what it answers to (`audiences`). The provider itself, for userinfo, is everybody's to ask for and
what a token is meant for when no resource is named.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from authlib.oauth2 import OAuth2Error

from idp.kit.secrets import new_token
from idp.oidc.part import OidcPart
from idp.relying_parties.grant_types import TOKEN_EXCHANGE
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess


def named_resources(parameter: str) -> tuple[str, ...]:
    """The resources of a request, each once; the parameter's repetitions come joined by spaces."""
    return tuple(dict.fromkeys(parameter.split()))


def may_ask_for(party: RegisteredParty, resources: Iterable[str], *, issuer: str) -> bool:
    """Whether the party registered all of them."""
    return set(resources) <= {issuer, *party.resources}


def told_resources(parameter: str, party: RegisteredParty, *, issuer: str) -> tuple[str, ...]:
    """Where else a party may act for the person who agrees: what they are told of.

    What the request names; for one that exchanges tokens everything it registered, since it asks
    for that when the person is gone.
    """
    at_will = party.resources if TOKEN_EXCHANGE in party.grant_types else ()
    told = dict.fromkeys((*named_resources(parameter), *at_will))
    return tuple(one for one in told if one != issuer)


def reader_of(resources: Iterable[str], *, issuer: str) -> str | None:
    """For whom alone a token for these resources is (`aud`); None where they are several.

    The provider, if it is named or none is. What opens userinfo is shown to nobody else: they would
    read there how its client knows the person. Nor is a token shown to two others: they could join
    what they know of its person, and one could use it at the other.
    """
    named = set(resources) or {issuer}
    if issuer in named:
        return issuer
    return named.pop() if len(named) == 1 else None


def subject_between(part: OidcPart, person_id: UUID, parties: Iterable[RegisteredParty]) -> str:
    """The `sub` of a token that one of these parties carries and the others read.

    Where they know the person by one `sub`, that. Otherwise one made up for this token: who bears
    it could read the others', and they its own. /introspect tells each it is meant for their own.
    """
    subjects = {part.subject_of(person_id, party) for party in parties}
    return subjects.pop() if len(subjects) == 1 else new_token(128)


def answers_to(party: RegisteredParty, *, issuer: str) -> frozenset[str]:
    """What a party answers to: never the provider, whatever was registered once."""
    return frozenset(party.audiences) - {issuer}


def is_meant_for(claims: dict[str, Any], audiences: Iterable[str]) -> bool:
    """Whether one of them is the token's audience."""
    return claims["aud"] in tuple(audiences)


class InvalidTargetError(OAuth2Error):
    """Resources the client did not register, was not granted, or may not have in one token."""

    error = "invalid_target"
    description = "The client may not ask for this resource."


class SeveralReadersError(InvalidTargetError):
    """A token was asked for that several would read."""

    description = "A token is for one reader: name one resource in each token request."


def asked_resources(request: Any) -> tuple[str, ...]:
    """The resources this token is asked for; none when the request names none."""
    return named_resources(request.form.get("resource", ""))


def check_registered(request: Any, party: RegisteredParty, *, issuer: str) -> None:
    """Raises InvalidTargetError, before anything is spent."""
    asked = asked_resources(request)
    if not may_ask_for(party, asked, issuer=issuer):
        raise InvalidTargetError()
    if len(asked) > 1:
        raise SeveralReadersError()


def check_granted(request: Any, access: GrantedAccess, *, issuer: str) -> None:
    """A grant is narrowed, never widened: one that names no resource is for the provider alone.

    Else a resource that nobody was told of could be named here first. Raises InvalidTargetError.
    """
    if not set(asked_resources(request)) <= set(access.resources or (issuer,)):
        raise InvalidTargetError()


def names_no_reader(request: Any, access: GrantedAccess, *, issuer: str) -> bool:
    """Whether the grant is for several, and the request does not say for which its token is."""
    return not asked_resources(request) and reader_of(access.resources, issuer=issuer) is None
