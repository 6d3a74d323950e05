"""The request was pushed where it must be (RFC 9126 section 5 and 6)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.profiles import profile_of


def check(context: Context) -> Refusal | None:
    """By the client's metadata, or by its profile (FAPI 2.0 Security Profile 5.3.2.2)."""
    request, party = context.request, context.party
    is_required = party.require_pushed_authorization_requests
    if request.pushed_as or not (is_required or profile_of(party.profile).requires_pushed_request):
        return None
    return Refusal("invalid_request", "The client must push its requests: use /par.")
