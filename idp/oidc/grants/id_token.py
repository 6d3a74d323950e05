"""Authlib's hook that adds an ID token to a token response."""

from typing import Any

from authlib.oidc.core.grants import OpenIDToken

from idp.oidc.formats.id_token import issue_id_token
from idp.oidc.grants.granted import GrantedCode


class IdToken(OpenIDToken):
    """Adds `id_token` to token responses whose scope holds `openid`."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """A refreshed one carries no nonce."""
        granted = request.authorization_code or request.refresh_token or request.credential
        return issue_id_token(
            self._server.part,
            self._server.db,
            party=request.client.party,
            access=granted.access,
            nonce=granted.nonce if isinstance(granted, GrantedCode) else "",
            access_token=token["access_token"],
        )
