"""Signing people in at a device without a keyboard of their own (RFC 8628).

The device shows a code, the person types it on their phone, and the device asks from time to time
whether they have decided.
"""

import time
from dataclasses import dataclass, field

from relying_party.provider import Provider, SignedIn
from relying_party.refused import UNAVAILABLE, Refused

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Asking:
    """A code that is shown, until somebody takes it up or its time is over."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str
    device_code: str = field(repr=False)
    interval: float
    ends: float
    next_poll: float


def begin(provider: Provider, *, scope: str) -> Asking:
    """Ask for a code to show."""
    with provider.client() as client:
        answer = client.post(
            client.metadata["device_authorization_endpoint"],
            data={"scope": scope},
            auth=client.client_auth(client.token_endpoint_auth_method),
        )
        told = client.parse_response_token(answer)
    now, interval = time.monotonic(), float(told.get("interval", 5))
    return Asking(
        user_code=told["user_code"],
        verification_uri=told["verification_uri"],
        verification_uri_complete=told.get("verification_uri_complete", ""),
        device_code=told["device_code"],
        interval=interval,
        ends=now + float(told["expires_in"]),
        next_poll=now + interval,
    )


def poll(provider: Provider, asking: Asking) -> SignedIn | None:
    """Who signed in; None while nobody has, or before it is time to ask again.

    Raises Refused when it is over: `access_denied`, `expired_token` and the like.
    """
    now = time.monotonic()
    if now >= asking.ends:
        raise Refused("expired_token")
    if now < asking.next_poll:
        return None
    asking.next_poll = now + asking.interval
    try:
        with provider.client() as client:
            token = client.fetch_token(grant_type=GRANT, device_code=asking.device_code)
    except Refused as refusal:
        if refusal.error == "slow_down":
            asking.interval += 5
            asking.next_poll = now + asking.interval
        if refusal.error in ("authorization_pending", "slow_down", UNAVAILABLE):
            return None
        raise
    return provider.read_sign_in(token)


def revoke(provider: Provider, user: SignedIn) -> None:
    """Say that the access token is needed no longer (RFC 7009)."""
    with provider.client() as client:
        client.revoke_token(client.metadata["revocation_endpoint"], token=user.access_token)
