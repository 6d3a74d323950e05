"""Mutual TLS (RFC 8705): whose certificate is believed, and each thing that is not, beside it."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from httpx2 import Response
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from idp.kit import clock
from idp.kit.http import GuardedClient
from idp.oidc.endpoints.discovery import metadata
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH, TLS_CLIENT_AUTH
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.settings.server import MutualTlsSettings
from tests.oidc.certificates import (
    KEY,
    NAMES,
    OTHER_KEY,
    PROXY,
    STRANGER,
    SUBJECT,
    as_bytes_item,
    at,
    behind_proxy,
    make_certificate,
    shown,
    x5c,
)
from tests.oidc.conftest import ISSUER, REDIRECT, SECRET, World, basic
from tests.oidc.dpop import proof
from tests.oidc.test_token import CODE_FIELDS, offline_code, signed_in

OWN = make_certificate()
ANOTHER = make_certificate(OTHER_KEY, subject="CN=another,O=Sở Y tế,C=VN", has_names=False)
JWK = ECKey.import_key(KEY).as_dict(private=False)
MACHINE = {"grant_type": "client_credentials"}
Headers = dict[str, str] | list[tuple[str, str]]


@pytest.fixture(scope="module")
def served(shared_world: World) -> Iterator[World]:
    """Behind a proxy that tells of certificates, with a client for each way of naming one."""
    usual: dict[str, Any] = {"token_endpoint_auth_method": TLS_CLIENT_AUTH}
    for number, (field, name) in enumerate(NAMES.items()):
        shared_world.party(f"named-{number}", **{field: name}, **usual)
    self_signed = {"token_endpoint_auth_method": SELF_SIGNED_TLS_CLIENT_AUTH}
    shared_world.party("by-key", jwks={"keys": [JWK]}, **self_signed)
    shared_world.party("by-x5c", jwks={"keys": [{**JWK, "x5c": [x5c(OWN)]}]}, **self_signed)
    bound = {"tls_client_certificate_bound_access_tokens": True}
    shared_world.party("bound", **bound)
    with behind_proxy(shared_world):
        yield shared_world


def machine(
    world: World, client_id: str, headers: Headers, address: tuple[str, int] = PROXY
) -> Response:
    fields = {**MACHINE, "client_id": client_id}
    return at(world, address).post("/token", data=fields, headers=headers)


def refusal_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("number", range(len(NAMES)))
@pytest.mark.asvs("12.1.3")
def test_a_client_is_known_by_a_name_in_its_verified_certificate(
    served: World, number: int
) -> None:
    client_id = f"named-{number}"
    assert machine(served, client_id, shown(OWN)).status_code == 200
    item = {"X-Cert": as_bytes_item(OWN), "X-Verified": "SUCCESS"}
    assert machine(served, client_id, item).status_code == 200
    assert refusal_of(machine(served, client_id, shown(ANOTHER))) == (401, "invalid_client")


def subject(text: str) -> Headers:
    return shown(make_certificate(subject=text, has_names=False))


REFUSED: dict[str, Callable[[], Headers]] = {
    "nothing": dict,
    "no certificate": lambda: shown(None),
    "a chain not verified": lambda: shown(OWN, "FAILED:self-signed certificate"),
    "no word about the chain": lambda: {"X-Cert": shown(OWN)["X-Cert"]},
    "two words about the chain": lambda: [*shown(OWN).items(), ("X-Verified", "SUCCESS")],
    "two certificates": lambda: [*shown(OWN).items(), ("X-Cert", shown(ANOTHER)["X-Cert"])],
    "another name": lambda: subject("CN=other,O=Sở Y tế,C=VN"),
    "a longer name": lambda: subject(f"CN=x,{SUBJECT}"),
    "the name in another order": lambda: subject("C=VN,O=Sở Y tế,CN=portal"),
    "the name as one part": lambda: subject("CN=portal\\,O=Sở Y tế\\,C=VN"),
    "one that has expired": lambda: shown(make_certificate(to_days=0, from_days=-9)),
    "one that is not valid yet": lambda: shown(make_certificate(from_days=1)),
    "garbage": lambda: {"X-Cert": "garbage", "X-Verified": "SUCCESS"},
    "garbage between colons": lambda: {"X-Cert": ":AAAA:", "X-Verified": "SUCCESS"},
    "colons only": lambda: {"X-Cert": "::", "X-Verified": "SUCCESS"},
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.asvs("12.1.3")
def test_any_other_certificate_is_invalid_client(
    served: World, make: Callable[[], Headers]
) -> None:
    assert refusal_of(machine(served, "named-0", make())) == (401, "invalid_client")
    assert machine(served, "named-0", shown(OWN)).status_code == 200


@pytest.mark.asvs("4.1.3")
def test_a_header_from_elsewhere_than_the_proxy_is_nobody_s_word(served: World) -> None:
    for client_id in ("named-0", "by-key", "by-x5c"):
        refused = machine(served, client_id, shown(OWN), STRANGER)
        assert refusal_of(refused) == (401, "invalid_client")
        forwarded = {**shown(OWN), "X-Forwarded-For": "10.0.0.1"}
        assert machine(served, client_id, forwarded, STRANGER).status_code == 401
        assert machine(served, client_id, shown(OWN)).status_code == 200


def test_a_subject_may_be_written_as_openssl_prints_it(served: World) -> None:
    printed = "emailAddress=portal@example.gov.vn,CN=portal"
    by_number = "1.2.840.113549.1.9.1=portal@example.gov.vn,CN=portal"
    served.party(
        "printed", token_endpoint_auth_method=TLS_CLIENT_AUTH, tls_client_auth_subject_dn=printed
    )
    own = shown(make_certificate(subject=by_number, has_names=False))
    assert machine(served, "printed", own).status_code == 200
    assert machine(served, "printed", shown(OWN)).status_code == 401


def test_a_name_elsewhere_in_the_certificate_is_not_the_name(served: World) -> None:
    in_subject = make_certificate(subject=f"CN={NAMES['tls_client_auth_san_dns']}", has_names=False)
    assert machine(served, "named-1", shown(in_subject)).status_code == 401
    assert machine(served, "named-1", shown(OWN)).status_code == 200


def test_a_certificate_is_the_credential_of_who_registered_it_alone(served: World) -> None:
    assert machine(served, "rp", shown(OWN)).status_code == 401
    post, fields = at(served).post, {**MACHINE, "client_id": "named-0"}
    by_secret = post("/token", data=MACHINE, headers={**shown(OWN), **basic("named-0", SECRET)})
    assert refusal_of(by_secret) == (401, "invalid_client")
    posted = post("/token", data={**fields, "client_secret": SECRET}, headers=shown(OWN))
    assert refusal_of(posted) == (401, "invalid_client")
    with_secret = post("/token", data=MACHINE, headers={**shown(OWN), **basic("rp", SECRET)})
    assert with_secret.status_code == 200


def test_the_certificate_authenticates_wherever_the_client_does(served: World) -> None:
    for path, more in (("/introspect", {"token": "x"}), ("/revoke", {"token": "x"})):
        fields = {**more, "client_id": "named-0"}
        assert at(served).post(path, data=fields, headers=shown(OWN)).status_code == 200
        assert at(served).post(path, data=fields, headers=shown(ANOTHER)).status_code == 401


@pytest.mark.parametrize("client_id", ["by-key", "by-x5c"])
def test_a_self_signed_certificate_is_the_registered_one(served: World, client_id: str) -> None:
    accepted = shown(OWN, "FAILED:self-signed certificate")
    assert machine(served, client_id, accepted).status_code == 200
    expired = make_certificate(from_days=-9, to_days=-1)
    for other in (ANOTHER, make_certificate(OTHER_KEY), expired, None):
        refused = machine(served, client_id, shown(other))
        assert refusal_of(refused) == (401, "invalid_client")
    renewed = machine(served, client_id, shown(make_certificate())).status_code
    assert renewed == (200 if client_id == "by-key" else 401), "x5c names the certificate itself"


def test_a_key_of_a_kind_nobody_knows_is_no_registered_one(served: World) -> None:
    elliptic, unheard_of = (bytes.fromhex(f"2a8648ce3d02{kind}") for kind in ("01", "7f"))
    der = OWN.public_bytes(Encoding.DER).replace(elliptic, unheard_of)
    sent = {"X-Cert": f":{base64.b64encode(der).decode()}:", "X-Verified": "SUCCESS"}
    assert refusal_of(machine(served, "by-key", sent)) == (401, "invalid_client")
    assert machine(served, "named-0", sent).status_code == 200


def test_a_renewed_certificate_is_looked_for_behind_the_client_s_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Any] = [{**JWK, "x5c": [x5c(ANOTHER)]}]
    monkeypatch.setattr(
        GuardedClient, "get", lambda _self, _uri: json.dumps({"keys": published}).encode()
    )
    world.party(
        token_endpoint_auth_method=SELF_SIGNED_TLS_CLIENT_AUTH,
        jwks_uri="https://rp.example/keys",
    )
    with behind_proxy(world):
        assert machine(world, "rp", shown(ANOTHER)).status_code == 200
        assert machine(world, "rp", shown(OWN)).status_code == 401
        published[:] = [{**JWK, "x5c": [x5c(OWN)]}]
        monkeypatch.setattr("idp.relying_parties.client_keys._REFETCH_SECONDS", 0)
        assert machine(world, "rp", shown(OWN)).status_code == 200
        assert machine(world, "rp", shown(ANOTHER)).status_code == 401


def test_without_the_header_s_name_no_certificate_is_looked_at(served: World) -> None:
    for unnamed, client_id, status in (
        ("certificate_header", "named-0", 401),
        ("certificate_header", "by-key", 401),
        ("verified_header", "named-0", 401),
        ("verified_header", "by-key", 200),
    ):
        with behind_proxy(served, **{unnamed: ""}):
            assert machine(served, client_id, shown(OWN)).status_code == status
    assert machine(served, "named-0", shown(OWN)).status_code == 200


def bound_token(world: World, certificate: x509.Certificate | None = OWN) -> Response:
    headers = {**shown(certificate), **basic("bound", SECRET)}
    return at(world).post("/token", data=MACHINE, headers=headers)


def test_a_token_is_bound_to_the_certificate_of_a_client_that_registered_it(
    served: World,
) -> None:
    issued = bound_token(served).json()
    assert issued["token_type"] == "Bearer"
    claims = served.verify(issued["access_token"]).claims
    assert set(claims["cnf"]) == {"x5t#S256"}
    assert refusal_of(bound_token(served, None)) == (400, "invalid_request")
    asking = {"token": issued["access_token"]}
    headers = {**shown(OWN), **basic("bound", SECRET)}
    said = at(served).post("/introspect", data=asking, headers=headers).json()
    assert (said["cnf"], said["token_type"]) == (claims["cnf"], "Bearer")
    free = machine(served, "named-0", shown(OWN)).json()["access_token"]
    assert "cnf" not in served.verify(free).claims


def test_userinfo_answers_whoever_shows_the_certificate(world: World) -> None:
    _, browser = signed_in(world, tls_client_certificate_bound_access_tokens=True)
    with behind_proxy(world):
        fields = {**CODE_FIELDS, "code": browser.code()}
        own = make_certificate(to_days=1 / 24 / 60)
        headers = {**shown(own), **basic("rp", SECRET)}
        issued = at(world).post("/token", data=fields, headers=headers).json()["access_token"]

        def userinfo(headers: dict[str, str], address: tuple[str, int] = PROXY) -> Response:
            bearer = {"Authorization": f"Bearer {issued}", **headers}
            return at(world, address).get("/userinfo", headers=bearer)

        for refused in (
            userinfo({}),
            userinfo(shown(None)),
            userinfo(shown(ANOTHER)),
            userinfo(shown(make_certificate())),
            userinfo(shown(own), STRANGER),
        ):
            assert refusal_of(refused) == (401, "invalid_token")
            assert refused.headers["www-authenticate"].startswith("Bearer error=")
        assert userinfo(shown(own)).status_code == 200
        with clock.shifted(timedelta(minutes=2)):
            assert userinfo(shown(own)).status_code == 401, "the token lives, not the certificate"


def test_a_public_client_s_refresh_token_is_bound_to_its_certificate(world: World) -> None:
    _, browser = signed_in(
        world,
        token_endpoint_auth_method="none",
        application_type="native",
        client_secret_hash=None,
        tls_client_certificate_bound_access_tokens=True,
    )

    def post(certificate: x509.Certificate, **fields: str) -> Response:
        sent = {"client_id": "rp", **fields}
        return at(world).post("/token", data=sent, headers=shown(certificate))

    with behind_proxy(world):
        first = post(OWN, **CODE_FIELDS, code=offline_code(browser)).json()["refresh_token"]
        refreshing = {"grant_type": "refresh_token", "refresh_token": first}
        assert refusal_of(post(ANOTHER, **refreshing)) == (400, "invalid_grant")
        assert post(OWN, **refreshing).status_code == 200


def test_a_token_may_be_bound_to_a_key_and_a_certificate(served: World) -> None:
    headers = {**shown(OWN), **basic("bound", SECRET), "DPoP": proof()}
    issued = at(served).post("/token", data=MACHINE, headers=headers).json()
    assert issued["token_type"] == "DPoP"
    assert set(served.verify(issued["access_token"]).claims["cnf"]) == {"jkt", "x5t#S256"}


def test_discovery_tells_what_the_settings_allow(served: World) -> None:
    usual = served.settings
    methods = {"tls_client_auth", "self_signed_tls_client_auth"}
    mtls = {"certificate_header": "X-Cert", "verified_header": "X-Verified"}
    for settings, offered, is_bound in (
        ({}, set(), False),
        ({"certificate_header": "X-Cert"}, {"self_signed_tls_client_auth"}, True),
        (mtls, methods, True),
    ):
        update = {"mtls": MutualTlsSettings(**settings)}
        document = metadata(usual.model_copy(update=update))
        for endpoint in ("token", "revocation", "introspection"):
            listed = set(document[f"{endpoint}_endpoint_auth_methods_supported"])
            assert listed & methods == offered
        assert document["tls_client_certificate_bound_access_tokens"] is is_bound
        assert "mtls_endpoint_aliases" not in document


def test_endpoints_have_another_address_where_certificates_are_asked_for(served: World) -> None:
    host = "https://mtls.example.gov.vn"
    with behind_proxy(served, url=host):
        document = at(served).get("/.well-known/openid-configuration").json()
        aliases = document["mtls_endpoint_aliases"]
        for name, address in aliases.items():
            assert address.removeprefix(host) == document[name].removeprefix(ISSUER)
        assert aliases["token_endpoint"] == f"{host}/token"
        headers = {**basic("rp", SECRET), "DPoP": proof(htu=aliases["token_endpoint"])}
        assert at(served).post("/token", data=MACHINE, headers=headers).status_code == 200
    headers = {**basic("rp", SECRET), "DPoP": proof(htu=f"{host}/token")}
    assert at(served).post("/token", data=MACHINE, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("names", "is_faultless"),
    [
        ({"tls_client_auth_subject_dn": SUBJECT}, True),
        ({"tls_client_auth_san_ip": "192.0.2.1"}, True),
        ({}, False),
        (NAMES, False),
        ({"tls_client_auth_subject_dn": "portal"}, False),
        ({"tls_client_auth_subject_dn": "CN=a\0b"}, False),
        ({"tls_client_auth_san_ip": "192.0.2"}, False),
        ({"tls_client_auth_san_dns": "a" * 501}, False),
    ],
)
def test_a_certificate_is_named_in_exactly_one_way(
    served: World, names: dict[str, str], is_faultless: bool
) -> None:
    declared = ClientMetadata(
        client_name="A",
        redirect_uris=(REDIRECT,),
        token_endpoint_auth_method=TLS_CLIENT_AUTH,
        **names,
    )
    assert (not find_faults(declared, issuer=served.settings.issuer)) is is_faultless


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(header=st.binary(max_size=300).filter(lambda sent: not {0, 10, 13} & set(sent)))
def test_garbage_is_refused_and_never_an_error_of_ours(served: World, header: bytes) -> None:
    fields = {**MACHINE, "client_id": "by-key"}
    for sent in (header, b":" + header + b":"):
        answer = at(served).post("/token", data=fields, headers=[(b"X-Cert", sent)])
        assert refusal_of(answer) == (401, "invalid_client")
