"""What the response to a request must carry besides its body.

Routes and dependencies note it here while they work; `headers.HeadersMiddleware` writes it out
when the response starts. So a route need not hold the response object to set a cookie.
"""

from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import Morsel

from starlette.requests import HTTPConnection

from idp.kit import secrets


@dataclass(eq=False)
class Reply:
    """The notes of one request."""

    cookies: dict[str, Morsel[str]] = field(default_factory=dict)
    """Cookies to set, by name."""
    form_actions: list[str] = field(default_factory=list)
    """Content Security Policy sources besides 'self' where a form may lead."""
    frames: list[str] = field(default_factory=list)
    """Content Security Policy sources of the frames this page shows."""
    language: str = ""
    """A language decided during the request; empty: what the browser says."""
    new_browser_id: str = ""
    """The browser id made during the request, when the browser sent none."""

    @cached_property
    def nonce(self) -> str:
        """Allows one inline script; the policy allows no script at all until it is read."""
        return secrets.new_token(128)

    @property
    def has_nonce(self) -> bool:
        """Whether the page took a nonce."""
        return "nonce" in self.__dict__


def reply_of(request: HTTPConnection) -> Reply:
    """The notes of this request, made when first asked for."""
    state = request.scope.setdefault("state", {})
    reply: Reply | None = state.get("reply")
    if reply is None:
        reply = state["reply"] = Reply()
    return reply
