"""/userinfo: who may ask, how, and what is answered."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from joserfc import jwt
from sqlalchemy import update

from idp.consents.models import Consent
from idp.journal.errors import find_error, find_party_error
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.relying_parties.scopes import SCOPE_CLAIMS
from tests.oidc.conftest import SECRET, Browser, World, basic


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone signed in who agreed to everything with the client `rp`."""
    person = world.person(claims={"nickname": "Bình", "website": "", "address": {}})
    browser = world.browser()
    world.consent(person, world.party())
    browser.sign_in(person)
    return browser


def access_token(browser: Browser, **changes: Any) -> str:
    token: str = browser.redeem(browser.code(**changes)).json()["access_token"]
    return token


@pytest.mark.asvs("14.2.1")
def test_the_token_may_come_in_a_header_or_in_a_form(world: World, browser: Browser) -> None:
    token = access_token(browser)
    header = {"Authorization": f"Bearer {token}"}
    answers = [
        browser.client.get("/userinfo", headers=header),
        browser.client.post("/userinfo", headers=header),
        browser.client.post("/userinfo", data={"access_token": token}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert answers[0].json() == answers[1].json() == answers[2].json()


@pytest.mark.asvs("8.2.3", "15.3.1")
def test_only_granted_claims_with_a_value_are_answered(world: World, browser: Browser) -> None:
    assert browser.userinfo(access_token(browser, scope="openid")).json().keys() == {"sub"}
    claims = browser.userinfo(access_token(browser, scope="openid profile email")).json()
    assert claims["nickname"] == "Bình"
    assert not {"website", "address", "email", "email_verified"} & claims.keys()


PROFILE = {
    "name": "Trần Thị Bình",
    "family_name": "Trần",
    "middle_name": "Thị",
    "given_name": "Bình",
    "gender": "female",
    "birthdate": "1990-02-03",
    "locale": "vi",
    "nickname": "Bin",
    "preferred_username": "binh",
    "profile": "https://people.example/binh",
    "picture": "https://people.example/binh.jpg",
    "website": "https://binh.example",
    "zoneinfo": "Asia/Ho_Chi_Minh",
}
ADDRESS = {"country": "VN", "locality": "Hà Nội"}


def test_a_person_who_has_everything_is_answered_whole(world: World) -> None:
    """The 14 claims of `profile`, and those of the other scopes, each of its own kind."""
    known = ("nickname", "preferred_username", "profile", "picture", "website", "zoneinfo")
    kept = {name: PROFILE[name] for name in known}
    person = world.person(claims={**kept, "address": ADDRESS})
    with transaction(world.engine) as db:
        for kind, value in ((ContactKind.EMAIL, "b@x.vn"), (ContactKind.PHONE, "+84912345678")):
            add_contact(
                db,
                keyring=world.part.keyring,
                person_id=person.id,
                kind=kind,
                value=value,
                verified_at=clock.now(),
                at=clock.now(),
            )
    scopes = "openid profile email phone address"
    browser = world.browser()
    world.consent(person, world.party(scope=scopes), scopes)
    browser.sign_in(person)
    claims = browser.userinfo(access_token(browser, scope=scopes)).json()
    updated_at = claims.pop("updated_at")
    assert isinstance(updated_at, int)
    day = datetime.fromtimestamp(updated_at, ZoneInfo(world.settings.country.time_zone))
    assert day.isoformat() == "2024-01-01T00:00:00+07:00", "G7: no second"
    assert claims == {
        **PROFILE,
        "sub": person.id.hex,
        "email": "b@x.vn",
        "email_verified": True,
        "phone_number": "+84912345678",
        "phone_number_verified": True,
        "address": ADDRESS,
    }
    assert len(PROFILE) + 1 == len(SCOPE_CLAIMS["profile"]) == 14


def test_what_is_no_standing_access_token_is_refused(world: World, browser: Browser) -> None:
    tokens = browser.redeem(browser.code()).json()
    token = tokens["access_token"]
    forged = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt"}, world.verify(token).claims, _symmetric_key()
    )
    head, body, signature = token.split(".")
    for bad in (
        "",
        "x",
        "a.b.c",
        forged,
        tokens["id_token"],
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        browser.code(),
    ):
        refused = browser.userinfo(bad)
        assert refused.status_code == 401, bad
        assert refused.headers["www-authenticate"].startswith("Bearer")
    with clock.shifted(timedelta(minutes=11)):
        assert browser.userinfo(token).json()["error"] == "invalid_token"
    assert browser.userinfo(token).status_code == 200


def test_a_refusal_is_found_by_its_error_id(world: World, browser: Browser) -> None:
    token, party = access_token(browser), world.events("code.redeemed")[0].relying_party_id
    machine = browser.token(grant_type="client_credentials").json()["access_token"]
    world.change(refusals=Ration(1000))
    refused = [(browser.userinfo("x"), "not valid", None)]
    refused.append((browser.userinfo(machine), "stands for no person", None))
    with clock.shifted(timedelta(minutes=11)):
        refused.append((browser.userinfo(token), "has expired", None))
    browser.client.post("/revoke", data={"token": token}, headers=basic("rp", SECRET))
    refused.append((browser.userinfo(token), "has ended", party))
    for answer, reason, whose in refused:
        described = answer.json()["error_description"]
        assert described in answer.headers["www-authenticate"]
        with transaction(world.engine) as db:
            error = find_error(db, error_id=described[-10:-1])
            assert error is not None
            assert reason in error.detail["description"]
            if whose is not None:
                assert find_party_error(db, error_id=described[-10:-1], relying_party_id=whose)


def test_a_request_without_a_token_is_told_only_that_it_needs_one(world: World) -> None:
    for refused in (world.browser().get("/userinfo"), world.browser().client.post("/userinfo")):
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Bearer, DPoP algs="ES256 PS256 EdDSA"'


def _symmetric_key() -> Any:
    from joserfc.jwk import OctKey

    return OctKey.import_key("a secret that anyone may choose for it")


def test_a_token_sent_twice_is_refused(browser: Browser) -> None:
    token = access_token(browser)
    answer = browser.client.post(
        "/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    with transaction(browser.world.engine) as db:
        assert find_error(db, error_id=answer.json()["error_description"][-10:-1])


def test_a_name_is_answered_whole_and_in_its_parts(world: World, browser: Browser) -> None:
    claims = browser.userinfo(access_token(browser)).json()
    assert claims["name"] == "Trần Thị Bình"
    parts = ("family_name", "middle_name", "given_name")
    assert [claims[part] for part in parts] == ["Trần", "Thị", "Bình"]


def test_a_withdrawn_consent_answers_nothing_whoever_missed_it(
    world: World, browser: Browser
) -> None:
    """A code given while the person withdraws belongs to a grant that the withdrawal misses."""
    token, code = access_token(browser), browser.code()
    with transaction(world.engine) as db:
        db.execute(update(Consent).values(withdrawn_at=clock.now()))
    assert browser.userinfo(token).status_code == 401
    assert browser.redeem(code).json()["error"] == "invalid_grant"
