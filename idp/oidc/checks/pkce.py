"""Proof Key for Code Exchange is there when required, and S256 (RFC 7636)."""

import re

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.profiles import profile_of

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def check(context: Context) -> Refusal | None:
    """`plain`, also as the default of a challenge without a method, is refused."""
    request, party = context.request, context.party
    if not request.code_challenge:
        if request.code_challenge_method:
            return Refusal("invalid_request", "The parameter code_challenge is missing.")
        if "code" in request.asked_for and (party.require_pkce or party.is_public):
            return Refusal("invalid_request", "PKCE is required: send code_challenge with S256.")
        return None
    if request.code_challenge_method not in profile_of(party.profile).code_challenge_methods:
        return Refusal("invalid_request", "The parameter code_challenge_method must be S256.")
    if not _CHALLENGE.fullmatch(request.code_challenge):
        return Refusal("invalid_request", "The parameter code_challenge is not an S256 digest.")
    return None
