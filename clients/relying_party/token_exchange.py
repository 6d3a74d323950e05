"""Acting for a person at another agency's service: token exchange (RFC 8693)."""

from relying_party.provider import Provider, SignedIn
from relying_party.refused import Refused

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


def exchange_token(provider: Provider, user: SignedIn, *, audience: str, scope: str) -> str:
    """A token to call that service for the person, good for minutes and for nothing else.

    Fetch it when it is needed and use it once: who signs out has ended it.
    """
    with provider.client() as client:
        answer = client.fetch_token(
            grant_type=EXCHANGE,
            subject_token=user.access_token,
            subject_token_type=ACCESS_TOKEN,
            audience=audience,
            scope=scope,
        )
    if answer.get("issued_token_type") != ACCESS_TOKEN:
        raise Refused("invalid_response")
    return str(answer["access_token"])
