"""Nothing is longer than it can sensibly be."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.parameters import MAX_LENGTH


def check(context: Context) -> Refusal | None:
    """No parameter exceeds MAX_LENGTH."""
    if max(len(value) for value in vars(context.request).values()) > MAX_LENGTH:
        return Refusal("invalid_request", f"A parameter exceeds {MAX_LENGTH} characters.")
    return None
