"""Response types: what an authorization response holds (OAuth 2.0 Multiple Response Types)."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from idp.kit.messages import N_
from idp.relying_parties.grant_types import IMPLICIT
from idp.settings.protocol import ResponseType

RESPONSE_TYPES: tuple[str, ...] = get_args(ResponseType)
"""Those a client may register, as they are kept; the settings say which of them are offered."""
_UNMATCHED = N_("List authorization_code for code, and implicit for id_token and token.")


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


def is_bound(registered: Mapping[str, Any]) -> bool:
    """Whether the client's access tokens are bound to what no response can show."""
    fields = ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")
    return any(registered[field] for field in fields)


def find_response_faults(registered: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where response types do not go with the rest: field, what to do, the value (RFC 7591 2.1).

    `code`, the default, may stand beside grants that have no response; alone it is void.
    """
    grants = set(registered["grant_types"])
    needed = {kind: needed_grants(kind) for kind in registered["response_types"]}
    for kind, names in needed.items():
        if kind != "code" and not set(names) <= grants:
            yield "grant_types", _UNMATCHED, kind
        if "token" in kind.split() and is_bound(registered):
            yield "response_types", N_("Tokens bound to a key come from /token alone."), kind
    for grant in ("authorization_code", IMPLICIT):
        if grant in grants and not any(grant in names for names in needed.values()):
            yield "response_types", N_("This grant needs a response type of its own."), grant
