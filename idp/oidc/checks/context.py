"""What a rule may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.registry.party import RegisteredParty


@dataclass(frozen=True)
class Context:
    """A request whose client and redirect URI are known to be good."""

    request: AuthorizationRequest
    party: RegisteredParty
    read_id_token: Callable[[str], dict[str, Any] | None]
    """The claims of an ID token that we signed, expired or not; None for anything else."""
    issuer: str = ""
    """The issuer identifier."""


Check = Callable[[Context], Refusal | None]
