"""The device grant: a device asks until the person has decided (RFC 8628 3.4, 3.5)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc8628 import DeviceCodeGrant as AuthlibGrant

from idp.oidc.grants.extensions import IdToken
from idp.oidc.grants.family import FirstTokens, end_reused
from idp.oidc.grants.granted import Granted, PolledDevice
from idp.oidc.resources import (
    SeveralReadersError,
    check_granted,
    check_registered,
    names_no_reader,
)
from idp.relying_parties.auth_methods import AUTH_METHODS
from idp.tokens.devices import find_reuse, give_back_device, poll_device

_UNKNOWN = "No such device code was issued to this client, or it is long gone."
_REUSED = "The device code was used before; all it gave is revoked."
_ENDED = "The sign-in behind the device code has ended: signed out, or the account changed."


class DeviceCodeGrant(FirstTokens, AuthlibGrant):
    """One statement answers a poll, so that of parallel ones one gets the tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    EXTENSIONS = (IdToken,)
    EVENT = "device.redeemed"

    def authenticate_token_endpoint_client(self) -> Any:
        """Authlib's, and remembered for the hooks."""
        client = super().authenticate_token_endpoint_client()
        self.party = client.party
        return client

    def query_device_credential(self, device_code: str) -> PolledDevice:
        """Poll with the code of this client; spent from here on once the person has allowed it."""
        check_registered(self.request, self.party, issuer=self.server.issuer)
        part, client_id = self.server.part, self.party.client_id
        polled = poll_device(
            self.server.db, device_code=device_code, client_id=client_id, today=part.today
        )
        if polled is None:
            self._note_reuse(device_code)
            raise InvalidGrantError()
        self.polled = PolledDevice(polled, client_id)
        return self.polled

    def query_user_grant(self, _user_code: str) -> tuple[Granted, bool] | None:
        """What the person decided; None while they have not.

        Raises InvalidGrantError when what they allowed is over: they signed out meanwhile.
        """
        access = self.polled.granted
        if access is None:
            return (self.polled, False) if self.polled.is_decided else None
        if not access.is_standing:
            self.request.fault = _ENDED
            raise InvalidGrantError()
        check_granted(self.request, access, issuer=self.server.issuer)
        self.check_entitled(access)
        if names_no_reader(self.request, access, issuer=self.server.issuer):
            give_back_device(self.server.db, device_code=self.request.form["device_code"])
            raise SeveralReadersError()
        self.access = access
        return self.polled, True

    def should_slow_down(self, credential: PolledDevice) -> bool:
        """Whether it came too early; its interval has grown then."""
        return credential.is_early

    def _note_reuse(self, device_code: str) -> None:
        db, party = self.server.db, self.party
        reuse = find_reuse(db, device_code=device_code, client_id=party.client_id)
        self.request.fault = _UNKNOWN if reuse is None else _REUSED
        if reuse is not None:
            end_reused(self.server, party, reuse, reason="device_code_replayed", said=_REUSED)
