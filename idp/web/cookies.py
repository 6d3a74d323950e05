"""The product's three cookies: their names, and how they are set and cleared.

On an https issuer a cookie is Secure and `__Host-`. On a loopback http issuer (demo) it is
neither, and its name carries the port, since cookies ignore ports and providers would read each
other's.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from idp.settings import IssuerSettings
from idp.web.reply import reply_of

_LANGUAGE_AGE = timedelta(days=365)
_BROWSER_AGE = timedelta(days=365)


@dataclass(frozen=True)
class CookieNames:
    """What the cookies are called under one issuer."""

    session: str
    """Holds the session token of a signed-in browser; gone when the browser closes."""
    browser: str
    """Holds a random id that binds interactions and CSRF tokens to the browser."""
    language: str
    """Holds the chosen language."""
    is_secure: bool

    @classmethod
    def under(cls, issuer: IssuerSettings) -> "CookieNames":
        """The names for this issuer."""
        if issuer.is_https:
            return cls("__Host-session", "__Host-browser", "__Host-language", is_secure=True)
        port = urlsplit(issuer.url).port or 80
        return cls(f"session_{port}", f"browser_{port}", f"language_{port}", is_secure=False)


def names_of(request: HTTPConnection) -> CookieNames:
    """The names under the issuer this application serves."""
    names: CookieNames = request.app.state.cookie_names
    return names


def set_session(request: HTTPConnection, token: str) -> None:
    """Hand the browser its session token; it keeps it until it closes."""
    _set(request, names_of(request).session, token)


def clear_session(request: HTTPConnection) -> None:
    """Take the session token back."""
    _set(request, names_of(request).session, "", max_age=timedelta(0))


def set_browser(request: HTTPConnection, browser_id: str) -> None:
    """Hand the browser its random id."""
    _set(request, names_of(request).browser, browser_id, max_age=_BROWSER_AGE)


def set_language(request: HTTPConnection, language: str, *, is_lasting: bool = True) -> None:
    """Remember a language, for a year or until the browser closes."""
    max_age = _LANGUAGE_AGE if is_lasting else None
    _set(request, names_of(request).language, language, max_age=max_age)


def _set(
    request: HTTPConnection, name: str, value: str, *, max_age: timedelta | None = None
) -> None:
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if max_age is not None:
        parts.append(f"Max-Age={round(max_age.total_seconds())}")
    if names_of(request).is_secure:
        parts.append("Secure")
    cookies = reply_of(request).cookies
    cookies[:] = [other for other in cookies if not other.startswith(f"{name}=")]
    cookies.append("; ".join(parts))
