"""DPoP (RFC 9449): what is accepted, and each thing that is not, beside it."""

import base64
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc.jwk import OctKey, RSAKey

from idp.kit import clock
from idp.kit.secrets import new_token
from idp.oidc.client_jwt import read_jwt
from idp.oidc.dpop import LIFETIME_SECONDS, NONCE_SECONDS
from idp.oidc.part import OidcPart
from idp.settings.protocol import DpopSettings
from tests.oidc.conftest import (
    ISSUER,
    SECRET,
    Browser,
    World,
    answer_of,
    basic,
)
from tests.oidc.dpop import ED25519, KEY, OTHER, RSA, ath_of, proof
from tests.oidc.test_token import CODE_FIELDS, offline_code, signed_in
from tests.support.app import changed_part
from tests.support.statements import statements

pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
Maker = Callable[[], str]
SYMMETRIC = OctKey.generate_key(256)
with warnings.catch_warnings(action="ignore"):
    WEAK = RSAKey.generate_key(1024)
MACHINE = {"grant_type": "client_credentials"}


def token(browser: Browser, *proofs: str, client_id: str = "rp", **fields: str) -> Response:
    """POST /token with those proofs, by client_secret_basic."""
    headers = [*basic(client_id, SECRET).items(), *(("DPoP", sent) for sent in proofs)]
    return browser.client.post("/token", data=fields or MACHINE, headers=headers)


def redeem(browser: Browser, *proofs: str, **changes: str | None) -> Response:
    return token(browser, *proofs, **CODE_FIELDS, code=browser.code(**changes))


def userinfo(
    browser: Browser, access_token: str, *proofs: str, scheme: str = "DPoP", method: str = "GET"
) -> Response:
    headers = [("Authorization", f"{scheme} {access_token}"), *(("DPoP", p) for p in proofs)]
    return browser.client.request(method, "/userinfo", headers=headers)


def seen(access_token: str, key: Any = KEY, **changes: Any) -> str:
    """A proof for GET /userinfo."""
    return proof(key, path="/userinfo", token=access_token, **{"htm": "GET", **changes})


def refusal_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def seconds_from_now(seconds: float) -> float:
    return clock.now().timestamp() + seconds


@contextmanager
def demanding_nonces(world: World) -> Iterator[None]:
    with changed_part(world.app, OidcPart, dpop=DpopSettings(nonces_required=True)):
        yield


@pytest.fixture(scope="module")
def browser(shared_world: World) -> Browser:
    """Someone signed in who agreed to everything with the client `rp`."""
    return shared_world.someone()


