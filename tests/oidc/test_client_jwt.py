"""What clients sign: each name in it once, and nothing twice, however it is written anew."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from idp.kit import clock
from idp.kit.secrets import new_token
from idp.relying_parties.grant_types import JWT_BEARER
from tests.oidc.conftest import ISSUER, REDIRECT, SECRET, Browser, World, answer_of, basic
from tests.oidc.dpop import KEY, proof
from tests.oidc.test_private_key_jwt import assertion, fields_of, machine
from tests.support.documents import Documents, serve_documents

OWN = ECKey.generate_key("P-256", parameters={"kid": "own"})
JWKS = KeySet([OWN]).as_dict(private=False)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256."""
GOOD = "consent_required"
"""What a request object gets that passes every check: nobody agreed with the client."""
Values = dict[str, Any]


def written(values: Values, *, twice: str = "") -> str:
    """JSON in which one name stands twice, the value that counts by order last.

    `a.b` is the name `b` of the member `a`.
    """
    name, _, inner = twice.partition(".")
    members = [
        f"{json.dumps(key)}:"
        + (written(value, twice=inner) if key == name and inner else json.dumps(value))
        for key, value in values.items()
    ]
    first = [f'{json.dumps(name)}:"another"'] if name and not inner else []
    return "{" + ",".join([*first, *members]) + "}"


def signed(
    claims: Values,
    *,
    header: Values | None = None,
    head: str = "",
    body: str = "",
) -> str:
    """A JWT whose header says `head` twice, and whose payload `body`."""
    of_key = {"alg": "ES256", "kid": OWN.kid} if header is None else header
    texts = (written(of_key, twice=head), written(claims, twice=body))
    said = ".".join(encoded(text.encode()) for text in texts)
    return f"{said}.{encoded(JWSRegistry.algorithms['ES256'].sign(said.encode(), OWN))}"


def mirrored(token: str) -> str:
    """The same with the signature (r, n-s): whoever saw the token can make it, without a key."""
    said, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    return f"{said}.{encoded(raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32))}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def now() -> int:
    return int(clock.now().timestamp())


def assertion_claims() -> Values:
    claims = {"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": new_token()}
    return {**claims, "iat": now(), "exp": now() + 60}


def object_claims() -> Values:
    claims = {"iss": "signer", "aud": ISSUER, "exp": now() + 60, "state": "inside"}
    return {**claims, "claims": {"id_token": {"name": None}}}


def proof_claims() -> Values:
    return {"htm": "POST", "htu": f"{ISSUER}/token", "jti": new_token(128), "iat": now()}


PROOF_HEADER = {"alg": "ES256", "typ": "dpop+jwt", "jwk": OWN.as_dict(private=False)}


@pytest.fixture(scope="module")
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


@pytest.fixture(scope="module")
def browser(shared_world: World, documents: Documents) -> Browser:
    """Someone signed in; `signer` signs whatever a client may, `remote` has its keys elsewhere."""
    own: Values = {"token_endpoint_auth_method": "private_key_jwt", "client_secret_hash": None}
    grants = ["authorization_code", "client_credentials", JWT_BEARER]
    shared_world.party("signer", jwks=JWKS, grant_types=grants, **own)
    shared_world.party("remote", jwks_uri=f"{documents.url}/twice", **own)
    return shared_world.someone()


def authenticates(browser: Browser, token: str) -> bool:
    return machine(browser, token).status_code == 200


def is_granted(browser: Browser, token: str) -> bool:
    fields = {"grant_type": JWT_BEARER, "assertion": token}
    return browser.client.post("/token", data=fields).status_code == 200


def is_asked(browser: Browser, token: str) -> bool:
    sent = browser.authorize(client_id="signer", prompt="none", request=token)
    return answer_of(sent)["error"] == GOOD


def is_pushed(browser: Browser, token: str) -> bool:
    own = fields_of(signed(assertion_claims()))
    fields = {"client_id": "signer", "redirect_uri": REDIRECT, "request": token, **own}
    return "invalid_request_object" not in browser.client.post("/par", data=fields).text


def is_bound(browser: Browser, token: str) -> bool:
    return show_proof(browser, token).status_code == 200


def show_proof(browser: Browser, token: str) -> Response:
    headers = {**basic("rp", SECRET), "DPoP": token}
    return browser.client.post("/token", data={"grant_type": "client_credentials"}, headers=headers)


