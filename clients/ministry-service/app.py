"""A ministry's level-4 service: exchange a vehicle registration, pay the fee online.

Shows what an agency's own service needs: sign-in at the level the service requires (`service:`
scope), stepping up to pay (`acr_values`, `max_age`), acting for an organization, and signing out.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
import re
import secrets
from typing import Annotated
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from oidc import OpenIDConnect, SignInFailed
from web import HERE, Session, Site, credentials, remember, single_values

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
PORT = int(os.environ.get("PORT", "8001"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
SERVICE = os.environ.get("SERVICE", "1.010001")
SCOPE = f"openid profile organization service:{SERVICE}"
LEVELS = ["LoA1", "LoA2", "LoA3", "LoA4"]
LEVEL = os.environ.get("LEVEL", "LoA2")
PAYMENT_LEVEL, PAYMENT_MAX_AGE, FEE = "LoA3", 300, 100_000
PLATE = re.compile(r"[0-9]{2}[A-Z][0-9A-Z]?-?[0-9]{3}\.?[0-9]{1,2}")

client_id, client_secret = credentials()
provider = OpenIDConnect(
    issuer=ISSUER,
    client_id=client_id,
    client_secret=client_secret,
    redirect_uri=f"{BASE_URL}/callback",
)
site = Site(name="ministry-service", base_url=BASE_URL, issuer=ISSUER)
app = FastAPI(openapi_url=None)
app.middleware("http")(site.harden)


@app.get("/")
def home(request: Request) -> Response:
    """The service, and where the person stands in it."""
    return _show(request)


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider: the service's scope says which level is needed."""
    return _leave(request, purpose="sign-in")


@app.get("/callback")
def callback(request: Request) -> Response:
    """Back from the provider."""
    session, query = site.session(request), single_values(request)
    attempt = session.attempts.pop(query.get("state", ""), None) if session else None
    if session is None or attempt is None:
        return _show(request, error="invalid_state", status=400)
    try:
        user = provider.finish(query, attempt)
    except SignInFailed as failure:
        return _show(request, error=failure.error, status=400)
    if not _is_at_least(user.acr, LEVEL):
        return _show(request, error="unmet_authentication_requirements", status=403)
    is_same = session.user is not None and session.user.sub == user.sub
    fresh = Session(user=user, data=session.data if is_same else {})
    if attempt.purpose == "pay":
        if is_same and _is_at_least(user.acr, PAYMENT_LEVEL) and "number" in fresh.data:
            fresh.data["paid"] = user.acr
        else:
            fresh.data["refused"] = user.acr
    return site.keep(request, site.redirect("/"), fresh)


@app.post("/dossier")
def file_dossier(
    request: Request, plate: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """File the one-field dossier."""
    session = site.session(request)
    if session is None or session.user is None or not site.is_own_form(request, session, csrf):
        return _show(request, error="form_expired", status=403)
    plate = plate.strip().upper()
    if not PLATE.fullmatch(plate):
        return _show(request, plate=plate[:20], plate_is_wrong=True, status=422)
    session.data = {"plate": plate, "number": f"G01-{secrets.randbelow(900_000) + 100_000}"}
    return site.redirect("/")


@app.post("/pay")
def pay(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Pay the fee (simulated): a fresh sign-in at a higher level comes first."""
    session = site.session(request)
    if session is None or session.user is None or not site.is_own_form(request, session, csrf):
        return _show(request, error="form_expired", status=403)
    if "number" not in session.data:
        return site.redirect("/")
    session.data.pop("refused", None)
    return _leave(request, purpose="pay", acr_values=PAYMENT_LEVEL, max_age=PAYMENT_MAX_AGE)


@app.post("/sign-out")
def sign_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """End our session, then the provider's."""
    session = site.session(request)
    if session is None or session.user is None:
        return site.redirect("/")
    if not site.is_own_form(request, session, csrf):
        return _show(request, error="form_expired", status=403)
    after = Session(data={"sign_out_state": secrets.token_urlsafe(16)})
    try:
        url = provider.sign_out_url(
            id_token=session.user.id_token,
            return_to=f"{BASE_URL}/signed-out",
            state=after.data["sign_out_state"],
            language=site.language(request),
        )
    except SignInFailed:
        url = "/signed-out"
    return site.keep(request, site.redirect(url), after)


@app.get("/signed-out")
def signed_out(request: Request) -> Response:
    """Back from the provider's sign-out."""
    session = site.session(request)
    expected = session and session.data.pop("sign_out_state", None)
    ended = bool(expected) and request.query_params.get("state") == expected
    return _show(request, signed_out_everywhere=ended, signed_out=True)


@app.post("/backchannel-logout")
def backchannel_logout(logout_token: Annotated[str, Form()] = "") -> Response:
    """The provider tells us that a session has ended, here too (OIDC Back-Channel Logout 1.0)."""
    try:
        sid, sub = provider.read_logout_token(logout_token)
    except SignInFailed as failure:
        return PlainTextResponse(failure.error, status_code=400)
    site.sessions.sign_out(sid=sid, sub=sub)
    return PlainTextResponse("")


@app.get("/language/{language}")
def choose_language(language: str) -> Response:
    """Vietnamese or English."""
    return site.choose_language(language)


@app.get("/style.css")
def style() -> Response:
    """The stylesheet."""
    return FileResponse(HERE / "style.css", headers={"Cache-Control": "max-age=3600"})


@app.get("/healthz")
def health() -> Response:
    """This process is alive."""
    return PlainTextResponse("ok")


def _leave(
    request: Request, *, purpose: str, acr_values: str = "", max_age: int | None = None
) -> Response:
    session = site.session(request)
    try:
        url, attempt = provider.begin(
            scope=SCOPE,
            language=site.language(request),
            purpose=purpose,
            acr_values=acr_values,
            max_age=max_age,
        )
    except SignInFailed as failure:
        return _show(request, error=failure.error, status=503)
    response = site.redirect(url)
    if session is None:
        session = Session()
        site.keep(request, response, session)
    remember(session, attempt)
    return response


def _show(
    request: Request,
    *,
    error: str = "",
    status: int = 200,
    plate: str = "",
    plate_is_wrong: bool = False,
    signed_out: bool = False,
    signed_out_everywhere: bool = False,
) -> Response:
    session = site.session(request)
    organization = session and session.user and session.user.claims.get("organization")
    return site.page(
        request,
        status=status,
        error=error,
        dossier=session.data if session else {},
        organization=organization if isinstance(organization, dict) else None,
        plate=plate,
        plate_is_wrong=plate_is_wrong,
        signed_out=signed_out,
        signed_out_everywhere=signed_out_everywhere,
        fee=f"{FEE:,}".replace(",", "."),
        payment_level=PAYMENT_LEVEL,
        provider_host=urlsplit(ISSUER).netloc,
        issuer=ISSUER,
    )


def _is_at_least(acr: str, needed: str) -> bool:
    return acr in LEVELS and LEVELS.index(acr) >= LEVELS.index(needed)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=PORT,
        log_level="warning",
        server_header=False,
    )