@pytest.mark.parametrize(
    "make",
    [
        proof,
        lambda: proof(RSA, alg="PS256"),
        lambda: proof(ED25519, alg="EdDSA"),
        lambda: proof(htu="HTTP://LOCALHOST:8000/token"),
        lambda: proof(htu=f"{ISSUER}/token?a=b#c"),
        lambda: proof(htu=f"{ISSUER}/%74o%6Ben"),
        lambda: proof(htu=f"{ISSUER}/./userinfo/../token"),
        lambda: proof(iat=seconds_from_now(9)),
        lambda: proof(iat=seconds_from_now(-LIFETIME_SECONDS)),
        lambda: proof(header={"typ": "DPoP+JWT"}),
        lambda: proof(header={"typ": "application/dpop+jwt"}),
        lambda: proof(header={"unheard-of": 1}, unheard_of=1, nbf=1, exp=1),
    ],
)
def test_a_proof_binds_the_token_to_its_key(browser: Browser, make: Maker) -> None:
    sent = make()
    answer = token(browser, sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    key = (read_jwt(sent) or pytest.fail("no JWT")).header["jwk"]
    jkt = next(k.thumbprint() for k in (KEY, RSA, ED25519) if k.as_dict(private=False) == key)
    claims = browser.world.verify(answer.json()["access_token"]).claims
    assert claims["cnf"] == {"jkt": jkt}


def test_without_a_proof_a_token_is_anybody_s(browser: Browser) -> None:
    answer = token(browser).json()
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in browser.world.verify(answer["access_token"]).claims


REFUSED: dict[str, Maker] = {
    "another key than it shows": lambda: proof(header={"jwk": OTHER.as_dict(private=False)}),
    "a private key shown": lambda: proof(header={"jwk": KEY.as_dict(private=True)}),
    "a weak key": lambda: proof(WEAK, alg="PS256"),
    "a shared secret": lambda: proof(SYMMETRIC, alg="HS256", header={"jwk": SYMMETRIC.as_dict()}),
    "no signature": lambda: proof(alg="none").rstrip("."),
    "an algorithm not offered": lambda: proof(RSA, alg="RS256"),
    "another type": lambda: proof(header={"typ": "JWT"}),
    "another media type": lambda: proof(header={"typ": "text/dpop+jwt"}),
    "no type": lambda: proof(header={"typ": None}),
    "no key": lambda: proof(header={"jwk": None}),
    "a key without parts": lambda: proof(header={"jwk": {"kty": "EC"}}),
    "another method": lambda: proof(htm="GET"),
    "the method in lower case": lambda: proof(htm="post"),
    "no method": lambda: proof(htm=None),
    "another path": lambda: proof(path="/userinfo"),
    "a path that goes on": lambda: proof(path="/token/"),
    "a path that goes up": lambda: proof(path="/token/.."),
    "a slash that is none": lambda: proof(htu=f"{ISSUER}%2Ftoken"),
    "an encoded slash": lambda: proof(path="/%2Ftoken"),
    "another host": lambda: proof(htu="http://evil.example:8000/token"),
    "another port": lambda: proof(htu="http://localhost/token"),
    "another scheme": lambda: proof(htu="https://localhost:8000/token"),
    "a port that is none": lambda: proof(htu="http://localhost:99999999/token"),
    "a name before the host": lambda: proof(htu="http://a@localhost:8000/token"),
    "an address that is a number": lambda: proof(htu=7),
    "no address": lambda: proof(htu=None),
    "made long ago": lambda: proof(iat=seconds_from_now(-LIFETIME_SECONDS - 11)),
    "made in the future": lambda: proof(iat=seconds_from_now(12)),
    "no time": lambda: proof(iat=None),
    "a time that is text": lambda: proof(iat=str(int(seconds_from_now(0)))),
    "no jti": lambda: proof(jti=None),
    "an empty jti": lambda: proof(jti=""),
    "a jti that is a number": lambda: proof(jti=7),
    "an endless jti": lambda: proof(jti="j" * 501),
    "a nonce that is a number": lambda: proof(nonce=7),
    "altered": lambda: proof()[:-6] + "AAAAAA",
    "endless": lambda: proof(jti="j" * 5000),
    "no JWT": lambda: "not.a.jwt",
    "empty": lambda: "",
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_proof_is_refused(browser: Browser, make: Maker) -> None:
    assert refusal_of(token(browser, make())) == (400, "invalid_dpop_proof")
    assert token(browser, proof()).status_code == 200


def test_two_proofs_are_refused(browser: Browser) -> None:
    assert refusal_of(token(browser, proof(), proof())) == (400, "invalid_dpop_proof")
    assert refusal_of(token(browser, f"{proof()}, {proof()}")) == (400, "invalid_dpop_proof")
    assert token(browser, proof()).status_code == 200


def test_a_proof_is_accepted_once_wherever_it_is_shown(browser: Browser) -> None:
    jti = new_token()
    assert token(browser, proof(jti=jti)).status_code == 200
    assert refusal_of(token(browser, proof(jti=jti))) == (400, "invalid_dpop_proof")
    assert token(browser, proof(OTHER, jti=jti)).status_code == 200


def test_a_proof_is_used_up_by_a_request_that_is_then_refused(browser: Browser) -> None:
    sent = proof()
    fields = {**MACHINE, "scope": "unknown"}
    assert refusal_of(token(browser, sent, **fields)) == (400, "invalid_scope")
    assert refusal_of(token(browser, sent)) == (400, "invalid_dpop_proof")


@pytest.mark.asvs("4.1.3")
def test_the_host_header_says_nothing_about_where_we_are(browser: Browser) -> None:
    def at(host: str, htu: str) -> int:
        headers = {**basic("rp", SECRET), "DPoP": proof(htu=htu), "Host": host}
        return browser.client.post("/token", data=MACHINE, headers=headers).status_code

    assert at("evil.example", "http://evil.example/token") == 400
    assert at("evil.example", f"{ISSUER}/token") == 200


def test_a_client_may_register_that_its_tokens_are_bound(browser: Browser) -> None:
    browser.world.party("bound", dpop_bound_access_tokens=True)
    assert refusal_of(token(browser, client_id="bound")) == (400, "invalid_request")
    assert token(browser, proof(), client_id="bound").status_code == 200


def test_a_bound_code_is_redeemed_with_its_key_only(browser: Browser) -> None:
    jkt = KEY.thumbprint()
    assert redeem(browser, proof(), dpop_jkt=jkt).json()["token_type"] == "DPoP"
    for proofs in ((), (proof(OTHER),)):
        assert refusal_of(redeem(browser, *proofs, dpop_jkt=jkt)) == (400, "invalid_grant")
    assert redeem(browser, proof(OTHER)).status_code == 200
    for bad in ("x", f"{jkt}=", jkt[:-1] + "é"):
        assert answer_of(browser.authorize(dpop_jkt=bad))["error"] == "invalid_request"


def test_userinfo_answers_whoever_shows_the_key(browser: Browser) -> None:
    issued = redeem(browser, proof()).json()["access_token"]
    answer = userinfo(browser, issued, seen(issued))
    assert answer.status_code == 200, answer.text
    assert "dpop-nonce" not in answer.headers
    posted = userinfo(browser, issued, seen(issued, htm="POST"), method="POST")
    assert posted.json() == answer.json()
    assert userinfo(browser, issued, seen(issued), scheme="dpop").status_code == 200


def test_userinfo_refuses_any_other_proof(browser: Browser) -> None:
    issued = redeem(browser, proof()).json()["access_token"]
    another = redeem(browser, proof()).json()["access_token"]
    used = seen(issued)
    assert userinfo(browser, issued, used).status_code == 200
    for proofs in (
        (),
        (used,),
        (seen(issued), seen(issued)),
        (seen(another),),
        (seen(issued, ath=None),),
        (seen(issued, ath=ath_of("x")),),
        (seen(issued, htu=f"{ISSUER}/token"),),
        (seen(issued, htm="POST"),),
        (seen(issued, iat=seconds_from_now(-100)),),
        ("x",),
    ):
        refused = userinfo(browser, issued, *proofs)
        assert refusal_of(refused) == (401, "invalid_dpop_proof"), proofs
        assert refused.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof"')
    assert refusal_of(userinfo(browser, issued, seen(issued, OTHER))) == (401, "invalid_token")
    assert userinfo(browser, issued, seen(issued)).status_code == 200


def test_a_token_is_presented_under_the_scheme_it_was_issued_for(browser: Browser) -> None:
    bound = redeem(browser, proof()).json()["access_token"]
    free = redeem(browser).json()["access_token"]
    as_bearer = userinfo(browser, bound, seen(bound), scheme="Bearer")
    in_form = browser.client.post("/userinfo", data={"access_token": bound})
    for refused in (as_bearer, in_form, userinfo(browser, free, seen(free))):
        assert refusal_of(refused) == (401, "invalid_token")
        challenge = refused.headers["www-authenticate"]
        assert challenge.startswith("DPoP ")
        assert 'algs="ES256 PS256 EdDSA"' in challenge
    assert userinfo(browser, bound, seen(bound)).status_code == 200
    assert userinfo(browser, free, scheme="Bearer").status_code == 200


PUBLIC = {
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "client_secret_hash": None,
    "grant_types": ["authorization_code", "refresh_token"],
}


def test_a_public_client_s_refresh_token_is_bound_to_its_key(world: World) -> None:
    _, browser = signed_in(world, **PUBLIC)

    def post(*proofs: str, **fields: str) -> Response:
        headers = [("DPoP", sent) for sent in proofs]
        return browser.client.post("/token", data={"client_id": "rp", **fields}, headers=headers)

    def refresh(token: str, *proofs: str) -> Response:
        return post(*proofs, grant_type="refresh_token", refresh_token=token)

    first = post(proof(), **CODE_FIELDS, code=offline_code(browser)).json()["refresh_token"]
    for proofs in ((), (proof(OTHER),)):
        assert refusal_of(refresh(first, *proofs)) == (400, "invalid_grant")
    answer = refresh(first, proof())
    assert answer.status_code == 200, "what a thief tried has spent nothing"
    assert "refresh_token" not in answer.json(), "the one there is goes on"
    assert refusal_of(refresh(first, proof(OTHER))) == (400, "invalid_grant")
    assert refresh(first, proof()).json()["token_type"] == "DPoP"


def test_a_confidential_client_may_change_its_key(world: World) -> None:
    _, browser = signed_in(world)
    first = token(browser, proof(), **CODE_FIELDS, code=offline_code(browser)).json()
    refreshing = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    renewed = token(browser, proof(OTHER), **refreshing).json()
    claims = world.verify(renewed["access_token"]).claims
    assert claims["cnf"] == {"jkt": OTHER.thumbprint()}


def test_introspection_says_what_a_token_is_bound_to(browser: Browser) -> None:
    for proofs, kind, cnf in (
        ((proof(),), "DPoP", {"jkt": KEY.thumbprint()}),
        ((), "Bearer", None),
    ):
        issued = token(browser, *proofs).json()["access_token"]
        said = browser.client.post(
            "/introspect", data={"token": issued}, headers=basic("rp", SECRET)
        ).json()
        assert (said["token_type"], said.get("cnf")) == (kind, cnf)


def test_a_bound_token_is_revoked_like_any_other(browser: Browser) -> None:
    issued = redeem(browser, proof()).json()["access_token"]
    assert userinfo(browser, issued, seen(issued)).status_code == 200
    sent = browser.client.post("/revoke", data={"token": issued}, headers=basic("rp", SECRET))
    assert sent.status_code == 200
    assert refusal_of(userinfo(browser, issued, seen(issued))) == (401, "invalid_token")


def test_a_nonce_is_demanded_and_handed_out(browser: Browser) -> None:
    with demanding_nonces(browser.world):
        refused = token(browser, proof())
        assert refusal_of(refused) == (400, "use_dpop_nonce")
        nonce = refused.headers["dpop-nonce"]
        assert refused.headers["access-control-expose-headers"].startswith("DPoP-Nonce")
        answer = redeem(browser, proof(nonce=nonce))
        assert answer.status_code == 200
        assert "dpop-nonce" not in answer.headers
        issued = answer.json()["access_token"]
        for bad in (seen(issued), seen(issued, nonce="made-up")):
            refused = userinfo(browser, issued, bad)
            assert refusal_of(refused) == (401, "use_dpop_nonce")
            assert 'DPoP error="use_dpop_nonce"' in refused.headers["www-authenticate"]
            assert refused.headers["dpop-nonce"] == nonce
        assert userinfo(browser, issued, seen(issued, nonce=nonce)).status_code == 200


def test_a_nonce_grows_old_after_the_next_was_handed_out(browser: Browser) -> None:
    with demanding_nonces(browser.world):
        nonce = token(browser, proof()).headers["dpop-nonce"]
        with clock.shifted(timedelta(seconds=NONCE_SECONDS)):
            answer = token(browser, proof(nonce=nonce))
            assert answer.status_code == 200
            newer = answer.headers["dpop-nonce"]
            assert newer != nonce
            assert "dpop-nonce" not in token(browser, proof(nonce=newer)).headers
        with clock.shifted(timedelta(seconds=2 * NONCE_SECONDS)):
            refused = token(browser, proof(nonce=nonce))
            assert refusal_of(refused) == (400, "use_dpop_nonce")
            assert token(browser, proof(nonce=newer)).status_code == 200


def test_a_nonce_that_nobody_demanded_is_looked_at_all_the_same(browser: Browser) -> None:
    refused = token(browser, proof(nonce="made-up"))
    assert refusal_of(refused) == (400, "use_dpop_nonce")
    assert token(browser, proof(nonce=refused.headers["dpop-nonce"])).status_code == 200


def test_a_wanted_nonce_is_no_news_for_the_journal(world: World) -> None:
    world.party()
    with demanding_nonces(world):
        assert token(world.browser(), proof()).status_code == 400
    assert world.events("token.refused") == []
    assert token(world.browser(), proof(htm="GET")).status_code == 400
    assert [row.reason for row in world.events("token.refused")] == ["invalid_dpop_proof"]


def test_browsers_may_send_a_proof_from_any_origin(browser: Browser) -> None:
    allowed = browser.client.options("/token").headers["access-control-allow-headers"]
    assert "DPoP" in allowed.split(", ")


def test_a_proof_costs_one_statement(browser: Browser) -> None:
    world = browser.world
    token(browser)
    with statements(world.engine) as sent:
        assert token(browser).status_code == 200
    assert sent == []
    with statements(world.engine) as sent:
        assert token(browser, proof()).status_code == 200
    assert len(sent) == 1, sent
    issued = redeem(browser, proof()).json()["access_token"]
    with statements(world.engine) as sent:
        assert userinfo(browser, issued, seen(issued)).status_code == 200
    assert len(sent) <= 3, sent


def signed_with(header: dict[str, Any]) -> bytes:
    parts = [{"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.as_dict(private=False), **header}, {}]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    return b".".join([*encoded, b"AAAA"])


HEADERS = st.one_of(
    st.binary(max_size=300).filter(lambda sent: not {0, 10, 13} & set(sent)),
    st.dictionaries(
        st.sampled_from(["typ", "alg", "jwk", "crit", "b64", "kid", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=10,
        ),
    ).map(signed_with),
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(header=HEADERS)
def test_garbage_is_refused_and_never_an_error_of_ours(browser: Browser, header: bytes) -> None:
    headers = [(n.encode(), v.encode()) for n, v in basic("rp", SECRET).items()]
    answer = browser.client.post("/token", data=MACHINE, headers=[*headers, (b"DPoP", header)])
    assert refusal_of(answer) == (400, "invalid_dpop_proof")
