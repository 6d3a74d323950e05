"""The client has a key for the ID token it is to get encrypted (OIDC Core 10.2)."""

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.formats.encryption import NO_KEY
from idp.relying_parties.key_sets import find_encryption_key


def check(context: Context) -> Refusal | None:
    """Said before anybody signs in; an ID token of /token is refused there."""
    alg = context.party.id_token_encrypted_response_alg
    if not alg or "id_token" not in context.request.asked_for:
        return None
    if find_encryption_key(context.find_keys(context.party), alg):
        return None
    return Refusal("invalid_request", NO_KEY)
