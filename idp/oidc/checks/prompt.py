"""The prompt makes sense (OIDC Core 3.1.2.1)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context

PROMPTS = ("none", "login", "consent", "select_account")


def check(context: Context) -> Refusal | None:
    """`none` stands alone; other values are the known ones."""
    prompts = context.request.prompts
    if "none" in prompts and len(prompts) > 1:
        return Refusal("invalid_request", "prompt=none cannot be combined with other values.")
    if not prompts <= set(PROMPTS):
        return Refusal("invalid_request", "The parameter prompt holds an unknown value.")
    return None
