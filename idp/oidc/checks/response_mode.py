"""The response mode is offered, and signed where that was agreed."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.profiles import profile_of
from idp.oidc.redirects import RESPONSE_MODES, SIGNED_MODES
from idp.relying_parties.grant_types import holds_tokens


def check(context: Context) -> Refusal | None:
    """One of those discovery lists, or none: then the default of the response type."""
    mode, party = context.request.response_mode, context.party
    if mode not in ("", *RESPONSE_MODES):
        return Refusal("invalid_request", f"Offered response modes: {', '.join(RESPONSE_MODES)}.")
    if mode in ("query", "query.jwt") and holds_tokens(context.request.response_type):
        return Refusal("invalid_request", "Tokens never travel in a query: use another mode.")
    is_agreed = bool(party.authorization_signed_response_alg)
    must_be_signed = is_agreed and profile_of(party.profile).requires_signed_response
    if must_be_signed and mode not in SIGNED_MODES:
        return Refusal("invalid_request", f"Use a response mode of {', '.join(SIGNED_MODES)}.")
    return None
