"""A service signed in to by Authlib's Starlette client."""

import os
import secrets
from typing import Any

import uvicorn
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ISSUER, BASE_URL = os.environ["ISSUER"], os.environ["BASE_URL"]
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
sessions: dict[str, dict[str, Any]] = {}


async def keep_token(_name: str, token: dict[str, Any], **before: str) -> None:
    """Authlib refreshed a token."""
    for session in sessions.values():
        if session.get("token", {}).get("refresh_token") == before["refresh_token"]:
            session["token"].update(token)


oauth = OAuth(update_token=keep_token)
oauth.register(
    name="onedoor",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile offline_access", "code_challenge_method": "S256"},
    authorize_params={"prompt": "consent"},
)


class Sessions:
    """Sessions kept here, so that the provider can end them; the browser holds their number."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        number = HTTPConnection(scope).cookies.get("party") or secrets.token_urlsafe(24)
        scope["session"] = sessions.setdefault(number, {})

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"party={number}; Path=/; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        return await self.app(scope, receive, send_with_cookie)


async def home(request: Request) -> Response:
    """What the service knows of the person."""
    token = request.session.get("token")
    if token is None:
        return JSONResponse({"error": "nobody is signed in"}, status_code=401)
    userinfo = await oauth.onedoor.userinfo(token=token)
    told = {"access_token": token["access_token"], "id_token": token["userinfo"]}
    return JSONResponse({**told, "userinfo": userinfo})


async def sign_in(request: Request) -> Response:
    return await oauth.onedoor.authorize_redirect(request, f"{BASE_URL}/callback")


async def callback(request: Request) -> Response:
    try:
        request.session["token"] = dict(await oauth.onedoor.authorize_access_token(request))
    except (OAuthError, JoseError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    return RedirectResponse("/", status_code=303)


async def refresh(request: Request) -> Response:
    """Authlib renews a token when it is used after its time."""
    request.session["token"]["expires_at"] = 1
    return await home(request)


async def sign_out(request: Request) -> Response:
    token = request.session.pop("token")
    return await oauth.onedoor.logout_redirect(
        request,
        post_logout_redirect_uri=f"{BASE_URL}/signed-out",
        id_token_hint=token["id_token"],
    )


async def signed_out(request: Request) -> Response:
    await oauth.onedoor.validate_logout_response(request)
    return JSONResponse({"signed": "out"})


async def backchannel_logout(request: Request) -> Response:
    """Back-Channel Logout 2.6, with the keys that Authlib keeps."""
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": os.environ["CLIENT_ID"]},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    form = await request.form()
    keys = KeySet.import_key_set(await oauth.onedoor.fetch_jwk_set())
    try:
        token = jwt.decode(str(form["logout_token"]), keys, algorithms=["RS256"])
        rules.validate(token.claims)
    except (JoseError, ValueError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    if LOGOUT not in token.claims["events"] or token.header.get("typ") != "logout+jwt":
        return JSONResponse({"error": "another kind of token"}, status_code=400)
    for session in sessions.values():
        if session.get("token", {}).get("userinfo", {}).get("sid") == token.claims["sid"]:
            del session["token"]
    return Response(status_code=200)


app = Starlette()
app.add_middleware(Sessions)
app.add_route("/", home)
app.add_route("/sign-in", sign_in)
app.add_route("/callback", callback)
app.add_route("/refresh", refresh)
app.add_route("/sign-out", sign_out)
app.add_route("/signed-out", signed_out)
app.add_route("/backchannel-logout", backchannel_logout, methods=["POST"])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
