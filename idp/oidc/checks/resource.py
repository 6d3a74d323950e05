"""The resources a token is asked for are ones the client may use (RFC 8707 section 2.1)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.resources import may_ask_for, named_resources


def check(context: Context) -> Refusal | None:
    """Exactly the registered text; nothing is said about which ones exist."""
    resources = named_resources(context.request.resource)
    if may_ask_for(context.party, resources, issuer=context.issuer):
        return None
    return Refusal("invalid_target", "The client may not ask for this resource.")
