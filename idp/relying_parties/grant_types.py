"""The grants a relying party may register, a row each, and the response types that go with them.

A response type says what an authorization response holds (OAuth 2.0 Multiple Response Types).
"""

from typing import Literal, get_args

from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.settings.protocol import ResponseType

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
IMPLICIT = "implicit"


@immutable
class GrantType:
    """One grant; `words` tell agency staff and operators of it."""

    name: str
    person: Literal["signs in", "signed in", "none"]
    """Whose tokens they are: of who signs in for it, of who did so before, or the client's own."""
    words: str
    needs_redirect_uri: bool = False
    is_between_services: bool = False
    """For clients that prove themselves and that an operator registered."""


GRANTS = (
    GrantType("authorization_code", "signs in", N_("A person signs in"), needs_redirect_uri=True),
    GrantType(
        IMPLICIT, "signs in", N_("A person signs in, tokens in the answer"), needs_redirect_uri=True
    ),
    GrantType(DEVICE_CODE, "signs in", N_("A person signs in on their phone, for a device")),
    GrantType("refresh_token", "signed in", N_("Again, without a page for the person")),
    GrantType(
        "client_credentials", "none", N_("For itself, without a person"), is_between_services=True
    ),
    GrantType(
        JWT_BEARER, "none", N_("For itself, by a statement it signs"), is_between_services=True
    ),
    GrantType(
        TOKEN_EXCHANGE,
        "signed in",
        N_("For a person who signed in at another service"),
        is_between_services=True,
    ),
)
GRANT_TYPES = tuple(grant.name for grant in GRANTS)
PERSON_GRANTS = tuple(grant.name for grant in GRANTS if grant.person == "signs in")
MACHINE_GRANTS = tuple(grant.name for grant in GRANTS if grant.person == "none")
REDIRECT_GRANTS = tuple(grant.name for grant in GRANTS if grant.needs_redirect_uri)
SERVICE_GRANTS = tuple(grant.name for grant in GRANTS if grant.is_between_services)
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
