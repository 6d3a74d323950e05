"""A claimed code or refresh token as Authlib asks about it. It stands for the person, too."""

from typing import Any

from idp.tokens.codes import ClaimedCode
from idp.tokens.devices import Polled
from idp.tokens.grant import GrantedAccess


class Granted:
    """Answers Authlib's questions from what was claimed."""

    def __init__(self, access: GrantedAccess) -> None:
        self.access = access
        self.own_claims: dict[str, Any] = {}
        """What its access tokens say other than those of a sign-in do."""
        self.came_of: list[str] = []
        """The ids of the access tokens for which they are exchanged."""

    def get_scope(self) -> str:
        """What was granted."""
        return self.access.scope

    def check_client(self, _client: object) -> bool:
        """The claim itself matched the client."""
        return True


class GrantedCode(Granted):
    """A claimed code."""

    def __init__(self, access: ClaimedCode) -> None:
        super().__init__(access)
        self.code_challenge = access.code_challenge
        self.nonce = access.nonce
        self._redirect_uri = access.redirect_uri

    def get_redirect_uri(self) -> str:
        """Where the code was sent; the token request must name it."""
        return self._redirect_uri


class PolledDevice(Granted):
    """A device's request as it stands; what it grants is there once it is allowed."""

    def __init__(self, polled: Polled, client_id: str) -> None:
        super().__init__(polled.access)  # type: ignore[arg-type]
        self.granted = polled.access
        self.is_decided, self.is_early = polled.decision is not None, polled.is_early
        self._is_expired, self._client_id = polled.is_expired, client_id

    def get_client_id(self) -> str:
        """Whose it is: polling matched the client."""
        return self._client_id

    def get_user_code(self) -> str:
        """Not kept: the decision is at hand."""
        return ""

    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self._is_expired
