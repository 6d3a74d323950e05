"""Fifty threads at two served processes: a one-time thing has one winner, and nobody sees a 5xx.

`make races` runs 200 rounds of each kind; another run as many as fit into a few seconds.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import Engine, insert, select

from idp.kit.db import table_of, transaction
from idp.kit.secrets import new_token
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.tokens.models import Grant
from idp.tokens.refresh import store_refresh_token
from tests.support.country import Country
from tests.support.people import add_agency, add_relying_party
from tests.support.races import Answer, Racers, Use, race
from tests.support.relying_party import TestParty
from tests.support.served import Served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

KEY = ECKey.generate_key("P-256", parameters={"kid": "races"})
SIGNER, KIOSK = "signing-party", "kiosk"
_grants = table_of(Grant)
_numbers = count()


@dataclass(frozen=True)
class Field:
    """Where the races are run: two processes, and a person who is signed in and has agreed."""

    party: TestParty
    visitor: Visitor
    engine: Engine

    def post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        """A request of the party's, over a connection that stays open."""
        url = f"{self.party.issuer}{path}"
        return self.visitor.client.post(url, data=form, headers=self.basic)

    @property
    def basic(self) -> dict[str, str]:
        """How the party authenticates."""
        signed = httpx2.BasicAuth(self.party.client_id, self.party.client_secret)
        request = next(signed.auth_flow(httpx2.Request("GET", self.party.issuer)))
        return {"Authorization": request.headers["Authorization"]}


@pytest.fixture(scope="module")
def races(patient: Served, country: Country, engine: Engine) -> Iterator[Field]:
    with transaction(engine) as db:
        signer = add_relying_party(db, client_id=SIGNER, agency=add_agency(db, code="G98"))
        signer.token_endpoint_auth_method = "private_key_jwt"
        signer.jwks = {"keys": [KEY.as_dict(private=False)]}
        kiosk = add_relying_party(db, client_id=KIOSK, agency=add_agency(db, code="G97"))
        kiosk.token_endpoint_auth_method, kiosk.grant_types = "none", [DEVICE_CODE]
    visitor, party = Visitor(stop_at=("https://rp.example/",)), country.ministry(patient.url)
    page = visitor.open(party.authorize_url(scope="openid offline_access", prompt="consent"))
    agree(visitor, sign_in(visitor, page, country.citizen))
    yield Field(party, visitor, engine)
    visitor.close()


def redeeming(races: Field, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": races.party.redirect_uri,
        "code_verifier": races.party.verifier,
    }


def use_code(races: Field) -> Use:
    answer = races.visitor.client.get(races.party.authorize_url())
    code = races.party.answer(answer.headers["location"])["code"]
    return Use("/token", redeeming(races, code), races.basic)


def access_token_is_dead(races: Field, won: Answer) -> None:
    bearer = {"Authorization": f"Bearer {json.loads(won.body)['access_token']}"}
    url = f"{races.party.issuer}/userinfo"
    assert races.visitor.client.get(url, headers=bearer).status_code == 401


def use_refresh_token(races: Field) -> Use:
    """Of a grant of its own, like the one made first: the one before was ended by the race."""
    token, grant_id = new_token(), uuid4()
    with transaction(races.engine) as db:
        like = db.execute(select(_grants).order_by(_grants.c.created_at).limit(1)).one()
        offline = {"scope": "openid offline_access", "is_offline": True, "revoked_at": None}
        db.execute(insert(_grants), {**like._asdict(), **offline, "id": grant_id})
        lasting = timedelta(hours=1)
        store_refresh_token(
            db, token=token, grant_id=grant_id, generation=1, lifetime=lasting, total=lasting
        )
    return Use("/token", {"grant_type": "refresh_token", "refresh_token": token}, races.basic)


def family_is_dead(races: Field, won: Answer) -> None:
    successor = json.loads(won.body)["refresh_token"]
    again = races.post("/token", {"grant_type": "refresh_token", "refresh_token": successor})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    access_token_is_dead(races, won)


def use_pushed_request(races: Field) -> Use:
    asked = dict(parse_qsl(urlsplit(races.party.authorize_url()).query))
    handle = races.post("/par", asked).json()["request_uri"]
    url = urlsplit(races.party.open_url(handle))
    cookies = "; ".join(f"{one.name}={one.value}" for one in races.visitor.client.cookies.jar)
    return Use(f"{url.path}?{url.query}", headers={"Cookie": cookies})


def code_is_good(races: Field, won: Answer) -> None:
    code = races.party.answer(won.location)["code"]
    assert races.post("/token", redeeming(races, code)).status_code == 200


def use_assertion(races: Field) -> Use:
    now = int(time.time())
    claims = {"aud": races.party.issuer, "jti": f"only-once-{next(_numbers)}", "exp": now + 60}
    by = {"iss": SIGNER, "sub": SIGNER}
    form = {
        "token": "unknown",
        "client_assertion": jwt.encode({"alg": "ES256", "kid": "races"}, {**claims, **by}, KEY),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    return Use("/introspect", form)


def use_dpop_proof(races: Field) -> Use:
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": KEY.as_dict(private=False)}
    claims = {"htm": "POST", "htu": f"{races.party.issuer}/token", "iat": int(time.time())}
    proof = jwt.encode(header, {**claims, "jti": f"only-once-{next(_numbers)}"}, KEY)
    form = {"grant_type": "client_credentials"}
    return Use("/token", form, {**races.basic, "DPoP": proof})


def use_device_code(races: Field) -> Use:
    form = {"client_id": KIOSK, "scope": "openid"}
    codes = httpx2.post(f"{races.party.issuer}/device_authorization", data=form).json()
    page = races.visitor.open(codes["verification_uri"])
    page = races.visitor.submit(page, {"user_code": codes["user_code"]})
    races.visitor.submit(page, {}, button="consent-allow")
    form = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"]}
    return Use("/token", {**form, "client_id": KIOSK})


@dataclass(frozen=True)
class Kind:
    """A kind of one-time thing."""

    use: Callable[[Field], Use]
    """A request that uses up a new one."""
    lost: tuple[str, ...]
    """The errors that others than the winner may see; a page of ours is its status."""
    check: Callable[[Field, Answer], Any] | None = None
    """What holds of the winner's answer when the race is over."""


KINDS = {
    "code": Kind(use_code, ("invalid_grant",), access_token_is_dead),
    "refresh token": Kind(use_refresh_token, ("invalid_grant",), family_is_dead),
    "pushed request": Kind(use_pushed_request, ("invalid_request_uri", "400"), code_is_good),
    "client assertion": Kind(use_assertion, ("invalid_client",)),
    "device code": Kind(use_device_code, ("invalid_grant",), access_token_is_dead),
    "DPoP proof": Kind(use_dpop_proof, ("invalid_dpop_proof",)),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
@pytest.mark.asvs("2.3.4")
def test_of_all_who_use_a_one_time_thing_one_wins(
    kind: Kind, racers: Racers, races: Field, record_property: Callable[[str, object], None]
) -> None:
    def check(won: Answer) -> None:
        if kind.check is not None:
            kind.check(races, won)

    began = time.monotonic()
    rounds = race(racers, lambda: kind.use(races), lost=kind.lost, check=check)
    record_property("rounds", rounds)
    print(f"{rounds} rounds in {time.monotonic() - began:.1f} s")
