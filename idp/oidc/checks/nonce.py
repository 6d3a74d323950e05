"""The nonce is there when an ID token travels through the browser (OIDC Core 3.2.2.1, 3.3.2.11)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context


def check(context: Context) -> Refusal | None:
    """Without it, nothing ties such a token to the request it answers."""
    if context.request.nonce or "id_token" not in context.request.asked_for:
        return None
    return Refusal("invalid_request", "This response type needs the parameter nonce.")
