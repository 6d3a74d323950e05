"""Self-issued providers' `registration` is refused (OIDC Core 3.1.2.6, 7.2.1)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context


def check(context: Context) -> Refusal | None:
    """Clients are registered before they ask."""
    if not context.request.registration:
        return None
    return Refusal("registration_not_supported", "The parameter registration is not supported.")
