"""PKCE at the token endpoint (RFC 7636): S256 only, every fault exactly `invalid_grant`."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge

_MISMATCH = "The SHA-256 of code_verifier is not the code_challenge of the authorization request."


class S256CodeChallenge(CodeChallenge):
    """Whether a challenge is required at /authorize is for `checks/pkce.py` to say."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

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
