"""Sessions on the server, safe forms and headers for a small web application. Copy this file."""

import hmac
import json
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from oidc import Attempt, SignedIn

HERE = Path(__file__).parent
LIFETIME = 8 * 3600.0
ATTEMPT_LIFETIME = 1800.0
MOST_SESSIONS = 10_000


@dataclass
class Session:
    """What we know of one browser. The browser holds nothing but the opaque key to it."""

    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    ends: float = field(default_factory=lambda: time.monotonic() + LIFETIME)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    user: SignedIn | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Sessions:
    """All sessions of this process, by an unguessable key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def find(self, key: str | None) -> Session | None:
        """The living session with that key."""
        session = self._sessions.get(key or "")
        return session if session and session.ends > time.monotonic() else None

    def add(self, session: Session) -> str:
        """Keep a session under a new key; the oldest leave when there are too many."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return key

    def remove(self, key: str | None) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.pop(key or "", None)

    def sign_out(self, *, sid: str, sub: str) -> int:
        """Forget the sessions of one sign-in, or of a person when no `sid` is given; how many."""
        with self._lock:
            ended = [
                key
                for key, session in self._sessions.items()
                if session.user and (session.user.sid == sid if sid else session.user.sub == sub)
            ]
            for key in ended:
                del self._sessions[key]
        return len(ended)


class Site:
    """The cookie, the language, the pages and the headers of one application."""

    def __init__(self, *, name: str, base_url: str, issuer: str) -> None:
        self.sessions = Sessions()
        self._secure = base_url.startswith("https://")
        prefix = "__Host-" if self._secure else ""
        self._cookie, self._language = f"{prefix}{name}-session", f"{prefix}{name}-language"
        parts = urlsplit(issuer)
        self._policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
            f"form-action 'self' {parts.scheme}://{parts.netloc}; frame-ancestors 'none'"
        )
        self._pages = Environment(
            loader=FileSystemLoader(HERE),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def session(self, request: Request) -> Session | None:
        """The browser's session."""
        return self.sessions.find(request.cookies.get(self._cookie))

    def language(self, request: Request) -> str:
        """`vi`, or `en` when the person chose it or the browser prefers it."""
        chosen = request.cookies.get(self._language) or request.headers.get("accept-language", "")
        return "en" if chosen.lower().startswith("en") else "vi"

    def page(self, request: Request, *, status: int = 200, **values: Any) -> Response:
        """`page.html` with its values, in the person's language."""
        language = self.language(request)
        session = self.session(request)
        html = self._pages.get_template("page.html").render(
            t=lambda vi, en: en if language == "en" else vi,
            language=language,
            user=session and session.user,
            csrf=session.csrf if session else "",
            **values,
        )
        return HTMLResponse(html, status_code=status)

    def redirect(self, url: str) -> Response:
        """Send the browser on by GET, whatever it came with."""
        return RedirectResponse(url, status_code=303)

    def keep(self, request: Request, response: Response, session: Session) -> Response:
        """Give the browser a new key to the session and make its old one useless."""
        self.sessions.remove(request.cookies.get(self._cookie))
        self._set(response, self._cookie, self.sessions.add(session))
        return response

    def choose_language(self, language: str) -> Response:
        """Remember the language and go home."""
        response = self.redirect("/")
        self._set(response, self._language, "en" if language == "en" else "vi")
        return response

    def is_own_form(self, request: Request, session: Session, token: str) -> bool:
        """Whether a POST comes from one of our own pages, shown to this very session."""
        fetched_from = request.headers.get("sec-fetch-site", "same-origin")
        equal = hmac.compare_digest(token.encode("utf-8", "replace"), session.csrf.encode())
        return equal and fetched_from in ("same-origin", "none")

    async def harden(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Middleware: the headers every answer carries."""
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name, value, httponly=True, samesite="lax", secure=self._secure, path="/"
        )


def remember(session: Session, attempt: Attempt) -> None:
    """Keep a sign-in attempt until it comes back; at most ten at a time, half an hour each."""
    now = time.monotonic()
    living = [a for a in session.attempts.values() if now - a.began < ATTEMPT_LIFETIME][-9:]
    session.attempts = {a.state: a for a in (*living, attempt)}


def single_values(request: Request) -> dict[str, str]:
    """The query's parameters; one given twice is worth nothing."""
    items = request.query_params.multi_items()
    names = [name for name, _ in items]
    return {name: value for name, value in items if names.count(name) == 1}


def credentials(environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """CLIENT_ID and CLIENT_SECRET, or the same from the JSON file CREDENTIALS_FILE names."""
    if path := environ.get("CREDENTIALS_FILE"):
        found = json.loads(Path(path).read_text())
        return found["client_id"], found["client_secret"]
    try:
        return environ["CLIENT_ID"], environ["CLIENT_SECRET"]
    except KeyError as error:
        raise SystemExit(f"Set {error.args[0]}, or CREDENTIALS_FILE.") from None
