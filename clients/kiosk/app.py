"""A kiosk in a public hall: shows a code, greets who signs in by phone, and forgets them.

One process is one screen: it runs on the kiosk itself, whose browser shows it. Nobody types
anything here, and nothing of a person is left a minute later.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import segno
from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from relying_party import device_flow
from relying_party.device_flow import Asking
from relying_party.provider import Provider, SignedIn
from relying_party.refused import Refused
from relying_party.web import is_own_form, make_app, make_pages, serve

HERE = Path(__file__).parent
PORT = int(os.environ.get("PORT", "8005"))
SERVICE = os.environ.get("SERVICE", "1.020004")
SCOPE = f"openid profile service:{SERVICE}"
REFRESH = 3
"""Seconds after which a waiting screen looks again; the provider is asked when it is due."""
VISIT = float(os.environ.get("VISIT_SECONDS", "60"))
GOODBYE = 15.0
"""Seconds for which who left is told so."""
MOST_MORE = 10
"""So many times a visit may be prolonged; then the person begins anew."""


@dataclass
class Screen:
    """What the kiosk shows: nothing, a code, or who is there until `leaves`.

    `is_over`: to who left a moment ago, until `leaves`, that nothing of theirs is there.
    """

    asking: Asking | None = None
    user: SignedIn | None = None
    leaves: float = 0.0
    visits: int = 0
    is_over: bool = False
    error: str = ""
    language: str = "vi"
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def state(self) -> str:
        """What is shown, by a name that is another for each code and each visit."""
        code = self.asking.user_code if self.asking else ""
        return f"{code} {self.visits} {self.is_over} {self.error} {self.language}"

    @property
    def qr(self) -> str:
        """The address that holds the code, as a picture for a phone's camera."""
        asking = self.asking
        uri = asking and (asking.verification_uri_complete or asking.verification_uri)
        return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=2)) if uri else ""


provider = Provider.from_environment()
pages = make_pages(HERE)
screen, lock = Screen(), threading.Lock()
app = make_app(HERE, script="watch.js")


@app.get("/")
def show() -> Response:
    """The screen. It looks again by itself while it waits, and when the visit is over."""
    with lock:
        _go_on()
        return _page(screen, left=_left())


@app.get("/state")
def tell_state() -> Response:
    """What the screen would show now, for the page that shows it to compare."""
    with lock:
        _go_on()
        return JSONResponse({"state": screen.state, "left": _left()})


@app.exception_handler(HTTPException)
def find_nothing(_request: Request, refusal: HTTPException) -> Response:
    """No such page, or not by this method: in a moment the screen is what it was."""
    headers = {**(refusal.headers or {}), "Refresh": f"{REFRESH}; url=/"}
    nothing = Screen(error="not_found", language=screen.language, csrf=screen.csrf)
    return _page(nothing, status=refusal.status_code, headers=headers)


@app.post("/begin")
def begin(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Show a new code."""
    with lock:
        if _is_own(request, csrf) and screen.user is None:
            screen.error, screen.is_over = "", False
            try:
                screen.asking = device_flow.begin(provider, scope=SCOPE)
            except Refused as refusal:
                screen.error = refusal.error
    return RedirectResponse("/", status_code=303)


@app.post("/finish")
def finish(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """The person leaves."""
    with lock:
        if _is_own(request, csrf):
            was_there, language = screen.user is not None, screen.language
            _forget()
            if was_there:
                screen.is_over, screen.language = True, language
                screen.leaves = time.monotonic() + GOODBYE
    return RedirectResponse("/", status_code=303)


@app.post("/more")
def stay(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """The person needs more time."""
    with lock:
        may_stay = screen.user is not None and screen.visits <= MOST_MORE
        if _is_own(request, csrf) and may_stay:
            screen.leaves, screen.visits = screen.leaves + VISIT, screen.visits + 1
    return RedirectResponse("/", status_code=303)


@app.get("/language/{language}")
def choose_language(language: str) -> Response:
    """Vietnamese or English, for this visit."""
    screen.language = "en" if language == "en" else "vi"
    return RedirectResponse("/", status_code=303)


def _page(
    shown: Screen, *, left: int = 0, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    html = pages.get_template("page.html").render(
        t=lambda vi, en: en if shown.language == "en" else vi,
        screen=shown,
        language=shown.language,
        left=left,
        again_in=left or (REFRESH if shown.asking or shown.is_over else 0),
        more=round(VISIT) if shown.visits <= MOST_MORE else 0,
    )
    return HTMLResponse(html, status_code=status, headers=headers)


def _go_on() -> None:
    """Ask the provider when it is time to; forget who has been here long enough."""
    if (screen.user is not None or screen.is_over) and time.monotonic() >= screen.leaves:
        _forget()
    if screen.asking is None:
        return
    try:
        screen.user = device_flow.poll(provider, screen.asking)
    except Refused as refusal:
        screen.asking, screen.error = None, refusal.error
    if screen.user is not None:
        screen.asking, screen.visits, screen.leaves = None, 1, time.monotonic() + VISIT


def _left() -> int:
    """Seconds until the person who is here is forgotten."""
    return max(1, round(screen.leaves - time.monotonic())) if screen.user else 0


def _forget() -> None:
    """Nothing of the person stays here; the provider hears that the token is not needed."""
    user, fresh = screen.user, Screen()
    vars(screen).update(vars(fresh))
    if user is not None:
        try:
            device_flow.revoke(provider, user)
        except Refused:
            return  # it dies within minutes by itself


def _is_own(request: Request, token: str) -> bool:
    """Whether a POST comes from the page that this kiosk shows."""
    return is_own_form(request, token, expected=screen.csrf)


if __name__ == "__main__":
    serve(app, port=PORT)
