"""The parameter `claims` can be read (OIDC Core 5.5)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.claims_request import read_claims


def check(context: Context) -> Refusal | None:
    """A JSON object; what it asks for is looked at later, and what nobody offers is ignored."""
    try:
        read_claims(context.request.claims)
    except ValueError:
        return Refusal("invalid_request", "The parameter claims is not a JSON object as in 5.5.")
    return None
