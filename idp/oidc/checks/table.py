"""The rules in the order in which they are asked; the first refusal is answered."""

from collections.abc import Sequence

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
from idp.oidc.parameters import Refusal

CHECKS: tuple[Check, ...] = (
    length.check,
    pushed.check,
    registration.check,
    response_type.check,
    response_mode.check,
    nonce.check,
    scope.check,
    service.check,
    resource.check,
    pkce.check,
    dpop_jkt.check,
    prompt.check,
    max_age.check,
    claims.check,
    id_token_hint.check,
    encryption.check,
)
DEVICE_CHECKS: tuple[Check, ...] = (
    length.check,
    scope.check,
    service.check,
    resource.check,
    max_age.check,
    claims.check,
)
"""Those of what a device may ask (RFC 8628 section 3.1): nothing is sent back by a browser."""


def find_refusal(context: Context, checks: Sequence[Check] = CHECKS) -> Refusal | None:
    """The first refusal; None for a request that may go on."""
    return next((refusal for check in checks if (refusal := check(context))), None)
