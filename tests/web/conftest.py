"""A small application with the shared equipment, and no database behind it."""

from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from idp.settings import Settings
from idp.settings.server import DatabaseSettings, IssuerSettings, SecretsSettings, ServerSettings
from idp.web.browser import BrowserId, session_token
from idp.web.csrf import OwnForm, csrf_token
from idp.web.forms import Form, Query
from tests.support.app import room_app

NO_DATABASE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@dataclass(frozen=True)
class AnyPage:
    """A page with nothing of its own."""

    errors: dict[str, str] = field(default_factory=dict)


def make_client(
    issuer: str = "http://localhost:8000", server: ServerSettings | None = None
) -> TestClient:
    """A client of an application that serves a few routes under that issuer."""
    settings = Settings(
        environment="test",
        issuer=IssuerSettings(url=issuer),
        server=server or ServerSettings(),
        database=DatabaseSettings(url=NO_DATABASE),
        secrets=SecretsSettings(
            encryption_keys=(SecretStr("demo-encryption-key"),),
            lookup_key=SecretStr("demo-lookup-key"),
        ),
    )
    app = room_app(settings)

    @app.get("/form")
    async def show(request: Request, browser: BrowserId) -> Response:
        facts = {"browser": browser, "session": session_token(request), "csrf": csrf_token(request)}
        return JSONResponse(facts)

    @app.post("/form")
    async def send(form: OwnForm) -> dict[str, str]:
        return form

    @app.post("/token")
    async def token(form: Form) -> dict[str, str]:
        return form

    @app.get("/query")
    async def query(query: Query) -> dict[str, str]:
        return query

    @app.get("/number")
    async def number(n: int) -> int:
        return n

    @app.get("/crash")
    def crash() -> Response:
        raise RuntimeError("password=hunter2")

    return TestClient(app, base_url=issuer)


@pytest.fixture
def client() -> TestClient:
    """A client of the demo's kind of issuer: http on loopback."""
    return make_client()
