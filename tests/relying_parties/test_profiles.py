"""What a client of a FAPI profile may register, each refusal beside what passes."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import declaration_of
from idp.relying_parties.grant_types import DEVICE_CODE, IMPLICIT, RESPONSE_TYPES, holds_tokens
from idp.relying_parties.metadata import find_faults
from idp.settings.server import IssuerSettings

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
FAPI = ClientMetadata(
    client_name="Ngân hàng",
    profile="fapi2-security",
    redirect_uris=("https://rp.example/cb",),
    token_endpoint_auth_method="private_key_jwt",
    id_token_signed_response_alg="PS256",
    jwks={"keys": [ECKey.generate_key("P-256").as_dict(private=False)]},
)
SIGNING = replace(FAPI, profile="fapi2-message-signing")


def fields(metadata: ClientMetadata) -> list[str]:
    return [fault.field for fault in find_faults(metadata, issuer=ISSUER)]


@pytest.mark.parametrize("metadata", [FAPI, SIGNING], ids=lambda metadata: metadata.profile)
@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("token_endpoint_auth_signing_alg", ("", "PS256", "ES256", "EdDSA"), ("RS256",)),
        ("request_object_signing_alg", ("", "PS256", "ES256", "EdDSA"), ("RS256",)),
        ("id_token_signed_response_alg", ("PS256", "ES256"), ("RS256",)),
        ("userinfo_signed_response_alg", ("", "PS256", "ES256"), ("RS256",)),
        ("authorization_signed_response_alg", ("", "PS256", "ES256"), ("RS256",)),
        ("token_endpoint_auth_method", ("private_key_jwt",), ("client_secret_basic",)),
        ("require_pkce", (True,), (False,)),
    ],
)
def test_a_client_of_fapi_registers_what_fapi_allows(
    metadata: ClientMetadata, field: str, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    for value in good:
        assert fields(replace(metadata, **{field: value})) == []
    for value in bad:
        assert fields(replace(metadata, **{field: value})) == [field]
        assert fields(replace(metadata, **{field: value}, profile="openid")) == []


@pytest.mark.parametrize("metadata", [FAPI, SIGNING], ids=lambda metadata: metadata.profile)
def test_it_registers_codes_alone_and_no_devices(metadata: ClientMetadata) -> None:
    plain = replace(metadata, profile="openid", id_token_signed_response_alg="RS256")
    device = (*metadata.grant_types, DEVICE_CODE)
    assert fields(replace(plain, grant_types=device)) == []
    assert fields(replace(metadata, grant_types=device)) == ["grant_types"]
    both = (*metadata.grant_types, IMPLICIT)
    for kind in filter(holds_tokens, RESPONSE_TYPES):
        changed: dict[str, Any] = {"grant_types": both, "response_types": ("code", kind)}
        assert fields(replace(plain, **changed)) == []
        assert fields(replace(metadata, **changed)) == ["response_types", "grant_types"]


def test_it_goes_back_to_https_or_to_its_own_machine() -> None:
    native = replace(FAPI, application_type="native")
    assert fields(replace(native, redirect_uris=("http://127.0.0.1/cb",))) == []
    scheme = ("vn.example.app:/cb",)
    assert fields(replace(native, redirect_uris=scheme)) == ["redirect_uris"]
    assert fields(replace(native, redirect_uris=scheme, profile="openid")) == []
    assert "redirect_uris" in fields(replace(FAPI, redirect_uris=("http://rp.example/cb",)))


def test_a_fault_says_what_is_allowed() -> None:
    [fault] = find_faults(replace(FAPI, id_token_signed_response_alg="RS256"), issuer=ISSUER)
    assert str(fault) == (
        "id_token_signed_response_alg (RS256): The profile fapi2-security allows: PS256, ES256."
    )
    lacking = replace(SIGNING, jwks=None)
    assert "jwks" in fields(lacking)


def test_the_profile_and_pushing_are_declared() -> None:
    table = {
        "system": "SYS",
        "client_name": "Ngân hàng",
        "profile": "fapi2-security",
        "require_pushed_authorization_requests": True,
        "authorization_signed_response_alg": "ES256",
    }
    metadata = declaration_of(table, where="here").metadata
    assert metadata.profile == "fapi2-security"
    assert metadata.require_pushed_authorization_requests
    assert metadata.authorization_signed_response_alg == "ES256"
