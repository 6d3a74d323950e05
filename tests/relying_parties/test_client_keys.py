"""What a client may say about its keys, its requests and its sector."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, OctKey

from idp.kit.http import GuardedClient
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.outbound import find_sector_fault
from idp.settings.server import IssuerSettings
from tests.support.documents import Documents, serve_documents

pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
ISSUER = IssuerSettings(url="https://id.example.gov.vn")
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
JWKS = KeySet([EC]).as_dict(private=False)
WEAK = {"keys": [{"kty": "RSA", "e": "AQAB", "n": "v" * 170 + "s"}]}
ENDLESS = {"keys": [{"kty": "RSA", "e": "AQAB", "n": "v" * 2730 + "s"}]}
CURVE = {"keys": [ECKey.generate_key("P-521").as_dict(private=False)]}
HTTP = GuardedClient(allows_loopback=True)


def metadata(**values: Any) -> ClientMetadata:
    return ClientMetadata(
        client_name="A", redirect_uris=("https://rp.example/cb",), service=("1.0",), **values
    )


def faulty_fields(**values: Any) -> set[str]:
    return {fault.field for fault in find_faults(metadata(**values), issuer=ISSUER)}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"jwks": JWKS},
        {"jwks_uri": "https://rp.example/jwks"},
        {"jwks": JWKS, "request_object_signing_alg": "ES256"},
        {"jwks": JWKS, "id_token_encrypted_response_alg": "ECDH-ES"},
        {
            "jwks_uri": "https://rp.example/jwks",
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
        },
        {"userinfo_signed_response_alg": "ES256", "subject_type": "pairwise"},
        {"request_uris": ("https://rp.example/request.jwt#hash",)},
    ],
)
def test_what_may_be_registered(values: dict[str, Any]) -> None:
    assert faulty_fields(**values) == set()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"jwks": {}}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": ["x"]}}, "jwks"),
        ({"jwks": KeySet([EC]).as_dict(private=True)}, "jwks"),
        ({"jwks": {"keys": [OctKey.import_key("s" * 32).as_dict()]}}, "jwks"),
        ({"jwks": WEAK}, "jwks"),
        ({"jwks": ENDLESS}, "jwks"),
        ({"jwks": CURVE}, "jwks"),
        ({"jwks": JWKS, "id_token_encrypted_response_alg": "RSA-OAEP-256"}, "jwks"),
        ({"jwks": JWKS, "jwks_uri": "https://rp.example/jwks"}, "jwks_uri"),
        ({"jwks_uri": "http://rp.example/jwks"}, "jwks_uri"),
        ({"jwks_uri": "https://user@rp.example/jwks"}, "jwks_uri"),
        ({"request_uris": ("http://rp.example/r",)}, "request_uris"),
        ({"request_object_signing_alg": "ES256"}, "request_object_signing_alg"),
        ({"jwks": JWKS, "request_object_signing_alg": "none"}, "request_object_signing_alg"),
        ({"jwks": JWKS, "request_object_signing_alg": "HS256"}, "request_object_signing_alg"),
        ({"id_token_encrypted_response_alg": "ECDH-ES"}, "id_token_encrypted_response_alg"),
        (
            {"jwks": JWKS, "id_token_encrypted_response_alg": "RSA1_5"},
            "id_token_encrypted_response_alg",
        ),
        ({"userinfo_encrypted_response_enc": "A256GCM"}, "userinfo_encrypted_response_enc"),
        ({"userinfo_signed_response_alg": "none"}, "userinfo_signed_response_alg"),
        ({"subject_type": "secret"}, "subject_type"),
        ({"sector_identifier_uri": "http://rp.example/s"}, "sector_identifier_uri"),
    ],
)
def test_what_may_not(values: dict[str, Any], field: str) -> None:
    assert field in faulty_fields(**values)


def test_pairwise_subjects_over_two_hosts_need_a_sector() -> None:
    two = {"redirect_uris": ("https://a.example/cb", "https://b.example/cb")}
    values = {"client_name": "A", "service": ("1.0",), "subject_type": "pairwise", **two}
    faults = find_faults(ClientMetadata(**values), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["sector_identifier_uri"]
    named = ClientMetadata(**values, sector_identifier_uri="https://a.example/sector.json")
    assert find_faults(named, issuer=ISSUER) == []


@pytest.fixture(scope="module")
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


@pytest.mark.parametrize(
    ("body", "status", "is_good"),
    [
        (json.dumps(["https://rp.example/cb", "https://other.example/"]), 200, True),
        (json.dumps(["https://other.example/"]), 200, False),
        (json.dumps({"https://rp.example/cb": 1}), 200, False),
        ("[", 200, False),
        (json.dumps(["https://rp.example/cb"]), 404, False),
    ],
)
def test_a_sector_lists_every_redirect_uri(
    documents: Documents, body: str, status: int, is_good: bool
) -> None:
    uri = documents.put("/sector.json", body, status=status)
    fault = find_sector_fault(metadata(sector_identifier_uri=uri), http=HTTP)
    assert (fault is None) is is_good


def test_without_a_sector_nothing_is_fetched(documents: Documents) -> None:
    documents.asked.clear()
    assert find_sector_fault(metadata(), http=HTTP) is None
    assert documents.asked == []


def test_a_key_set_is_declared_as_a_table() -> None:
    [declared] = read_declarations(
        """
        [[relying_party]]
        system = "licences"
        client_name = "A"
        request_uris = ["https://rp.example/r"]
        jwks = { keys = [{ kty = "EC", crv = "P-256", x = "x", y = "y" }] }
        """
    )
    assert declared.metadata.jwks == {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}
    assert declared.metadata.request_uris == ("https://rp.example/r",)
