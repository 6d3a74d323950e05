"""Nothing is longer than it can sensibly be."""

from dataclasses import astuple

from idp.oidc.checks.context import Context
from idp.oidc.parameters import MAX_LENGTH, Refusal


def check(context: Context) -> Refusal | None:
    """No parameter exceeds MAX_LENGTH."""
    if max(len(value) for value in astuple(context.request)) > MAX_LENGTH:
        return Refusal("invalid_request", f"A parameter exceeds {MAX_LENGTH} characters.")
    return None
