"""The key that a code is to be bound to is named by its thumbprint (RFC 9449 section 10)."""

import re

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


def check(context: Context) -> Refusal | None:
    """A SHA-256 digest, in base64url."""
    if not context.request.dpop_jkt or _THUMBPRINT.fullmatch(context.request.dpop_jkt):
        return None
    return Refusal("invalid_request", "The parameter dpop_jkt is not the thumbprint of a key.")
