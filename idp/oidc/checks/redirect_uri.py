"""Where the answer goes. Until this is known to be good, nothing is ever redirected."""

from idp.authorization.refusal import Refusal
from idp.kit.messages import N_
from idp.oidc.explanations import compare_uris, show_unknown
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches

_UNKNOWN = N_("The service that sent you here is not registered, or not in operation.")
_MISSING = N_("The service that sent you here did not say where to return to.")
_OTHER = N_("The address that the service asked us to return to is not registered for it.")


def check(request: AuthorizationRequest, party: RegisteredParty | None) -> Refusal | None:
    """Unknown client, missing or unregistered redirect URI: words for our own error page.

    The reason says what was sent beside what is registered.
    """
    if party is None:
        return Refusal("invalid_client", _UNKNOWN, show_unknown(request.client_id))
    kind, known = party.application_type, party.redirect_uris
    if request.redirect_uri and matches(known, request.redirect_uri, application_type=kind):
        return None
    compared = compare_uris(request.redirect_uri, known, known_as="registered")
    words = _OTHER if request.redirect_uri else _MISSING
    return Refusal("invalid_request", words, f"client_id {party.client_id}; {compared}")
