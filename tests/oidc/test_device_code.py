"""The device grant (RFC 8628 section 3.3 to 3.5): who may allow a device, and what it then gets."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from idp.interactions.end import sweep_abandoned
from idp.interactions.progress import decide_consent, remember_identifier
from idp.journal.models import Outcome
from idp.kit import clock
from idp.kit.db import transaction
from idp.relying_parties.models import RelyingParty, RelyingPartyService
from idp.sessions.end import end_session
from idp.tokens.devices import claim_for_person
from idp.tokens.end import end_session_grants
from idp.tokens.models import Grant
from idp.work import clean_up
from tests.oidc.conftest import Browser, World, page_of
from tests.oidc.device import (
    add_kiosk,
    allow,
    asked,
    begin,
    decide,
    error_of,
    later,
    phone_of,
    poll,
    type_code,
    waiting,
)
from tests.oidc.dpop import proof
from tests.oidc.test_diagnostics import why
from tests.support.statements import statements

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def kiosk(world: World) -> RelyingParty:
    return add_kiosk(world)


@pytest.fixture
def device(world: World) -> Browser:
    return world.browser("device-of-the-tests-0123456789")


def test_what_is_allowed_is_given_to_the_device_truthfully(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device, scope="openid profile service:1.000002", max_age="600")
    assert error_of(poll(device, codes)) == "authorization_pending"
    allow(world, kiosk, codes)
    answer = poll(device, codes)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert "refresh_token" not in tokens
    claims = world.verify(tokens["id_token"]).claims
    assert (claims["aud"], claims["acr"], claims["amr"]) == ("kiosk", "LoA2", ["pwd", "otp", "mfa"])
    assert "nonce" not in claims
    assert claims["auth_time"] <= claims["iat"] - 60
    assert device.userinfo(tokens["access_token"]).json()["name"] == "Trần Thị Bình"


@pytest.mark.asvs("10.7.1")
def test_agreeing_once_is_not_agreeing_at_every_device(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    allow(world, kiosk, asked(device))
    _, phone = phone_of(world, kiosk)
    typed = type_code(phone, asked(device)["user_code"])
    assert page_of(phone.get(typed.headers["location"]))[1] == "consent"


def test_a_refusal_is_told_to_the_device(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    person, phone = phone_of(world, kiosk)
    done = decide(phone, begin(phone, codes), person, is_allowed=False)
    assert done.headers["location"] == "/device/denied"
    assert error_of(poll(device, codes)) == "access_denied"
    outcome = world.outcomes()[0]
    assert (outcome.outcome, outcome.reason) == (Outcome.REFUSED, "access_denied")


def test_only_who_was_shown_the_device_may_decide(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    first, phone = phone_of(world, kiosk)
    interaction_id = begin(phone, codes)
    other = world.person()
    world.consent(other, kiosk)
    with transaction(world.engine) as db:
        assert claim_for_person(db, interaction_id=interaction_id, person_id=first.id)
        assert not claim_for_person(db, interaction_id=interaction_id, person_id=other.id)
    phone.sign_in(other)
    assert page_of(phone.get(f"/device/resume/{interaction_id}"))[1] == "identifier"
    with transaction(world.engine) as db:
        remember_identifier(
            db, interaction_id=interaction_id, person_id=other.id, identifier_hash=None
        )
    assert decide(phone, interaction_id, other).headers["location"] == "/device/denied"
    assert error_of(poll(device, codes)) == "access_denied"


def test_nobody_allows_what_they_were_not_shown(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    _, phone = phone_of(world, kiosk)
    interaction_id = begin(phone, codes)
    with transaction(world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    done = phone.get(f"/device/resume/{interaction_id}")
    assert done.headers["location"] == "/device/denied"
    allow(world, kiosk, asked(device))


def test_what_its_client_may_no_longer_ask_for_is_not_granted(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    person, phone = phone_of(world, kiosk)
    kept, lost = (asked(device, scope=f"openid {name}") for name in ("", "service:1.000002"))
    begun = {one["user_code"]: begin(phone, one) for one in (kept, lost)}
    with transaction(world.engine) as db:
        db.execute(
            delete(RelyingPartyService).where(RelyingPartyService.relying_party_id == kiosk.id)
        )
    world.part.relying_parties.forget_all()
    for codes, page in ((kept, "allowed"), (lost, "denied")):
        done = decide(phone, begun[codes["user_code"]], person)
        assert done.headers["location"] == f"/device/{page}"
    assert poll(device, kept).status_code == 200
    assert error_of(poll(device, lost)) == "access_denied"
    assert [one.reason for one in world.outcomes()] == [None, "invalid_scope"]


def test_another_browser_decides_nothing(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    person, phone = phone_of(world, kiosk)
    interaction_id = begin(phone, codes)
    other = world.browser("another-phone-0123456789abcd")
    other.sign_in(person)
    assert decide(other, interaction_id, person).status_code == 400
    assert error_of(poll(device, codes)) == "authorization_pending"
    assert decide(phone, interaction_id, person).headers["location"] == "/device/allowed"


def test_each_sign_in_begun_has_one_outcome_and_an_unclaimed_device_none(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    asked(device)
    allow(world, kiosk, asked(device))
    begun = type_code(world.browser("late-phone-0123456789abcdef"), asked(device)["user_code"])
    assert begun.status_code == 303
    with clock.shifted(TEN_MINUTES), transaction(world.engine) as db:
        sweep_abandoned(db)
    outcomes = world.outcomes()
    assert [one.outcome for one in outcomes] == [Outcome.SUCCESS, Outcome.ABANDONED]
    assert all(one.counted and one.relying_party_id == kiosk.id for one in outcomes)


def test_what_devices_asked_leaves_a_day_later_with_what_it_granted(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    asked(device)
    codes = asked(device)
    allow(world, kiosk, codes)
    assert poll(device, codes).status_code == 200
    for after, left in ((timedelta(hours=24), 2), (timedelta(hours=25), 0)):
        with clock.shifted(after), world.engine.begin() as connection:
            clean_up(connection, sources_kept_for=timedelta(days=365), today=clock.now().date())
        assert waiting(world) == left
    with transaction(world.engine) as db:
        assert db.scalars(select(Grant)).all() == []


def test_offline_access_is_given_only_when_asked_for(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device, scope="openid offline_access")
    allow(world, kiosk, codes)
    tokens = poll(device, codes).json()
    form = {"grant_type": "refresh_token", "client_id": "kiosk"}
    refreshed = device.client.post(
        "/token", data={**form, "refresh_token": tokens["refresh_token"]}
    )
    assert refreshed.status_code == 200


def test_a_device_that_asks_too_often_must_slow_down_for_good(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    assert error_of(poll(device, codes)) == "authorization_pending"
    assert error_of(poll(device, codes)) == "slow_down"
    with clock.shifted(timedelta(seconds=6)):
        assert error_of(poll(device, codes)) == "slow_down"
    with clock.shifted(timedelta(seconds=22)):
        assert error_of(poll(device, codes)) == "authorization_pending"
    assert world.events("token.refused") == []


def test_the_time_is_over_for_the_device_too(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    allow(world, kiosk, codes)
    with clock.shifted(TEN_MINUTES):
        assert error_of(poll(device, codes)) == "expired_token"
    assert poll(device, codes).status_code == 200


def test_a_device_code_is_its_clients_alone(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    add_kiosk(world, "other-kiosk")
    codes = asked(device)
    allow(world, kiosk, codes)
    assert error_of(poll(device, codes, "other-kiosk")) == "invalid_grant"
    assert error_of(poll(device, {"device_code": "unknown"})) == "invalid_grant"
    assert poll(device, codes).status_code == 200


def test_a_device_gets_nothing_that_its_person_was_not_told_of(
    world: World, device: Browser
) -> None:
    land, tax = "https://land.example/api", "https://tax.example/api"
    kiosk = add_kiosk(world, resources=[land, tax])
    plain, named = asked(device), asked(device, scope="openid", resource=land)
    person, phone = phone_of(world, kiosk)
    for one in (plain, named):
        decide(phone, begin(phone, one), person)
    assert error_of(poll(device, plain, resource=land)) == "invalid_target"
    tokens = poll(device, named, scope="openid profile email offline_access").json()
    assert world.verify(tokens["access_token"]).claims["aud"] == land
    assert (tokens["scope"], "refresh_token" in tokens) == ("openid", False)


def test_a_device_asks_for_each_token_by_itself(world: World, device: Browser) -> None:
    """G7: a token has one reader; a poll that leaves it open spends nothing."""
    land, tax = "https://land.example/api", "https://tax.example/api"
    kiosk = add_kiosk(world, resources=[land, tax])
    both = asked(device, resource=f"{land} {tax}")
    person, phone = phone_of(world, kiosk)
    decide(phone, begin(phone, both), person)
    assert error_of(poll(device, both)) == "invalid_target"
    assert error_of(poll(device, both, resource=f"{land} {tax}")) == "invalid_target"
    token = poll(device, both, resource=tax).json()["access_token"]
    assert world.verify(token).claims["aud"] == tax


def test_a_replay_gets_nothing_and_ends_what_was_given(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    allow(world, kiosk, codes)
    token = poll(device, codes).json()["access_token"]
    assert device.userinfo(token).status_code == 200
    assert error_of(poll(device, codes)) == "invalid_grant"
    assert device.userinfo(token).status_code == 401
    assert [row.reason for row in world.events("grant.revoked")] == ["device_code_replayed"]


def test_a_device_code_that_is_refused_says_why(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    allow(world, kiosk, codes)
    assert poll(device, codes).status_code == 200
    for _ in range(2):
        assert why(device, poll(device, codes)).startswith("The device code was used before")
    unknown = poll(device, {"device_code": "unknown"})
    assert why(device, unknown).startswith("No such device code")


def test_signing_out_on_the_phone_ends_the_visit_at_the_device(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes, unredeemed = asked(device), asked(device)
    person, phone = phone_of(world, kiosk)
    for one in (codes, unredeemed):
        decide(phone, begin(phone, one), person)
    tokens = poll(device, codes).json()
    sid = world.session_of(tokens["id_token"])
    assert device.userinfo(tokens["access_token"]).status_code == 200
    with transaction(world.engine) as db:
        end_session(db, sid=sid)
        end_session_grants(db, sid=sid)
    assert device.userinfo(tokens["access_token"]).status_code == 401
    assert error_of(poll(device, unredeemed)) == "invalid_grant"


def test_tokens_are_bound_to_the_key_that_the_device_shows(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    allow(world, kiosk, codes)
    refused = poll(device, codes, headers={"DPoP": proof(path="/userinfo")})
    assert error_of(refused) == "invalid_dpop_proof"
    answer = poll(device, codes, headers={"DPoP": proof()})
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")
    assert device.userinfo(answer.json()["access_token"]).status_code == 401


def test_a_poll_takes_one_statement_and_the_last_one_four(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes = asked(device)
    poll(device, codes)
    with statements(world.engine) as pending, later():
        poll(device, codes)
    assert len(pending) == 1, pending
    allow(world, kiosk, codes)
    with statements(world.engine) as last:
        assert poll(device, codes).status_code == 200
    assert len(last) <= 4, last
