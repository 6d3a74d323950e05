"""Settings of what relying parties are offered, and how long it lasts."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from idp.settings.group import Group

ResponseType = Literal[
    "code", "code id_token", "code token", "code id_token token", "id_token", "id_token token"
]


_SECOND = timedelta(seconds=1)
"""What lasts less is over before anybody can use it."""


class ProtocolSettings(Group):
    response_types: tuple[ResponseType, ...] = Field(default=("code",), min_length=1)
    """Response types offered, to clients that registered them. All but `code` send tokens through
    the browser, and switch on the grant type `implicit`."""


class DpopSettings(Group):
    nonces_required: bool = False
    """Whether every DPoP proof must carry a nonce of ours. Those of clients whose security profile
    demands sender-constrained tokens must in any case."""


class RegistrationSettings(Group):
    is_open: bool = False
    """Whether software may register itself as a sandbox client (RFC 7591), with a token to do so.
    Discovery then names the endpoint."""
    requires_pkce: bool = True
    """Whether such clients must use PKCE. Some certification plans send none."""
    profile: Literal["openid", "openid-legacy"] = "openid"
    """The security profile of such clients. Certification plans that sign assertions for the token
    endpoint, or request objects without an end, need `openid-legacy`."""


class TokenSettings(Group):
    code_lifetime: timedelta = Field(
        default=timedelta(seconds=60), ge=_SECOND, le=timedelta(seconds=60)
    )
    """An authorization code lives so long, a minute at most (FAPI 2.0 5.3.2.2)."""
    pushed_request_lifetime: timedelta = Field(
        default=timedelta(seconds=90), ge=_SECOND, lt=timedelta(minutes=10)
    )
    """A pushed request may be opened for so long, less than ten minutes (FAPI 2.0 5.3.2.2); the
    sign-in it begins has its own time."""
    access_lifetime: timedelta = timedelta(minutes=10)
    """An access token lives so long."""
    id_token_lifetime: timedelta = timedelta(minutes=10)
    """An ID token lives so long."""
    refresh_lifetime: timedelta = timedelta(days=30)
    """A refresh token unused for so long dies."""
    refresh_total: timedelta = timedelta(days=365)
    """It and its successors die so long after the person signed in, however often they are used."""
    machine_lifetime: timedelta = timedelta(minutes=10)
    """An access token without a person (client_credentials, JWT bearer) lives so long."""
    exchanged_lifetime: timedelta = timedelta(minutes=5)
    """An exchanged access token lives so long, or as long as what it was exchanged for."""


class DeviceSettings(Group):
    lifetime: timedelta = timedelta(minutes=10)
    """The code that a device shows may be used for so long (RFC 8628)."""
    poll_every: timedelta = timedelta(seconds=5)
    """How often a device may ask whether the person has decided."""
    waiting_per_client: int = 1000
    """Devices of one client that may wait for someone at the same time; a public client's, whose
    name anybody knows, are counted by source alone."""
    waiting_per_source: int = 100
    """The same from one source address, so that nobody uses up a client's share alone."""


class KeySettings(Group):
    rotate_every: timedelta = timedelta(days=90)
    """A signing key is succeeded by a new one after so long. Zero: only by command."""
    publish_for: timedelta = Field(default=timedelta(days=1), ge=timedelta(minutes=10))
    """A new key is published so long before it signs; at least ten minutes."""

    @model_validator(mode="after")
    def _refuse_haste(self) -> "KeySettings":
        if self.rotate_every and self.rotate_every <= self.publish_for:
            raise ValueError("rotate_every must be longer than publish_for, or zero")
        return self
