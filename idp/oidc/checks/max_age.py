"""`max_age` is a number of seconds (OIDC Core 3.1.2.1)."""

from datetime import timedelta

from idp.authorization.refusal import Refusal
from idp.oidc.checks.context import Context
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.party import RegisteredParty

_DIGITS = 9


def check(context: Context) -> Refusal | None:
    """ASCII digits only; more than nine of them are no age."""
    value = context.request.max_age
    if not value or (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        return None
    return Refusal("invalid_request", "The parameter max_age must be a number of seconds.")


def max_age_of(request: AuthorizationRequest, party: RegisteredParty) -> timedelta | None:
    """The age of a request that passed the check, else the client's `default_max_age`."""
    seconds = int(request.max_age) if request.max_age else party.default_max_age
    return None if seconds is None else timedelta(seconds=seconds)
