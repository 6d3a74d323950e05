"""The response type is offered, and registered for the client."""

from idp.oidc.checks.context import Context
from idp.oidc.parameters import Refusal


def check(context: Context) -> Refusal | None:
    """Only `code`."""
    response_type = context.request.response_type
    if not response_type:
        return Refusal("invalid_request", "The parameter response_type is missing.")
    if response_type != "code":
        return Refusal("unsupported_response_type", "Only the response type code is supported.")
    if response_type not in context.party.response_types:
        return Refusal("unauthorized_client", "The client did not register this response type.")
    if "authorization_code" not in context.party.grant_types:
        return Refusal("unauthorized_client", "The client did not register authorization_code.")
    return None
