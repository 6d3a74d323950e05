"""Profiles that demand sender-constrained tokens (FAPI 2.0 Security Profile 5.3.2.1)."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select

from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.tokens.models import RefreshToken
from tests.oidc.certificates import KEY as CERTIFIED
from tests.oidc.certificates import at, behind_proxy, make_certificate, shown
from tests.oidc.conftest import SECRET, Browser, World, answer_of, basic, page_of, parameters
from tests.oidc.dpop import KEY, OTHER, proof
from tests.oidc.test_private_key_jwt import JWKS, assertion, fields_of
from tests.oidc.test_token import CODE_FIELDS, offline_tokens, signed_in

FAPI: dict[str, Any] = {
    "profile": "fapi2-security",
    "token_endpoint_auth_method": "private_key_jwt",
    "client_secret_hash": None,
    "jwks": JWKS,
}
OFFLINE = "openid offline_access"


class Client:
    """The FAPI client `rp` with one person's browser, the nonce it was given last, and its key."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.nonce: str | None = None

    def post(self, path: str, key: Any = KEY, **fields: str) -> Response:
        """With an assertion, a proof, and a second try when a nonce is wanted."""
        for _ in range(2):
            headers = {"DPoP": proof(key, path=path, nonce=self.nonce)} if key else {}
            signed = fields_of(assertion(iss="rp", sub="rp"))
            answer = self.browser.client.post(path, data={**fields, **signed}, headers=headers)
            self.nonce = answer.headers.get("dpop-nonce", self.nonce)
            if answer.json().get("error") != "use_dpop_nonce":
                break
        return answer

    def push(self, key: Any = KEY, **changes: str | None) -> Response:
        return self.post("/par", key, **parameters(**changes))

    def code(self, key: Any = KEY, **changes: str | None) -> str:
        """A code for offline access to a pushed request, after the consent page."""
        pushed = self.push(key, scope=OFFLINE, prompt="consent", **changes)
        assert pushed.status_code == 201, pushed.text
        handle = {"client_id": "rp", "request_uri": pushed.json()["request_uri"]}
        interaction_id, _ = page_of(self.browser.get("/authorize", params=handle))
        with transaction(self.browser.world.engine) as db:
            decide_consent(db, interaction_id=interaction_id, allowed=True)
        return answer_of(self.browser.get(f"/authorize/resume/{interaction_id}"))["code"]

    def redeem(self, code: str, key: Any = KEY) -> Response:
        return self.post("/token", key, **CODE_FIELDS, code=code)

    def refresh(self, token: str, key: Any = KEY) -> Response:
        return self.post("/token", key, grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def client(world: World) -> Client:
    return Client(signed_in(world, **FAPI)[1])


def refusal_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_token_is_given_to_whoever_shows_a_key(client: Client) -> None:
    for path, fields in (("/token", {"grant_type": "client_credentials"}), ("/par", parameters())):
        first = client.browser.client.post(
            path,
            data={**fields, **fields_of(assertion(iss="rp", sub="rp"))},
            headers={"DPoP": proof(path=path)},
        )
        assert refusal_of(first) == (400, "use_dpop_nonce")
        assert first.headers["dpop-nonce"]
    machine = {"grant_type": "client_credentials"}
    assert refusal_of(client.post("/token", None, **machine)) == (400, "invalid_request")
    assert client.post("/token", **machine).json()["token_type"] == "DPoP"


@pytest.mark.parametrize(
    ("path", "fields"), [("/token", {"grant_type": "client_credentials"}), ("/par", parameters())]
)
def test_being_told_the_nonce_uses_up_no_assertion(
    client: Client, path: str, fields: dict[str, str]
) -> None:
    sent = {**fields, **fields_of(assertion(iss="rp", sub="rp"))}

    def answer(nonce: str | None) -> Response:
        headers = {"DPoP": proof(path=path, nonce=nonce)}
        return client.browser.client.post(path, data=sent, headers=headers)

    told = answer(None)
    assert refusal_of(told) == (400, "use_dpop_nonce")
    assert answer(told.headers["dpop-nonce"]).is_success
    assert refusal_of(answer(told.headers["dpop-nonce"])) == (401, "invalid_client")


def test_the_proof_sent_with_a_pushed_request_binds_its_code(client: Client) -> None:
    assert client.redeem(client.code()).status_code == 200
    refused = client.redeem(client.code(), OTHER)
    assert refusal_of(refused) == (400, "invalid_grant")
    named = client.code(None, dpop_jkt=OTHER.thumbprint())
    assert client.redeem(named, OTHER).status_code == 200
    assert client.redeem(client.code(None), OTHER).status_code == 200


def test_a_pushed_request_names_no_other_key_than_it_shows(client: Client) -> None:
    refused = client.push(dpop_jkt=OTHER.thumbprint())
    assert refusal_of(refused) == (400, "invalid_request")
    assert client.push(dpop_jkt=KEY.thumbprint()).status_code == 201
    assert refusal_of(client.push(None, dpop_jkt="x")) == (400, "invalid_request")
    misdirected = client.browser.client.post(
        "/par",
        data={**parameters(), **fields_of(assertion(iss="rp", sub="rp"))},
        headers={"DPoP": proof(path="/token")},
    )
    assert refusal_of(misdirected) == (400, "invalid_dpop_proof")


def test_a_refresh_token_stays_the_same(client: Client) -> None:
    tokens = client.redeem(client.code()).json()
    for days in (0, 20, 40):
        with clock.shifted(timedelta(days=days)):
            client.nonce = None
            answer = client.refresh(tokens["refresh_token"])
            assert answer.status_code == 200, "each use prolongs it"
            assert "refresh_token" not in answer.json()
            assert answer.json()["token_type"] == "DPoP"
    with clock.shifted(timedelta(days=71)):
        client.nonce = None
        assert refusal_of(client.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    with transaction(client.browser.world.engine) as db:
        assert db.scalar(select(func.count()).select_from(RefreshToken)) == 1
    assert len(client.browser.world.events("token.refreshed")) == 3


def test_a_kept_refresh_token_is_its_client_s_alone(client: Client) -> None:
    token = client.redeem(client.code()).json()["refresh_token"]
    client.browser.world.party("other")
    stolen = {"grant_type": "refresh_token", "refresh_token": token}
    other = client.browser.client.post("/token", data=stolen, headers=basic("other", SECRET))
    assert refusal_of(other) == (400, "invalid_grant")
    assert refusal_of(client.refresh(token, None)) == (400, "invalid_request")
    too_much = client.post("/token", **stolen, scope="openid reports.write")
    assert refusal_of(too_much) == (400, "invalid_scope")
    assert client.refresh(token).status_code == 200
    assert client.post("/revoke", None, token=token).status_code == 200
    assert refusal_of(client.refresh(token)) == (400, "invalid_grant")


def test_other_clients_refresh_tokens_rotate_as_ever(world: World) -> None:
    _, browser = signed_in(world)
    first = offline_tokens(browser)["refresh_token"]
    fields = {"grant_type": "refresh_token"}
    assert "refresh_token" in browser.token(**fields, refresh_token=first).json()
    assert browser.token(**fields, refresh_token=first).status_code == 400


def test_a_certificate_constrains_as_well_as_a_key(world: World) -> None:
    own = shown(make_certificate(CERTIFIED))
    world.party(
        **{
            **FAPI,
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_san_dns": "portal.example.gov.vn",
            "tls_client_certificate_bound_access_tokens": True,
        }
    )
    with behind_proxy(world):
        fields = {"grant_type": "client_credentials", "client_id": "rp"}
        issued = at(world).post("/token", data=fields, headers=own)
        assert set(world.verify(issued.json()["access_token"]).claims["cnf"]) == {"x5t#S256"}
        assert at(world).post("/par", data=parameters(), headers=own).status_code == 201
        assert at(world).post("/par", data=parameters()).status_code == 401
