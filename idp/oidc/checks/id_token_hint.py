"""An `id_token_hint` is an ID token of ours (OIDC Core 3.1.2.1)."""

from collections.abc import Callable
from typing import Any

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.parameters import AuthorizationRequest


def check(context: Context) -> Refusal | None:
    """Signed by us; expired ones are accepted."""
    hint = context.request.id_token_hint
    if not hint or hinted_subject(context.request, context.read_id_token) is not None:
        return None
    return Refusal("invalid_request", "The parameter id_token_hint is not an ID token of ours.")


def hinted_subject(
    request: AuthorizationRequest, read_id_token: Callable[[str], dict[str, Any] | None]
) -> str | None:
    """The `sub` of the hint; None without a hint, or with a bad one."""
    if request.hinted_subject:
        return request.hinted_subject
    claims = read_id_token(request.id_token_hint) if request.id_token_hint else None
    subject = claims.get("sub") if claims else None
    is_a_person = bool(claims) and "sid" in (claims or {})
    return subject if is_a_person and isinstance(subject, str) else None
