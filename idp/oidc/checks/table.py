"""The rules in the order in which they are asked; the first refusal is answered."""

from enum import Enum

from idp.authorization.refusal import Refusal
from idp.oidc.checks import (
    claims,
    dpop_jkt,
    encryption,
    id_token_hint,
    length,
    max_age,
    nonce,
    pkce,
    prompt,
    pushed,
    registration,
    resource,
    response_mode,
    response_type,
    scope,
    service,
)
from idp.oidc.checks.context import Check, Context


class Address(Enum):
    """Where an authorization may be asked for."""

    AUTHORIZE = "/authorize"
    PUSHED = "/par"
    DEVICE = "/device_authorization"


_ALL = frozenset(Address)
_REDIRECTED = _ALL - {Address.DEVICE}
"""Where the answer goes back by a browser; of what a device may ask, see RFC 8628 section 3.1."""

CHECKS: tuple[tuple[Check, frozenset[Address]], ...] = (
    (length.check, _ALL),
    (pushed.check, _REDIRECTED),
    (registration.check, _REDIRECTED),
    (response_type.check, _REDIRECTED),
    (response_mode.check, _REDIRECTED),
    (nonce.check, _REDIRECTED),
    (scope.check, _ALL),
    (service.check, _ALL),
    (resource.check, _ALL),
    (pkce.check, _REDIRECTED),
    (dpop_jkt.check, _REDIRECTED),
    (prompt.check, _REDIRECTED),
    (max_age.check, _ALL),
    (claims.check, _ALL),
    (id_token_hint.check, _REDIRECTED),
    (encryption.check, _REDIRECTED),
)
"""Which rule is asked where, in this order; each answers error, words and reason in one Refusal.

Before them all stands `redirect_uri.check`: nothing is redirected until that is good.
"""
_AT = {at: tuple(check for check, where in CHECKS if at in where) for at in Address}


def find_refusal(context: Context, at: Address) -> Refusal | None:
    """The first refusal; None for a request that may go on."""
    return next((refusal for check in _AT[at] if (refusal := check(context))), None)
