"""What is added to Authlib's grants: PKCE, and the ID token of a token response."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDToken

from idp.oidc.formats.id_token import issue_id_token
from idp.oidc.grants.granted import GrantedCode

_MISMATCH = "The SHA-256 of code_verifier is not the code_challenge of the authorization request."


class S256CodeChallenge(CodeChallenge):
    """Whether a challenge is required at /authorize is for `check_pkce` to say."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def __init__(self, _server: Any) -> None:
        super().__init__(required=True)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """A challenge sent is always enforced; a verifier without one is refused."""
        try:
            super().validate_code_verifier(grant, result)
        except InvalidRequestError as error:
            raise InvalidGrantError(description=error.description) from error
        except InvalidGrantError as error:
            raise InvalidGrantError(description=_MISMATCH) from error

    def get_authorization_code_challenge_method(self, _authorization_code: Any) -> str:
        """The only method there is."""
        return "S256"


class IdToken(OpenIDToken):
    """Adds `id_token` to token responses whose scope holds `openid`."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """A refreshed one carries no nonce."""
        granted = request.authorization_code or request.refresh_token or request.credential
        party = request.client.party
        return issue_id_token(
            self._server.part,
            self._server.db,
            party=party,
            access=granted.access,
            nonce=granted.nonce if isinstance(granted, GrantedCode) else "",
            access_token=token["access_token"],
            scopes=token["scope"].split() if party.claims_in_id_token else (),
        )
