"""The response type is offered, and registered for the client."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.profiles import profile_of
from idp.relying_parties.grant_types import canonical, needed_grants


def check(context: Context) -> Refusal | None:
    """One of those discovery lists; a registration narrows them, a profile does too."""
    if not context.request.response_type:
        return Refusal("invalid_request", "The parameter response_type is missing.")
    kind, party = canonical(context.request.response_type), context.party
    if kind not in context.response_types:
        offered = ", ".join(context.response_types)
        return Refusal("unsupported_response_type", f"Offered response types: {offered}.")
    if kind not in party.response_types:
        return Refusal("unauthorized_client", "The client did not register this response type.")
    missing = [grant for grant in needed_grants(kind) if grant not in party.grant_types]
    if missing:
        return Refusal("unauthorized_client", f"The client did not register {missing[0]}.")
    return _find_protection(context, kind)


def _find_protection(context: Context, kind: str) -> Refusal | None:
    """What must not travel through a browser, by the client's profile or since it is bound."""
    party = context.party
    if kind not in profile_of(party.profile).client.response_types:
        return Refusal("unauthorized_client", "The profile of the client has codes alone.")
    is_held = party.is_sender_constrained or bool(context.request.dpop_jkt)
    if is_held and "token" in context.request.asked_for:
        return Refusal("unauthorized_client", "Sender-constrained tokens come from /token alone.")
    return None
