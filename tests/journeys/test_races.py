"""Fifty threads at two served processes: a one-time thing has one winner, and nobody sees a 5xx."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.kit.db import make_engine, transaction
from tests.support.country import Country
from tests.support.people import add_agency, add_relying_party
from tests.support.postgres import Database
from tests.support.relying_party import TestParty
from tests.support.served import Served, served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

THREADS = 50


@pytest.fixture(scope="module")
def second_provider(module_database: Database, provider: Served) -> Iterator[Served]:
    """Another process of the same provider."""
    with served(module_database, issuer=provider.url) as second:
        yield second


@pytest.fixture
def party(provider: Served, country: Country) -> TestParty:
    return country.ministry(provider.url)


def get_code(visitor: Visitor, party: TestParty, country: Country) -> str:
    url = party.authorize_url(scope="openid offline_access", prompt="consent")
    page = visitor.open(url)
    if page.path.endswith("/identifier"):
        page = sign_in(visitor, page, country.citizen)
    return party.answer(agree(visitor, page).url)["code"]


def at_once(requests: list[httpx2.Request]) -> list[httpx2.Response]:
    def send(request: httpx2.Request) -> httpx2.Response:
        with httpx2.Client(timeout=30) as client:
            response = client.send(request)
            while response.status_code == 503:  # admission: told to come back, nothing was done
                response = client.send(request)
            return response

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(send, requests))


def requests_to(parties: list[str], party: TestParty, form: dict[str, str]) -> list[httpx2.Request]:
    with httpx2.Client(auth=(party.client_id, party.client_secret)) as client:
        return [
            client.build_request(
                "POST",
                f"{parties[i % len(parties)]}/token",
                data={
                    **form,
                    "client_id": party.client_id,
                },
                headers={"Authorization": _basic(party)},
            )
            for i in range(THREADS)
        ]


def _basic(party: TestParty) -> str:
    request = httpx2.Request("GET", party.issuer)
    signed = next(httpx2.BasicAuth(party.client_id, party.client_secret).auth_flow(request))
    return signed.headers["Authorization"]


def test_a_code_is_redeemed_once_and_its_replay_kills_every_token(
    provider: Served,
    second_provider: Served,
    country: Country,
    party: TestParty,
    visitor: Visitor,
) -> None:
    code = get_code(visitor, party, country)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": party.verifier,
    }
    answers = at_once(requests_to([provider.url, second_provider.url], party, form))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: THREADS - 1}
    refusals = {answer.json()["error"] for answer in answers if answer.status_code == 400}
    assert refusals == {"invalid_grant"}

    tokens = next(answer for answer in answers if answer.status_code == 200).json()
    assert party.userinfo(tokens["access_token"]).status_code == 401
    again = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_is_used_once_and_its_reuse_kills_the_family(
    provider: Served,
    second_provider: Served,
    country: Country,
    party: TestParty,
    visitor: Visitor,
) -> None:
    tokens = party.redeem(get_code(visitor, party, country)).json()
    control = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert control.status_code == 200
    form = {
        "grant_type": "refresh_token",
        "refresh_token": control.json()["refresh_token"],
    }
    answers = at_once(requests_to([provider.url, second_provider.url], party, form))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: THREADS - 1}
    winner = next(answer for answer in answers if answer.status_code == 200).json()
    again = party.token(grant_type="refresh_token", refresh_token=winner["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_of_one_pushed_request_comes_one_code(
    provider: Served,
    second_provider: Served,
    country: Country,
    party: TestParty,
    visitor: Visitor,
) -> None:
    get_code(visitor, party, country)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.client.cookies.jar)
    for _ in range(3):
        handle = party.push().json()["request_uri"]
        urls = [party.open_url(handle, at=each.url) for each in (provider, second_provider)]
        answers = at_once(
            [
                httpx2.Request("GET", urls[i % 2], headers={"Cookie": cookies})
                for i in range(THREADS)
            ]
        )
        sent_back = [
            party.answer(answer.headers["location"])
            for answer in answers
            if answer.status_code == 303
        ]
        assert {answer.status_code for answer in answers} <= {303, 400}
        assert all("code" in answer or "error" in answer for answer in sent_back)
        codes = [answer["code"] for answer in sent_back if "code" in answer]
        assert len(codes) == 1
        others = {answer["error"] for answer in sent_back if "error" in answer}
        assert others <= {"invalid_request_uri"}
        assert party.redeem(codes[0]).status_code == 200


def test_of_one_client_assertion_there_is_one_use(
    provider: Served, second_provider: Served, module_database: Database
) -> None:
    key = ECKey.generate_key("P-256", parameters={"kid": "races"})
    engine = make_engine(module_database.app_url)
    with transaction(engine) as db:
        party = add_relying_party(db, client_id="signing-party", agency=add_agency(db, code="G98"))
        party.token_endpoint_auth_method = "private_key_jwt"
        party.jwks = {"keys": [key.as_dict(private=False)]}
    engine.dispose()
    for number in range(3):
        claims = {
            **dict.fromkeys(("iss", "sub"), "signing-party"),
            "aud": provider.url,
            "jti": f"only-once-{number}",
            "exp": int(time.time()) + 60,
        }
        form = {
            "token": "unknown",
            "client_assertion": jwt.encode({"alg": "ES256", "kid": "races"}, claims, key),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        addresses = [f"{each.url}/introspect" for each in (provider, second_provider)]
        answers = at_once(
            [httpx2.Request("POST", addresses[i % 2], data=form) for i in range(THREADS)]
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 401: THREADS - 1}


def test_of_one_dpop_proof_there_is_one_use(
    provider: Served, second_provider: Served, party: TestParty
) -> None:
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    form = {"grant_type": "client_credentials"}
    for number in range(3):
        claims = {
            "htm": "POST",
            "htu": f"{provider.url}/token",
            "iat": int(time.time()),
            "jti": f"only-once-{number}",
        }
        requests = requests_to([provider.url, second_provider.url], party, form)
        proof = jwt.encode(header, claims, key)
        for request in requests:
            request.headers["DPoP"] = proof
        answers = at_once(requests)
        assert Counter(answer.status_code for answer in answers) == {200: 1, 400: THREADS - 1}
        refusals = {answer.json()["error"] for answer in answers if answer.status_code == 400}
        assert refusals == {"invalid_dpop_proof"}
