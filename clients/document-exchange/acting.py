"""Acting for a person at another agency's service: token exchange (RFC 8693). Copy this file."""

import httpx2
from authlib.integrations.base_client import OAuthError
from oidc import OpenIDConnect, SignedIn

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


class ExchangeFailed(Exception):
    """No token; `error` is the code of RFC 6749 or 8693, or our own."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class ActingClient(OpenIDConnect):
    """A relying party that also calls other agencies' services for the people it signed in."""

    def token_for(self, user: SignedIn, *, audience: str, scope: str) -> str:
        """A token to call that service for the person, good for minutes and for nothing else.

        Fetch it when it is needed and use it once: who signs out has ended it.
        """
        try:
            with self._client() as client:
                answer = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type=EXCHANGE,
                    subject_token=user.access_token,
                    subject_token_type=ACCESS_TOKEN,
                    audience=audience,
                    scope=scope,
                )
        except OAuthError as error:
            raise ExchangeFailed(error.error or "invalid_request") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise ExchangeFailed("temporarily_unavailable") from error
        if answer.get("issued_token_type") != ACCESS_TOKEN:
            raise ExchangeFailed("invalid_response")
        return str(answer["access_token"])
