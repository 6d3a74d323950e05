"""The response mode is offered."""

from idp.oidc.checks.context import Context
from idp.oidc.parameters import Refusal
from idp.oidc.redirects import RESPONSE_MODES


def check(context: Context) -> Refusal | None:
    """One of those discovery lists, or none: then the default of the response type."""
    if context.request.response_mode in ("", *RESPONSE_MODES):
        return None
    return Refusal("invalid_request", f"Offered response modes: {', '.join(RESPONSE_MODES)}.")
