"""The browser behind a request, as the loop of an authorization asks about it."""

from dataclasses import dataclass

from starlette.requests import Request

from idp.kit.secrets import token_hash
from idp.web.cookies import clear_state
from idp.web.current import browser_id, session_token


@dataclass(frozen=True)
class RequestBrowser:
    """What its cookies carry; answers are noted on the request."""

    http: Request

    @property
    def session_token(self) -> str | None:
        """The session cookie, unverified."""
        return session_token(self.http)

    @property
    def binding(self) -> bytes:
        """The digest of its random id; a browser that has none is given one."""
        return token_hash(browser_id(self.http))

    def forget_session(self) -> None:
        """Take back what relying parties' frames compare."""
        clear_state(self.http)
