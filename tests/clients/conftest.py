"""A provider in a thread, whose tokens a test may spoil, and a sample that trusts it."""

import importlib
import json
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENTS = Path(__file__).parents[2] / "clients"
CLIENT_ID = "sample"


@dataclass
class Provider:
    """Answers discovery, keys, token and userinfo; `claims` overrides the ID token's."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "1"}))
    signing_key: ECKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "s1", "name": "Trần Văn An"})
    introspection: dict[str, Any] = field(default_factory=lambda: {"active": False})
    nonce: str = ""
    verifiers: list[str] = field(default_factory=list)

    def answer(self, path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        """The JSON of one request."""
        if path == "/token":
            self.verifiers += form.get("code_verifier", [])
            return {"access_token": "a", "token_type": "Bearer", "expires_in": 60} | {
                "id_token": self.id_token()
            }
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        if path in ("/userinfo", "/introspection"):
            return self.userinfo if path == "/userinfo" else self.introspection
        endpoints = {
            f"{name}_endpoint": f"{self.issuer}/{name}"
            for name in (
                *("authorization", "token", "userinfo", "end_session", "introspection"),
                *("device_authorization", "revocation"),
            )
        }
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **endpoints,
        }

    def id_token(self) -> str:
        """The ID token, spoiled as the test asked."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "s1",
            "iat": now,
            "exp": now + 600,
            "auth_time": now,
            "acr": "LoA2",
            "nonce": self.nonce,
        } | self.claims
        return jwt.encode({"alg": "ES256", "kid": "1"}, claims, self.signing_key or self.key)

    def logout_token(self, *, typ: str = "logout+jwt", **changes: Any) -> str:
        """A logout token for the session `sid-1`; `None` leaves a claim out."""
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "s1",
            "sid": "sid-1",
            "iat": now,
            "exp": now + 120,
            "jti": "j1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        header = {"alg": "ES256", "kid": "1", "typ": typ}
        return jwt.encode(header, claims, self.signing_key or self.key)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A running provider."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(parse_qs(body))

        def _reply(self, form: dict[str, list[str]]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(provider.answer(urlsplit(self.path).path, form)).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["ministry-service", "province-portal", "document-exchange"])
def sample_name(request: pytest.FixtureRequest) -> str:
    """Each sample in turn."""
    return str(request.param)


@pytest.fixture
def copied(sample_name: str, tmp_path: Path) -> Path:
    """The folder that somebody has who copies a sample as its README says."""
    (tmp_path / "clients").symlink_to(CLIENTS)
    readme = (CLIENTS / sample_name / "README.md").read_text()
    commands = re.findall(r"(?m)^    (cp -r \S+ \S+)$", readme)
    for command in commands:
        subprocess.run(shlex.split(command), check=True, cwd=tmp_path)
    return tmp_path / commands[0].split()[-1]


@pytest.fixture
def sample(
    copied: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """The copied sample's program, configured for the provider."""
    monkeypatch.syspath_prepend(str(copied))
    for name, value in {
        "ISSUER": provider.issuer,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": "secret",
        "BASE_URL": "http://testserver",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CREDENTIALS_FILE", raising=False)
    before = set(sys.modules)
    yield importlib.import_module("app")
    for name, module in list(sys.modules.items()):
        if name not in before and (getattr(module, "__file__", None) or "").startswith(str(copied)):
            del sys.modules[name]
