"""A kiosk in a public hall: shows a code, greets who signs in by phone, and forgets them.

One process is one screen: it runs on the kiosk itself, whose browser shows it. Nobody types
anything here, and nothing of a person is left a minute later.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import uvicorn
from device import Asking, DeviceSignIn, SignedIn, SignInFailed
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

HERE = Path(__file__).parent
ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
PORT = int(os.environ.get("PORT", "8005"))
SERVICE = os.environ.get("SERVICE", "1.020004")
SCOPE = f"openid profile service:{SERVICE}"
REFRESH = 3
"""Seconds after which a waiting screen looks again; the provider is asked when it is due."""
VISIT = float(os.environ.get("VISIT_SECONDS", "60"))


def credentials(environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """CLIENT_ID and CLIENT_SECRET, or the same from the JSON file CREDENTIALS_FILE names."""
    if path := environ.get("CREDENTIALS_FILE"):
        found = json.loads(Path(path).read_text())
        return found["client_id"], found["client_secret"]
    try:
        return environ["CLIENT_ID"], environ["CLIENT_SECRET"]
    except KeyError as error:
        raise SystemExit(f"Set {error.args[0]}, or CREDENTIALS_FILE.") from None


@dataclass
class Screen:
    """What the kiosk shows: nothing, a code, or who is there until `leaves`."""

    asking: Asking | None = None
    user: SignedIn | None = None
    leaves: float = 0.0
    error: str = ""
    language: str = "vi"
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))


client_id, client_secret = credentials()
provider = DeviceSignIn(issuer=ISSUER, client_id=client_id, client_secret=client_secret)
pages = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
screen, lock = Screen(), threading.Lock()
app = FastAPI(openapi_url=None)


@app.middleware("http")
async def harden(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The headers every answer carries."""
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@app.get("/")
def show() -> Response:
    """The screen. It asks for itself again while it waits, and when the visit is over."""
    with lock:
        _go_on()
        left = max(1, round(screen.leaves - time.monotonic())) if screen.user else 0
        html = pages.get_template("page.html").render(
            t=lambda vi, en: en if screen.language == "en" else vi,
            screen=screen,
            language=screen.language,
            left=left,
        )
        again_in = left or (REFRESH if screen.asking else 0)
    return HTMLResponse(html, headers={"Refresh": str(again_in)} if again_in else None)


@app.post("/begin")
def begin(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Show a new code."""
    with lock:
        if _is_own(request, csrf) and screen.user is None:
            screen.error = ""
            try:
                screen.asking = provider.begin(scope=SCOPE)
            except SignInFailed as failure:
                screen.error = failure.error
    return RedirectResponse("/", status_code=303)


@app.post("/finish")
def finish(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """The person leaves."""
    with lock:
        if _is_own(request, csrf):
            _forget()
    return RedirectResponse("/", status_code=303)


@app.get("/language/{language}")
def choose_language(language: str) -> Response:
    """Vietnamese or English, for this visit."""
    screen.language = "en" if language == "en" else "vi"
    return RedirectResponse("/", status_code=303)


@app.get("/style.css")
def style() -> Response:
    """The stylesheet."""
    return FileResponse(HERE / "style.css", headers={"Cache-Control": "max-age=3600"})


@app.get("/healthz")
def health() -> Response:
    """This process is alive."""
    return PlainTextResponse("ok")


def _go_on() -> None:
    """Ask the provider when it is time to; forget who has been here long enough."""
    if screen.user is not None and time.monotonic() >= screen.leaves:
        _forget()
    if screen.asking is None:
        return
    try:
        screen.user = provider.poll(screen.asking)
    except SignInFailed as failure:
        screen.asking, screen.error = None, failure.error
    if screen.user is not None:
        screen.asking, screen.leaves = None, time.monotonic() + VISIT


def _forget() -> None:
    """Nothing of the person stays here; the provider hears that the token is not needed."""
    user, fresh = screen.user, Screen()
    vars(screen).update(vars(fresh))
    if user is not None:
        try:
            provider.finish(user)
        except SignInFailed:
            return  # it dies within minutes by itself


def _is_own(request: Request, token: str) -> bool:
    """Whether a POST comes from the page that this kiosk shows."""
    fetched_from = request.headers.get("sec-fetch-site", "same-origin")
    equal = hmac.compare_digest(token.encode("utf-8", "replace"), screen.csrf.encode())
    return equal and fetched_from in ("same-origin", "none")


if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=PORT,
        log_level="warning",
        server_header=False,
    )
