"""An `id_token_hint` is an ID token of ours (OIDC Core 3.1.2.1)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from idp.oidc.checks.context import Context
from idp.oidc.parameters import AuthorizationRequest, Refusal


def check(context: Context) -> Refusal | None:
    """Signed by us; expired ones are accepted."""
    hint = context.request.id_token_hint
    if not hint or hinted_person(context.request, context.read_id_token) is not None:
        return None
    return Refusal("invalid_request", "The parameter id_token_hint is not an ID token of ours.")


def hinted_person(
    request: AuthorizationRequest, read_id_token: Callable[[str], dict[str, Any] | None]
) -> UUID | None:
    """The person the hint names; None without a hint, or with a bad one."""
    claims = read_id_token(request.id_token_hint) if request.id_token_hint else None
    try:
        return UUID(hex=claims["sub"]) if claims else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
