"""The rules in the order in which they are asked; the first refusal is answered."""

from idp.oidc.checks import (
    claims,
    dpop_jkt,
    id_token_hint,
    length,
    max_age,
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
    scope.check,
    service.check,
    resource.check,
    pkce.check,
    dpop_jkt.check,
    prompt.check,
    max_age.check,
    claims.check,
    id_token_hint.check,
)


def find_refusal(context: Context) -> Refusal | None:
    """The first refusal; None for a request that may go on."""
    return next((refusal for check in CHECKS if (refusal := check(context))), None)
