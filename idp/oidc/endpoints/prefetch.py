"""Fetching the keys of clients whose answers are encrypted, before any transaction."""

from starlette.requests import Request

from idp.web.db import transaction


def prefetch_keys(http: Request, client_id: str) -> None:
    """Have the client's keys at hand, if they are behind an address and something needs them."""
    state = http.app.state
    with transaction(http) as db:
        party = state.relying_parties.find(client_id, db=db)
    if party is not None and party.jwks_uri and party.is_answered_encrypted:
        state.client_keys.find(party)
