"""What is kept of a refused request of a client, under the error id that its developer was told."""

import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError

from idp.kit.immutable import immutable
from idp.oidc.authlib.authentication import presumed_client_id, sent_methods
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.explanations import show_unknown
from idp.relying_parties.auth_methods import CERTIFICATE_METHODS
from idp.relying_parties.party import RegisteredParty

ROUTINE = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce"})
"""Errors by which the protocol says how to go on; nothing is wrong, and nothing is noted."""

_log = structlog.get_logger("idp.oidc")


@immutable
class RefusedRequest:
    """A refused request, to be written down; no secret is in it."""

    error_id: str
    party: RegisteredParty | None
    """The client that the request names; None for one nobody registered."""
    error: str
    description: str
    """Why, in plain words."""
    grant_type: str
    """One that is offered, or empty."""
    is_authenticated: bool = False
    """Whether the client has shown that it is the one."""
    client_id: str = ""
    """What the request calls itself; it may be anything."""


def explain(request: ProtocolRequest, error: OAuth2Error, party: RegisteredParty | None) -> str:
    """Why, in plain words: what was sent beside what is registered."""
    if party is None:
        return show_unknown(presumed_client_id(request))
    sent, allowed = sent_methods(request), party.auth_methods
    is_by_certificate = {*allowed} <= {*CERTIFICATE_METHODS} and sent == ["none"]
    if isinstance(error, InvalidClientError) and is_by_certificate:
        return "The certificate is not the one registered, or did not reach us."
    if isinstance(error, InvalidClientError) and sent[0] not in allowed:
        return f"Client authentication sent: {sent[0]}; registered: {' or '.join(allowed)}."
    return request.fault or error.description or error.error


def log_refused(refused: RefusedRequest) -> None:
    """One record of each, also of those of which no row is kept."""
    _log.info(
        "request.refused",
        error_id=refused.error_id,
        kind=refused.error,
        client_id=refused.party.client_id if refused.party else "",
        detail=refused.description,
    )
