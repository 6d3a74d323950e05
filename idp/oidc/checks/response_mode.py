"""The response mode is offered."""

from idp.oidc.checks.context import Context
from idp.oidc.parameters import Refusal


def check(context: Context) -> Refusal | None:
    """Only `query`, the default of `code`."""
    if context.request.response_mode in ("", "query"):
        return None
    return Refusal("invalid_request", "Only the response mode query is supported.")
