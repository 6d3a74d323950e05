"""A city's building permits: what another agency has on file, the applicant need not bring.

Shows how a service acts for a person at another agency's service: it exchanges the person's access
token for one that is good there (`acting.py`), calls, and keeps the answer, never the token.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
import secrets
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from acting import ActingClient, ExchangeFailed
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from oidc import SignedIn, SignInFailed
from web import HERE, Session, Site, credentials, remember, single_values

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
PORT = int(os.environ.get("PORT", "8003"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
DOCUMENTS = os.environ.get("DOCUMENTS", f"http://localhost:{PORT + 1}/documents")
SERVICE = os.environ.get("SERVICE", "1.020002")
SCOPE = f"openid profile service:{SERVICE}"
TIMEOUT = 5.0

client_id, client_secret = credentials()
provider = ActingClient(
    issuer=ISSUER,
    client_id=client_id,
    client_secret=client_secret,
    redirect_uri=f"{BASE_URL}/callback",
)
site = Site(name="building-permits", base_url=BASE_URL, issuer=ISSUER)
app = FastAPI(openapi_url=None)
app.middleware("http")(site.harden)


@app.get("/")
def home(request: Request) -> Response:
    """The service, and where the person stands in it."""
    return _show(request)


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider: the service's scope says which level is needed."""
    session = site.session(request)
    try:
        url, attempt = provider.begin(scope=SCOPE, language=site.language(request))
    except SignInFailed as failure:
        return _show(request, error=failure.error, status=503)
    response = site.redirect(url)
    if session is None:
        session = Session()
        site.keep(request, response, session)
    remember(session, attempt)
    return response


@app.get("/callback")
def callback(request: Request) -> Response:
    """Back from the provider."""
    session, query = site.session(request), single_values(request)
    attempt = session.attempts.pop(query.get("state", ""), None) if session else None
    if attempt is None:
        return _show(request, error="invalid_state", status=400)
    try:
        user = provider.finish(query, attempt)
    except SignInFailed as failure:
        return _show(request, error=failure.error, status=400)
    return site.keep(request, site.redirect("/"), Session(user=user))


@app.post("/document")
def fetch_document(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Fetch the person's confirmation of residence from the ministry."""
    session = site.session(request)
    if session is None or session.user is None or not site.is_own_form(request, session, csrf):
        return _show(request, error="form_expired", status=403)
    try:
        session.data["document"] = _fetch(session.user)
    except ExchangeFailed as failure:
        return _show(request, error=failure.error, status=502)
    return site.redirect("/")


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


def _fetch(user: SignedIn) -> dict[str, Any]:
    """Exchange, call, and forget the token. Only the one scope value the document is for."""
    token = provider.token_for(user, audience=DOCUMENTS, scope=f"service:{SERVICE}")
    try:
        answer = httpx2.get(
            f"{DOCUMENTS}/residence",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ExchangeFailed("temporarily_unavailable") from error
    return document


def _show(
    request: Request,
    *,
    error: str = "",
    status: int = 200,
    signed_out: bool = False,
    signed_out_everywhere: bool = False,
) -> Response:
    session = site.session(request)
    return site.page(
        request,
        status=status,
        error=error,
        document=session.data.get("document") if session else None,
        signed_out=signed_out,
        signed_out_everywhere=signed_out_everywhere,
        provider_host=urlsplit(ISSUER).netloc,
        documents_host=urlsplit(DOCUMENTS).netloc,
    )


if __name__ == "__main__":
    uvicorn.run(
        app,
        host=os.environ.get("HOST", "127.0.0.1"),
        port=PORT,
        log_level="warning",
        server_header=False,
    )
