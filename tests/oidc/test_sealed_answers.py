"""Signed and encrypted userinfo, encrypted ID tokens: as the client registered (Core 5.3.2, 10)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from tests.oidc.conftest import ISSUER, Browser, World, answer_of
from tests.support.documents import Documents, serve_documents

RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa", "use": "enc"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
OTHERS = ECKey.generate_key("P-256", parameters={"kid": "ec"})
JWKS = KeySet([RSA, EC]).as_dict(private=False)
NAMES = [*jwe.JWERegistry.algorithms["alg"], *jwe.JWERegistry.algorithms["enc"]]
KINDS = [
    ("RSA-OAEP-256", "A128CBC-HS256", RSA),
    ("RSA-OAEP-256", "A256GCM", RSA),
    ("ECDH-ES", "A256GCM", EC),
    ("ECDH-ES+A256KW", "A128CBC-HS256", EC),
    ("ECDH-ES", "", EC),
]


@pytest.fixture(scope="module")
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


def opened(token: str, key: Key) -> tuple[dict[str, Any], str]:
    """Header and content of a JWE; raises when the key does not open it."""
    found = jwe.decrypt_compact(token, key, algorithms=NAMES)
    assert found.plaintext is not None
    return found.headers(), found.plaintext.decode()


def client(world: World, **values: Any) -> Browser:
    world.party(**{"jwks": JWKS, **values})
    return world.someone()


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_signed_userinfo(world: World, alg: str) -> None:
    browser = client(world, userinfo_signed_response_alg=alg)
    tokens = browser.redeem(browser.code()).json()
    answer = browser.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"] == "no-store"
    decoded = world.verify(answer.text)
    assert decoded.header["alg"] == alg
    assert (decoded.claims["iss"], decoded.claims["aud"]) == (ISSUER, "rp")
    assert decoded.claims["sub"] == world.verify(tokens["id_token"]).claims["sub"]
    assert decoded.claims["name"] == "Trần Thị Bình"


def test_signed_userinfo_is_no_id_token(world: World) -> None:
    browser = client(world, userinfo_signed_response_alg="RS256")
    tokens = browser.redeem(browser.code()).json()
    signed = browser.userinfo(tokens["access_token"]).text
    assert answer_of(browser.authorize(id_token_hint=signed))["error"] == "invalid_request"
    assert "code" in answer_of(browser.authorize(id_token_hint=tokens["id_token"]))
    assert browser.userinfo(signed).status_code == 401


@pytest.mark.parametrize(("alg", "enc", "key"), KINDS)
def test_an_encrypted_id_token_holds_the_signed_one(
    world: World, alg: str, enc: str, key: Key
) -> None:
    values = {"id_token_encrypted_response_alg": alg, "id_token_encrypted_response_enc": enc}
    browser = client(world, **values)
    tokens = browser.redeem(browser.code()).json()
    header, signed = opened(tokens["id_token"], key)
    assert header["alg"] == alg
    assert header["enc"] == (enc or "A128CBC-HS256")
    assert (header["cty"], header["kid"]) == ("JWT", key.kid)
    assert world.verify(signed).claims["nonce"] == "n0nce"
    assert "code" in answer_of(browser.authorize(id_token_hint=signed, prompt="none"))


@pytest.mark.parametrize("signing", ["", "ES256"])
@pytest.mark.parametrize(("alg", "enc", "key"), KINDS[:3])
def test_encrypted_userinfo(world: World, alg: str, enc: str, key: Key, signing: str) -> None:
    browser = client(
        world,
        userinfo_signed_response_alg=signing,
        userinfo_encrypted_response_alg=alg,
        userinfo_encrypted_response_enc=enc,
    )
    answer = browser.userinfo(browser.redeem(browser.code()).json()["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    header, content = opened(answer.text, key)
    claims = world.verify(content).claims if signing else json.loads(content)
    assert ("cty" in header) is bool(signing)
    assert claims["name"] == "Trần Thị Bình"


@pytest.mark.asvs("11.3.3")
def test_nobody_else_opens_it_and_nobody_alters_it(world: World) -> None:
    browser = client(world, id_token_encrypted_response_alg="ECDH-ES+A256KW")
    token = browser.redeem(browser.code()).json()["id_token"]
    head, wrapped, vector, content, tag = token.split(".")
    flipped = ("A" if content[0] != "A" else "B") + content[1:]
    bad = [
        (token, OTHERS),
        (token, RSA),
        (".".join([head, wrapped, vector, flipped, tag]), EC),
        (".".join([head, wrapped, vector, content, tag[::-1]]), EC),
        (".".join([head, wrapped[::-1], vector, content, tag]), EC),
        (".".join([head, wrapped, vector, content, ""]), EC),
    ]
    for altered, key in bad:
        with pytest.raises((JoseError, ValueError)):
            opened(altered, key)
    assert opened(token, EC)


def test_an_encrypted_token_is_not_taken_for_one_of_ours(world: World) -> None:
    browser = client(world, id_token_encrypted_response_alg="ECDH-ES")
    token = browser.redeem(browser.code()).json()["id_token"]
    assert answer_of(browser.authorize(id_token_hint=token))["error"] == "invalid_request"
    assert browser.userinfo(token).status_code == 401
    forged = jwe.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A256GCM"}, json.dumps({"iss": ISSUER}), EC, algorithms=NAMES
    )
    assert answer_of(browser.authorize(id_token_hint=forged))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "jwks",
    [
        None,
        {"keys": []},
        KeySet([RSA]).as_dict(private=False),
        KeySet([ECKey.generate_key("P-256", parameters={"use": "sig"})]).as_dict(private=False),
        KeySet([ECKey.generate_key("P-256", parameters={"alg": "ES256"})]).as_dict(private=False),
    ],
)
def test_without_a_key_nothing_is_sent_in_the_clear(world: World, jwks: Any) -> None:
    browser = client(world, id_token_encrypted_response_alg="ECDH-ES", jwks=jwks)
    refused = browser.redeem(browser.code())
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request"
    assert not {"id_token", "access_token"} & refused.json().keys()


def test_userinfo_without_a_key_is_not_sent_in_the_clear(world: World) -> None:
    browser = client(world, userinfo_encrypted_response_alg="ECDH-ES", jwks=None)
    tokens = browser.redeem(browser.code()).json()
    assert browser.userinfo(tokens["access_token"]).status_code == 400


def test_keys_behind_an_address_are_fetched_before_the_transaction(
    world: World, documents: Documents
) -> None:
    uri = documents.put("/jwks", json.dumps(JWKS))
    documents.asked.clear()
    browser = client(
        world,
        jwks=None,
        jwks_uri=uri,
        id_token_encrypted_response_alg="ECDH-ES",
        userinfo_encrypted_response_alg="RSA-OAEP-256",
    )
    tokens = browser.redeem(browser.code()).json()
    assert opened(tokens["id_token"], EC)
    assert opened(browser.userinfo(tokens["access_token"]).text, RSA)
    assert documents.asked == ["/jwks"]


def test_plain_answers_stay_plain(world: World) -> None:
    browser = client(world)
    tokens = browser.redeem(browser.code()).json()
    assert jwt.decode(tokens["id_token"], _published(world), algorithms=["RS256"]).claims
    answer = browser.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/json"


def _published(world: World) -> KeySet:
    return KeySet.import_key_set(world.browser().get("/jwks").json())
