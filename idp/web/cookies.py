"""The product's nine cookies: their names, and how they are set and cleared.

On an https issuer a cookie is Secure and `__Host-`. On a loopback http issuer (demo) it is
neither, and its name carries the port, since cookies ignore ports and providers would read each
other's. Python's `Morsel` writes them; Starlette's `set_cookie` would need the response, which a
route need not hold, and puts quotes around an empty value and around base64's padding.
"""

import hashlib
from datetime import timedelta
from http.cookies import Morsel
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import HTTPConnection

from idp.kit.immutable import immutable
from idp.settings.server import IssuerSettings
from idp.web.part import Part
from idp.web.reply import reply_of

_LANGUAGE_AGE = timedelta(days=365)
_BROWSER_AGE = timedelta(days=365)
_DEVICE_AGE = timedelta(days=365)
_REMEMBERED_AGE = timedelta(days=365)
_KEPT_AGE = timedelta(minutes=15)
NOBODY = "nobody"
"""The state of a browser whose session is over. Without a state a frame knows that it sees none."""
_NAMES = {
    "session": "session",
    "browser": "browser",
    "device": "device",
    "language": "language",
    "remembered": "remembered",
    "state": "state",
    "kept": "kept",
    "told": "told",
    "makes_passkeys": "makes_passkeys",
}
"""What each is called, before its prefix or port."""


@immutable
class CookieNames(Part):
    """What the cookies are called under one issuer."""

    session: str
    """Holds the session token of a signed-in browser; gone when the browser closes."""
    browser: str
    """Holds a random id that binds interactions and CSRF tokens to the browser."""
    device: str
    """Holds a random secret by which a browser is known to whoever signed in there before."""
    language: str
    """Holds the chosen language."""
    remembered: str
    """Holds, sealed, the number of whoever asked to be remembered."""
    state: str
    """Holds a digest of the session's `sid`, which scripts of ours may read, or NOBODY."""
    kept: str
    """Holds, sealed, what a refused form leaves for the page that shows it again."""
    told: str
    """Holds, sealed, what an action came to, for the page that says so."""
    makes_passkeys: str
    """Says that the device can keep a passkey: a script of ours writes it, nothing else does."""
    is_secure: bool

    @property
    def all(self) -> frozenset[str]:
        """Every name."""
        return frozenset(getattr(self, cookie) for cookie in _NAMES)

    @classmethod
    def under(cls, issuer: IssuerSettings) -> "CookieNames":
        """The names for this issuer."""
        if issuer.is_https:
            names = {cookie: f"__Host-{name}" for cookie, name in _NAMES.items()}
        else:
            port = urlsplit(issuer.url).port or 80
            names = {cookie: f"{name}_{port}" for cookie, name in _NAMES.items()}
        return cls(**names, is_secure=issuer.is_https)


def set_session(request: HTTPConnection, token: str, *, sid: UUID) -> None:
    """Hand the browser its session token and state; it keeps them until it closes."""
    _set(request, CookieNames.of(request).session, token)
    show_state(request, sid)


def clear_session(request: HTTPConnection) -> None:
    """Take the session token back, and let the state say so."""
    _set(request, CookieNames.of(request).session, "", max_age=timedelta(0))
    _set_state(request, NOBODY)


def browser_state(sid: UUID) -> str:
    """What relying parties' frames may learn of a session: that it is the same, or another.

    Opens nothing, and the `sid` cannot be told from it (Session Management 1.0 section 4.2).
    """
    return hashlib.sha256(b"browser-state:" + sid.bytes).hexdigest()


def show_state(request: HTTPConnection, sid: UUID) -> None:
    """Let the state say which session this browser has; nothing where it says so already."""
    state = browser_state(sid)
    if request.cookies.get(CookieNames.of(request).state) != state:
        _set_state(request, state)


def clear_state(request: HTTPConnection) -> None:
    """Let the state, where there is one, say that the session it speaks of is over."""
    if request.cookies.get(CookieNames.of(request).state, NOBODY) != NOBODY:
        _set_state(request, NOBODY)


def set_browser(request: HTTPConnection, browser_id: str) -> None:
    """Hand the browser its random id."""
    _set(request, CookieNames.of(request).browser, browser_id, max_age=_BROWSER_AGE)


def set_device(request: HTTPConnection, secret: str | None) -> None:
    """Hand the browser the secret by which it is known from now on, if there is a new one."""
    if secret is not None:
        _set(request, CookieNames.of(request).device, secret, max_age=_DEVICE_AGE)


def set_remembered(request: HTTPConnection, sealed: str) -> None:
    """Leave with the browser whom it remembers."""
    _set(request, CookieNames.of(request).remembered, sealed, max_age=_REMEMBERED_AGE)


def clear_remembered(request: HTTPConnection) -> None:
    """Take it back, where there is any."""
    if CookieNames.of(request).remembered in request.cookies:
        _set(request, CookieNames.of(request).remembered, "", max_age=timedelta(0))


def set_language(request: HTTPConnection, language: str, *, is_lasting: bool = True) -> None:
    """Remember a language, for a year or until the browser closes."""
    max_age = _LANGUAGE_AGE if is_lasting else None
    _set(request, CookieNames.of(request).language, language, max_age=max_age)


def set_kept(request: HTTPConnection, sealed: str) -> None:
    """Leave something sealed with the browser, for minutes; what another form came to is over."""
    if CookieNames.of(request).told in request.cookies:
        clear_told(request)
    _set(request, CookieNames.of(request).kept, sealed, max_age=_KEPT_AGE)


def clear_kept(request: HTTPConnection) -> None:
    """Take it back, where there is any."""
    if CookieNames.of(request).kept in request.cookies:
        _set(request, CookieNames.of(request).kept, "", max_age=timedelta(0))


def set_told(request: HTTPConnection, sealed: str) -> None:
    """Leave what the next page has to say first, for minutes."""
    _set(request, CookieNames.of(request).told, sealed, max_age=_KEPT_AGE)


def clear_told(request: HTTPConnection) -> None:
    """Take it back: it was said, or is for no page any more."""
    _set(request, CookieNames.of(request).told, "", max_age=timedelta(0))


def makes_passkeys(request: HTTPConnection) -> bool:
    """Whether a script found that the device can keep a passkey: a hint, which opens nothing."""
    return CookieNames.of(request).makes_passkeys in request.cookies


def makes_passkeys_note(request: HTTPConnection) -> str:
    """What that script is to write, until the browser closes."""
    names = CookieNames.of(request)
    secure = "; Secure" if names.is_secure else ""
    return f"{names.makes_passkeys}=yes; Path=/; SameSite=Lax{secure}"


def _set_state(request: HTTPConnection, value: str) -> None:
    """Readable by scripts, and in frames on other sites where browsers still allow that."""
    names = CookieNames.of(request)
    site = "None" if names.is_secure else "Lax"
    _set(request, names.state, value, httponly=False, samesite=site)


def _set(
    request: HTTPConnection,
    name: str,
    value: str,
    *,
    max_age: timedelta | None = None,
    httponly: bool = True,
    samesite: str = "Lax",
) -> None:
    cookie: Morsel[str] = Morsel()
    cookie.set(name, value, value)  # as it is: our values need no quotes
    cookie["path"], cookie["samesite"] = "/", samesite
    cookie["httponly"], cookie["secure"] = httponly, CookieNames.of(request).is_secure
    if max_age is not None:
        cookie["max-age"] = round(max_age.total_seconds())
    reply_of(request).cookies[name] = cookie
