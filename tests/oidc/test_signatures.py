"""Reading back what we signed: whatever else is presented is nothing, never an error."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from idp.kit import clock
from idp.oidc.formats.jose import read_own, sign
from tests.oidc.conftest import ISSUER, World


def encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2")
def test_only_tokens_of_ours_of_the_right_type_are_read(shared_world: World) -> None:
    keys = shared_world.part.signing_keys
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {"iss": ISSUER, "iat": now, "exp": now + 60}
    good = sign(keys, claims, alg="ES256")
    assert read_own(keys, good, typ="JWT", issuer=ISSUER) == claims
    assert read_own(keys, good, typ="at+jwt", issuer=ISSUER) is None
    assert read_own(keys, good, typ="JWT", issuer="https://other.example") is None

    expired = sign(keys, {**claims, "exp": now - 60}, alg="RS256")
    assert read_own(keys, expired, typ="JWT", issuer=ISSUER) is None
    assert read_own(keys, expired, typ="JWT", issuer=ISSUER, may_be_expired=True) is not None
    eternal = sign(keys, {"iss": ISSUER, "iat": now}, alg="ES256")
    assert read_own(keys, eternal, typ="JWT", issuer=ISSUER) is None

    _, payload, signature = good.split(".")
    kids = {alg: keys.signing_key(alg).kid for alg in ("RS256", "ES256")}
    headers: tuple[object, ...] = (
        *({"alg": "none"}, {"alg": "none", "kid": kids["ES256"]}, {}, [], "alg", 1, None),
        *({"alg": "RS256", "kid": kids["ES256"]}, {"alg": "ES256", "kid": kids["RS256"]}),
        *({"alg": "HS256", "kid": kids["ES256"]}, {"alg": []}, {"alg": {"a": 1}}, {"alg": None}),
        *({"alg": "ES256", "kid": "nobody"}, {"alg": "ES256", "kid": 1}, {"alg": "ES256"}),
        *({"alg": "ES256", "crit": ["exp"]}, {"alg": "ES256", "b64": False, "crit": ["b64"]}),
        {"alg": "ES256", "typ": "JWT", "kid": kids["ES256"], "jwk": {"kty": "oct", "k": "eA"}},
    )
    for header in headers:
        forged = f"{encoded(header)}.{payload}.{signature}"
        assert read_own(keys, forged, typ="JWT", issuer=ISSUER) is None, header


def test_garbage_is_nothing(shared_world: World) -> None:
    for text in ("", ".", "..", "....", "é.é.é", "a.b.c", "\x00", "[" * 9000):
        assert read_own(shared_world.part.signing_keys, text, typ="JWT", issuer=ISSUER) is None
