"""/revoke: a client says that it needs a token no longer (RFC 7009).

A refresh token ends its grant, and with it every access token; an access token ends itself and what
it was exchanged for. For anything else, another client's token included, nothing happens, and the
answer is the same.
"""

from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from starlette.requests import Request
from starlette.responses import Response

from idp.journal.record import record
from idp.oidc.authlib.build import AUTHENTICATION_METHODS
from idp.oidc.authlib.request import Client, ProtocolRequest
from idp.oidc.requests.authenticated import answer_client, read_named_token
from idp.tokens.end import revoke_grant
from idp.tokens.jtis import revoke_access_token
from idp.tokens.lookup import KnownRefreshToken
from idp.web.forms import Form
from idp.web.routes import Router

router = Router()


class Revocation(RevocationEndpoint):
    """Authlib's endpoint over the tokens of one client."""

    CLIENT_AUTH_METHODS = AUTHENTICATION_METHODS

    def authenticate_token(
        self, request: ProtocolRequest, client: Client
    ) -> dict[str, Any] | KnownRefreshToken | None:
        """The client's own token."""
        token = read_named_token(self.server.part, self.server.db, request, client)
        is_foreign = isinstance(token, dict) and token["client_id"] != client.get_client_id()
        return None if is_foreign else token

    def revoke_token(
        self, token: dict[str, Any] | KnownRefreshToken, request: ProtocolRequest
    ) -> None:
        """End it, and journal what ended."""
        db, party = self.server.db, request.client.party
        if isinstance(token, KnownRefreshToken):
            if revoke_grant(db, grant_id=token.grant_id):
                record(
                    db,
                    event="grant.revoked",
                    reason="revoked_by_client",
                    sign_in_id=token.sign_in_id,
                    subject_number=token.subject_number,
                    relying_party_id=party.id,
                    counted=False,
                )
            return
        expires_at = datetime.fromtimestamp(token["exp"], UTC)
        if revoke_access_token(db, token_id=token["jti"], expires_at=expires_at):
            record(db, event="token.revoked", relying_party_id=party.id, counted=False)


@router.post("/revoke")
def revoke(request: Request, form: Form) -> Response:
    """200 whatever the token was, once the client has authenticated."""
    return answer_client(request, form, Revocation, refused_event="revocation.refused")
