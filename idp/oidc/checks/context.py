"""What a rule may look at."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

from joserfc.jwk import KeySet

from idp.authorization.refusal import Refusal
from idp.kit.immutable import immutable
from idp.oidc.formats.jose import read_own
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.relying_parties.party import RegisteredParty

ReadIdToken = Callable[[str], dict[str, Any] | None]
"""The claims of an ID token that we signed, expired or not; None for anything else."""


@immutable
class Context:
    """A request and its party."""

    request: AuthorizationRequest
    party: RegisteredParty
    read_id_token: ReadIdToken
    issuer: str = ""
    """The issuer identifier."""
    response_types: tuple[str, ...] = ("code",)
    """Those that the server offers."""
    find_keys: Callable[[RegisteredParty], KeySet] = attrgetter("keys")
    """The keys of a party that are at hand."""


Check = Callable[[Context], Refusal | None]


def context_of(part: OidcPart, request: AuthorizationRequest, party: RegisteredParty) -> Context:
    """What the rules look at for a request to this provider."""
    return Context(
        request,
        party,
        own_id_token(part),
        part.issuer.url,
        part.protocol.response_types,
        part.client_keys.at_hand,
    )


def own_id_token(part: OidcPart) -> ReadIdToken:
    """What reads an ID token of ours."""
    return partial(
        read_own, part.signing_keys, typ="JWT", issuer=part.issuer.url, may_be_expired=True
    )


def hinted_subject(request: AuthorizationRequest, read_id_token: ReadIdToken) -> str | None:
    """The `sub` of the `id_token_hint`; None without a hint, or with a bad one."""
    if request.hinted_subject:
        return request.hinted_subject
    claims = read_id_token(request.id_token_hint) if request.id_token_hint else None
    if claims is None or "acr" not in claims:
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) else None
