"""Response types: what an authorization response holds (OAuth 2.0 Multiple Response Types)."""

from typing import get_args

from idp.relying_parties.grant_types import IMPLICIT
from idp.settings.protocol import ResponseType

RESPONSE_TYPES: tuple[str, ...] = get_args(ResponseType)
"""Those a client may register, as they are kept; the settings say which of them are offered."""


def canonical(response_type: str) -> str:
    """The value with its words in the order above: the order sent means nothing (RFC 6749 3.1.1).

    What is no response type does not become one: words are neither dropped nor merged.
    """
    return " ".join(sorted(response_type.split(" ")))


def holds_tokens(response_type: str) -> bool:
    """Whether it is one of those that put tokens into the response itself."""
    kind = canonical(response_type)
    return kind in RESPONSE_TYPES and kind != "code"


def needed_grants(response_type: str) -> tuple[str, ...]:
    """The grant types that go with it (OIDC Dynamic Client Registration 2)."""
    code = ("authorization_code",) if "code" in response_type.split() else ()
    return (*code, IMPLICIT) if holds_tokens(response_type) else code
