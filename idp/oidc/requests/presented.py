"""The token about which a client asks at /introspect, or which it ends at /revoke."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from sqlalchemy.orm import Session

from idp.oidc.authlib.client import Client
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.formats.access_token import read_access_token
from idp.oidc.part import OidcPart
from idp.tokens.lookup import KnownRefreshToken, find_refresh_token


def read_presented(
    part: OidcPart, db: Session, request: ProtocolRequest, client: Client
) -> dict[str, Any] | KnownRefreshToken | None:
    """The claims of a valid access token, whoever's, or the client's own refresh token.

    The hint is not needed: the kinds cannot be confused (RFC 7009, 7662 section 2.1).
    """
    presented = request.form.get("token")
    if presented is None:
        raise InvalidRequestError("The parameter token is missing.")
    if claims := read_access_token(part, presented):
        return claims
    refresh = find_refresh_token(db, token=presented, today=part.today)
    is_own = refresh is not None and refresh.relying_party_id == client.party.id
    return refresh if is_own else None
