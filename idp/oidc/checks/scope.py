"""The scope holds `openid`, and nothing the client did not register."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.scopes import is_service
from idp.relying_parties.scopes import SCOPE_CLAIMS


def check(context: Context) -> Refusal | None:
    """Values nobody offers are ignored (OIDC Core 3.1.2.1); offered ones must be registered."""
    if "openid" not in context.request.scopes:
        return Refusal("invalid_scope", "The scope must hold openid.")
    registered = {*context.party.scope.split(), "openid", "offline_access"}
    for value in context.request.scopes:
        if value in SCOPE_CLAIMS and value not in registered:
            return Refusal("invalid_scope", f"The client did not register the scope {value}.")
        if is_service(value) and len(value) > 100:
            return Refusal("invalid_scope", "A service scope is too long.")
    return None
