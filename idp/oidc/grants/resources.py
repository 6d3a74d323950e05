"""Resources at the token endpoint (RFC 8707 section 2.2)."""

from typing import Any

from authlib.oauth2 import OAuth2Error

from idp.oidc.resources import may_ask_for, named_resources
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess


class InvalidTargetError(OAuth2Error):
    """A resource the client did not register, or was not granted."""

    error = "invalid_target"
    description = "The client may not ask for this resource."


def asked_resources(request: Any) -> tuple[str, ...]:
    """The resources this token is asked for; none when the request names none."""
    return named_resources(request.form.get("resource", ""))


def check_registered(request: Any, party: RegisteredParty, *, issuer: str) -> None:
    """Raises InvalidTargetError, before anything is spent."""
    if not may_ask_for(party, asked_resources(request), issuer=issuer):
        raise InvalidTargetError()


def check_granted(request: Any, access: GrantedAccess, *, issuer: str) -> None:
    """A grant is narrowed, never widened: one that names no resource is for the provider alone.

    Else a resource that nobody was told of could be named here first. Raises InvalidTargetError.
    """
    if not set(asked_resources(request)) <= set(access.resources or (issuer,)):
        raise InvalidTargetError()
