"""Where the answer goes. Until this is known to be good, nothing is ever redirected."""

from urllib.parse import urlsplit

from idp.oidc.parameters import AuthorizationRequest
from idp.registry.party import RegisteredParty
from idp.registry.redirect_uris import matches
from idp.web.messages import N_


def find_fault(request: AuthorizationRequest, party: RegisteredParty | None) -> str | None:
    """The sentence for our own error page: unknown client, missing or unregistered redirect URI."""
    if party is None:
        return N_("The service that sent you here is not registered, or not in operation.")
    if not request.redirect_uri:
        return N_("The service that sent you here did not say where to return to.")
    if not matches(
        party.redirect_uris, request.redirect_uri, application_type=party.application_type
    ):
        return N_("The address that the service asked us to return to is not registered for it.")
    return None


def explain_fault(request: AuthorizationRequest, party: RegisteredParty | None) -> str:
    """For the integrator who looks up the error id: what was sent beside what is registered.

    Of an unknown client_id only the beginning, since a secret may have been pasted there; of
    addresses no query, since codes and tokens may stand in it.
    """
    if party is None:
        return f"client_id unknown: {request.client_id[:6]!r}, {len(request.client_id)} characters"
    registered = " ".join(party.redirect_uris) or "none"
    sent = _without_query(request.redirect_uri) if request.redirect_uri else "missing"
    return f"client_id {party.client_id}; redirect_uri sent: {sent}; registered: {registered}"


def _without_query(uri: str) -> str:
    try:
        shown = urlsplit(uri)._replace(query="", fragment="").geturl()
    except ValueError:
        shown = "not an address"
    return shown[:200] + (" (and a query)" if "?" in uri else "")
