"""Discovery and JWKS: what is said is done, and nothing private is said."""

from base64 import urlsafe_b64decode
from typing import get_args

import pytest

from idp.oidc.endpoints.discovery import metadata
from idp.relying_parties.client_fields import FIELDS
from idp.settings import Settings
from idp.settings.protocol import ProtocolSettings, ResponseType
from idp.settings.server import IssuerSettings, MutualTlsSettings
from tests.oidc.conftest import ISSUER, World


def test_discovery_names_the_issuer_and_says_what_is_not_supported(shared_world: World) -> None:
    response = shared_world.browser().get("/.well-known/openid-configuration")
    found = response.json()
    assert response.headers["access-control-allow-origin"] == "*"
    assert found["issuer"] == ISSUER
    assert all(found[name].startswith(f"{ISSUER}/") for name in found if name.endswith("_endpoint"))
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert set(found["id_token_signing_alg_values_supported"]) == {"RS256", "PS256", "ES256"}
    assert found["request_parameter_supported"] is True
    assert found["request_uri_parameter_supported"] is True
    assert found["claims_parameter_supported"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    assert not {"implicit", "password"} & set(found["grant_types_supported"])
    assert found["acr_values_supported"] == ["LoA1", "LoA2", "LoA3", "LoA4"]


def test_under_an_https_issuer_every_address_is_https(settings: Settings) -> None:
    issuer = IssuerSettings(url="https://id.example.vn")
    found = metadata(settings.model_copy(update={"issuer": issuer}))
    addresses = [value for value in found.values() if str(value).startswith("http")]
    assert len(addresses) > 10
    assert all(f"{address}/".startswith(f"{issuer.url}/") for address in addresses)


def test_the_key_set_is_public_and_complete(shared_world: World) -> None:
    response = shared_world.browser().get("/jwks")
    keys = response.json()["keys"]
    assert {key["alg"] for key in keys} == {"RS256", "PS256", "ES256"}
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        is_strong = key.get("crv") == "P-256" or len(urlsafe_b64decode(key["n"] + "==")) >= 256
        assert is_strong


@pytest.mark.asvs("3.4.2")
def test_only_program_endpoints_may_be_read_from_other_origins(shared_world: World) -> None:
    client = shared_world.browser().client
    origin = {"Origin": "https://rp.example", "Access-Control-Request-Method": "POST"}
    for path in ("/token", "/userinfo", "/jwks", "/.well-known/openid-configuration"):
        allowed = client.options(path, headers=origin)
        assert allowed.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in allowed.headers
    for path in ("/authorize", "/end_session"):
        assert "access-control-allow-origin" not in client.options(path, headers=origin).headers
        assert "access-control-allow-origin" not in client.get(path, headers=origin).headers


def test_what_clients_may_choose_is_listed(settings: Settings) -> None:
    """The table of client fields names the member; settings only shorten what it lists."""
    everything: list[ResponseType] = [*get_args(ResponseType)]
    whole = settings.model_copy(
        update={
            "protocol": ProtocolSettings(response_types=tuple(everything)),
            "mtls": MutualTlsSettings(certificate_header="X-Cert", verified_header="X-Verified"),
        }
    )
    rows = {name: row for name, row in FIELDS.items() if row.choices}
    unlisted = {name for name, row in rows.items() if not row.discovery}
    assert unlisted == {"application_type", "needed_claims", "profile"}, (
        "no specification lists these"
    )
    for name in rows.keys() - unlisted:
        row = rows[name]
        assert {*metadata(whole)[row.discovery]} == {*row.choices}
        assert {*metadata(settings)[row.discovery]} <= {*row.choices}
