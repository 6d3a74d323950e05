"""A city's building permits: what another agency has on file, the applicant need not bring.

Shows how a service acts for a person at another agency's service: it exchanges the person's access
token for one that is good there, calls, and keeps the answer, never the token.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
from fastapi import Form, Request, Response

from relying_party.provider import TIMEOUT, Provider, SignedIn
from relying_party.refused import Refused, refusing
from relying_party.sessions import Session
from relying_party.site import Site
from relying_party.token_exchange import exchange_token
from relying_party.web import serve

PORT = int(os.environ.get("PORT", "8003"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
DOCUMENTS = os.environ.get("DOCUMENTS", f"http://localhost:{PORT + 1}/documents")
SERVICE = os.environ.get("SERVICE", "1.020002")
SCOPE = f"openid profile service:{SERVICE}"
ACTOR_NAMES = {"building-permits": ("Sở Xây dựng", "Department of Construction")}
"""What people read of who fetched the document: a client's id is for programs."""


def page_values(session: Session) -> dict[str, Any]:
    """What the page shows besides who is signed in."""
    document = session.data.get("document")
    return {
        "document": document,
        "documents_host": urlsplit(DOCUMENTS).netloc,
        "actor_names": ACTOR_NAMES,
    }


provider = Provider.from_environment()
site = Site(
    Path(__file__).parent,
    name="building-permits",
    base_url=BASE_URL,
    provider=provider,
    values=page_values,
)
app = site.app


@app.get("/")
def home(request: Request) -> Response:
    """The service, and where the person stands in it."""
    return site.page(request)


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider: the service's scope says which level is needed."""
    return site.leave(request, scope=SCOPE)


@app.get("/callback")
def callback(request: Request) -> Response:
    """Back from the provider."""
    user, _ = site.arrive(request)
    return site.start(request, user, target="/")


@app.post("/document")
def fetch_document(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Fetch the person's confirmation of residence from the ministry."""
    session, user = site.own_form(request, csrf)
    try:
        session.data["document"] = _fetch(user)
    except Refused as refusal:
        return site.page(request, error=refusal.error, status=502)
    return site.redirect("/")


def _fetch(user: SignedIn) -> dict[str, Any]:
    """Exchange, call, and forget the token. Only the one scope value the document is for."""
    token = exchange_token(provider, user, audience=DOCUMENTS, scope=f"service:{SERVICE}")
    with refusing():
        answer = httpx2.get(
            f"{DOCUMENTS}/residence",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
    return document


if __name__ == "__main__":
    serve(app, port=PORT)
