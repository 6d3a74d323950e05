"""A service named by `service:<procedure code>` is one that the client serves."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.scopes import SERVICE_PREFIX, is_service


def check(context: Context) -> Refusal | None:
    """It sets the minimum level, so that an unknown one cannot be ignored."""
    for value in context.request.scopes:
        if is_service(value) and value.removeprefix(SERVICE_PREFIX) not in context.party.services:
            return Refusal("invalid_scope", "The client does not serve the public service named.")
    return None
