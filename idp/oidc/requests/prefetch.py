"""What is looked up before the transaction of a request: its client, and that client's keys."""

from starlette.requests import Request

from idp.oidc.part import OidcPart
from idp.relying_parties.party import RegisteredParty
from idp.web.db import transaction


def find_party(http: Request, client_id: str) -> RegisteredParty | None:
    """The live party; one that is not at hand is read in a unit of work of its own."""
    parties = OidcPart.of(http).relying_parties
    if parties.is_at_hand(client_id):
        return parties.find(client_id)
    with transaction(http) as db:
        return parties.find(client_id, db=db)


def prefetch_keys(http: Request, client_id: str) -> None:
    """Have the client's keys at hand, if they are behind an address and something needs them."""
    party = find_party(http, client_id)
    if party is not None and party.jwks_uri and party.is_answered_encrypted:
        OidcPart.of(http).client_keys.find(party)
