"""Request objects are refused, as discovery says (OIDC Core 3.1.2.6)."""

from idp.oidc.checks.context import Context
from idp.oidc.parameters import Refusal


def check(context: Context) -> Refusal | None:
    """`request`, `request_uri` and `registration` are not offered."""
    for name in ("request", "request_uri", "registration"):
        if getattr(context.request, name):
            return Refusal(f"{name}_not_supported", f"The parameter {name} is not supported.")
    return None
