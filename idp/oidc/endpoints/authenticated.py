"""The transaction in which a client authenticates, at every endpoint where it does."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.oidc.bridge.assertion import claimed_client, presumed_client_id
from idp.oidc.bridge.request import ProtocolRequest
from idp.oidc.endpoints.prefetch import prefetch_keys
from idp.web.db import transaction


@contextmanager
def client_transaction(request: Request, asked: ProtocolRequest) -> Iterator[Session]:
    """One unit of work. The keys of a client that signs are fetched before it, never in it."""
    _fetch_keys(request, asked)
    with transaction(request) as db:
        yield db


def _fetch_keys(request: Request, asked: ProtocolRequest) -> None:
    state, claimed = request.app.state, claimed_client(asked)
    prefetch_keys(request, presumed_client_id(asked))
    if claimed is None:
        return
    with transaction(request) as db:
        party = state.relying_parties.find(claimed.client_id, db=db)
    if party is not None and party.jwks_uri:
        state.client_keys.find(party, kid=claimed.kid)
