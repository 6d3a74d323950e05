"""Where the answer goes. Until this is known to be good, nothing is ever redirected."""

from idp.oidc.explanations import compare_uris, show_unknown
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches
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
    """For the integrator who looks up the error id: what was sent beside what is registered."""
    if party is None:
        return show_unknown(request.client_id)
    compared = compare_uris(request.redirect_uri, party.redirect_uris, known_as="registered")
    return f"client_id {party.client_id}; {compared}"
