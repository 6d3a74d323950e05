"""What a rule may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from joserfc.jwk import KeySet

from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.relying_parties.party import RegisteredParty


@dataclass(frozen=True)
class Context:
    """A request whose client and redirect URI are known to be good."""

    request: AuthorizationRequest
    party: RegisteredParty
    read_id_token: Callable[[str], dict[str, Any] | None]
    """The claims of an ID token that we signed, expired or not; None for anything else."""
    issuer: str = ""
    """The issuer identifier."""
    response_types: tuple[str, ...] = ("code",)
    """Those that the server offers."""
    find_keys: Callable[[RegisteredParty], KeySet] = attrgetter("keys")
    """The keys of a party that are at hand."""


Check = Callable[[Context], Refusal | None]
