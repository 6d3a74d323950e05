"""A province's portal that fronts many services: each names itself by its `service:` scope.

Shows single sign-on (a person signed in elsewhere only agrees once), asking for the level of the
service at hand, and signing out of the portal and of the provider together.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from oidc import OpenIDConnect, SignInFailed
from web import HERE, Session, Site, credentials, remember, single_values

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
PORT = int(os.environ.get("PORT", "8002"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
SCOPE = "openid profile organization"
LOOK_UP = "1.020004"
LEVELS = ["LoA1", "LoA2", "LoA3", "LoA4"]


@dataclass(frozen=True)
class Service:
    """A public service of the province or one of its communes."""

    code: str
    name_vi: str
    name_en: str
    owner_vi: str
    owner_en: str
    level: str


SERVICES = (
    Service(
        "1.020001",
        "Đăng ký khai sinh",
        "Register a birth",
        "Ủy ban nhân dân phường Hải Châu",
        "Hai Chau ward",
        "LoA2",
    ),
    Service(
        "1.020002",
        "Cấp giấy phép xây dựng nhà ở riêng lẻ",
        "Permit to build a house",
        "Sở Xây dựng",
        "Department of Construction",
        "LoA2",
    ),
    Service(
        "1.020003",
        "Đăng ký biến động đất đai",
        "Register a change of land rights",
        "Sở Nông nghiệp và Môi trường",
        "Department of Agriculture and Environment",
        "LoA3",
    ),
    Service(
        "1.020004",
        "Tra cứu tình trạng hồ sơ",
        "Look up an application",
        "Trung tâm Phục vụ hành chính công",
        "Public service centre",
        "LoA1",
    ),
)

client_id, client_secret = credentials()
provider = OpenIDConnect(
    issuer=ISSUER,
    client_id=client_id,
    client_secret=client_secret,
    redirect_uri=f"{BASE_URL}/callback",
)
site = Site(name="province-portal", base_url=BASE_URL, issuer=ISSUER)
app = FastAPI(openapi_url=None)
app.middleware("http")(site.harden)


@app.get("/")
def home(request: Request) -> Response:
    """All services of the portal."""
    return _show(request)


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider for the portal's own service, which needs the least."""
    return _leave(request, scope=f"{SCOPE} service:{LOOK_UP}")


@app.get("/services/{code}")
def service(request: Request, code: str) -> Response:
    """One service, when the person is signed in at its level; else to the provider first."""
    found = _find(code)
    if found is None:
        return _show(request, error="unknown_service", status=404)
    session = site.session(request)
    user = session.user if session else None
    if user is None or not _is_at_least(user.acr, found.level) or session is None:
        return _leave(request, scope=f"{SCOPE} service:{found.code}", purpose=found.code)
    return _show(request, service=found)


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
    found = _find(attempt.purpose)
    if found and not _is_at_least(user.acr, found.level):
        return _show(request, error="unmet_authentication_requirements", status=403)
    target = f"/services/{found.code}" if found else "/"
    return site.keep(request, site.redirect(target), Session(user=user))


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


def _leave(request: Request, *, scope: str, purpose: str = "") -> Response:
    session = site.session(request)
    try:
        url, attempt = provider.begin(scope=scope, language=site.language(request), purpose=purpose)
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
    service: Service | None = None,
    signed_out: bool = False,
    signed_out_everywhere: bool = False,
) -> Response:
    session = site.session(request)
    organization = session and session.user and session.user.claims.get("organization")
    return site.page(
        request,
        status=status,
        error=error,
        services=SERVICES,
        service=service,
        organization=organization if isinstance(organization, dict) else None,
        signed_out=signed_out,
        signed_out_everywhere=signed_out_everywhere,
        provider_host=urlsplit(ISSUER).netloc,
    )


def _find(code: str) -> Service | None:
    return next((found for found in SERVICES if found.code == code), None)


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