Use = Callable[[Browser, str], bool]
TWICE: dict[str, tuple[Use, Callable[[], Values], Values | None, tuple[str, ...]]] = {
    "an assertion": (authenticates, assertion_claims, None, ("aud", "jti", "exp")),
    "an assertion for a grant": (is_granted, assertion_claims, None, ("aud", "sub")),
    "a request object": (is_asked, object_claims, None, ("state", "iss", "claims.id_token")),
    "an object that is pushed": (is_pushed, object_claims, None, ("aud", "claims.id_token")),
    "a proof": (is_bound, proof_claims, PROOF_HEADER, ("htu", "jti")),
}
HEADS = {"a proof": ("alg", "typ", "jwk", "jwk.x")}


@pytest.mark.parametrize("what", TWICE)
def test_a_name_that_stands_twice_in_what_a_client_signs_is_refused(
    browser: Browser, what: str
) -> None:
    """G26: of two values others, a log or a proxy, might read the other one (RFC 7519 4)."""
    is_taken, claims, header, names = TWICE[what]
    for name in names:
        assert not is_taken(browser, signed(claims(), header=header, body=name)), name
    for name in HEADS.get(what, ("alg", "kid")):
        assert not is_taken(browser, signed(claims(), header=header, head=name)), name
    assert is_taken(browser, signed(claims(), header=header))


def test_a_key_set_in_which_a_name_stands_twice_is_not_read(
    browser: Browser, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G26: the keys at hand go on."""
    moment = [1000.0]
    monkeypatch.setattr("idp.relying_parties.client_keys.time.monotonic", lambda: moment[0])
    own = {"iss": "remote", "sub": "remote"}
    other = ECKey.generate_key("P-256", parameters={"kid": "other"})
    documents.put("/twice", "\ufeff" + json.dumps(JWKS))
    assert authenticates(browser, assertion(OWN, **own)), "a byte order mark is no harm"
    [of_other] = KeySet([other]).as_dict(private=False)["keys"]
    for text in (
        f'{{"keys":{json.dumps(JWKS["keys"])},"keys":[{json.dumps(of_other)}]}}',
        f'{{"keys":[{written(of_other, twice="kty")}]}}',
    ):
        documents.put("/twice", text)
        moment[0] += 61
        assert not authenticates(browser, assertion(other, **own))
        assert authenticates(browser, assertion(OWN, **own))
    documents.put("/twice", json.dumps({"keys": [of_other]}))
    moment[0] += 61
    assert authenticates(browser, assertion(other, **own))


def test_a_signature_is_no_name_of_what_it_signs(browser: Browser) -> None:
    """G26: (r, n-s) is as good as (r, s) (FIPS 186-5), and is accepted once with it.

    Half of all honest signatures are the greater of the two, so neither can be refused.
    """
    for use in (authenticates, is_granted):
        for first, second in ((lambda t: t, mirrored), (mirrored, lambda t: t)):
            token = signed(assertion_claims())
            assert token != mirrored(token)
            assert use(browser, first(token))
            assert not use(browser, second(token))
    token = proof(KEY)
    assert is_bound(browser, token)
    assert not is_bound(browser, mirrored(token))
    assert is_bound(browser, mirrored(proof(KEY)))


def test_a_pushed_object_is_worth_a_request_each_time_a_code_once(browser: Browser) -> None:
    """G26: nothing is kept by the bytes of an object: pushed again it is another request."""
    token = signed(object_claims())
    assert is_pushed(browser, token)
    assert is_pushed(browser, mirrored(token))


def test_our_own_tokens_are_known_by_what_they_say(browser: Browser) -> None:
    """G26: a revoked access token stays revoked, whichever of its signatures it bears."""
    answer = browser.client.post(
        "/token", data={"grant_type": "client_credentials"}, headers=basic("rp", SECRET)
    )
    token = answer.json()["access_token"]

    def is_active(presented: str) -> bool:
        asked = {"token": presented}
        told = browser.client.post("/introspect", data=asked, headers=basic("rp", SECRET))
        return bool(told.json()["active"])

    assert is_active(token)
    assert is_active(mirrored(token))
    browser.client.post("/revoke", data={"token": mirrored(token)}, headers=basic("rp", SECRET))
    assert not is_active(token)
    assert not is_active(mirrored(token))
