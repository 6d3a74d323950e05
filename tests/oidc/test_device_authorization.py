"""Devices (RFC 8628): what they are handed, who may take them up, and what they get for it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.oidc.part import OidcPart
from idp.oidc.user_codes import ALPHABET, new_user_code, read_user_code
from idp.rate_limits import RateCount
from idp.relying_parties.models import RelyingParty
from idp.settings.people import ThrottleSettings
from idp.settings.protocol import DeviceSettings
from idp.tokens.models import DeviceRequest
from tests.oidc.conftest import ISSUER, SECRET, Browser, World, basic, page_of
from tests.oidc.device import (
    add_kiosk,
    ask,
    asked,
    error_of,
    fault_of,
    type_code,
    waiting,
)

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def kiosk(world: World) -> RelyingParty:
    return add_kiosk(world)


@pytest.fixture
def device(world: World) -> Browser:
    return world.browser("device-of-the-tests-0123456789")


@pytest.fixture
def few(world: World) -> OidcPart:
    """Limits that a test reaches."""
    world.change(
        throttle=ThrottleSettings(source_limit=30),
        devices=DeviceSettings(waiting_per_source=3, waiting_per_client=4),
    )
    return world.part


def test_a_device_is_handed_both_codes_and_where_to_send_people(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    answer = ask(device)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert told["verification_uri"] == f"{ISSUER}/device"
    assert told["verification_uri_complete"].endswith(f"/device?user_code={told['user_code']}")
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert len(told["device_code"]) >= 43
    with transaction(world.engine) as db:
        kept = db.scalars(select(DeviceRequest)).one()
    assert told["user_code"].replace("-", "").encode() not in kept.user_hash
    assert kept.device_hash == token_hash(told["device_code"])


def test_a_user_code_has_34_bits_and_is_read_as_people_type_it() -> None:
    assert len(ALPHABET) ** 8 > 2**34
    assert not set(ALPHABET) & set("AEIOUY01DW")
    code = new_user_code()
    assert re.fullmatch(r"\w{4}-\w{4}", code)
    plain = code.replace("-", "")
    for typed in (code, code.lower(), plain, f" {plain[:3]} {plain[3:]} "):
        assert read_user_code(typed) == plain
    for sign in ("\u2013", "\u2011", ".", "\u00a0", "\u200b"):
        assert read_user_code(code.replace("-", sign)) == plain
    for typed in ("", plain[1:], plain + "B", "AEIO-UAEI", "ＢＣＦＧＨＪＫＬ"):
        assert read_user_code(typed) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid service:9.999999"}, "invalid_scope"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"claims": "[]"}, "invalid_request"),
    ],
)
def test_what_is_refused_at_authorize_is_refused_here(
    world: World, kiosk: RelyingParty, device: Browser, changes: dict[str, str], error: str
) -> None:
    assert error_of(ask(device, **changes)) == error
    assert waiting(world) == 0
    assert ask(device, scope="openid service:1.000002", max_age="60").status_code == 200


def test_the_client_authenticates_as_at_the_token_endpoint(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    add_kiosk(
        world,
        "secretive",
        token_endpoint_auth_method="client_secret_basic",
        client_secret_hash=token_hash("s3cret"),
    )
    refused = ask(device, "secretive")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    accepted = device.client.post(
        "/device_authorization",
        data={"scope": "openid"},
        headers=basic("secretive", "s3cret"),
    )
    assert accepted.status_code == 200
    unknown = ask(device, "nobody")
    assert (unknown.status_code, unknown.json()["error"]) == (401, "invalid_client")


def test_a_client_must_have_registered_the_grant(world: World, device: Browser) -> None:
    add_kiosk(world, "phone-app", grant_types=["authorization_code"])
    assert error_of(ask(device, "phone-app")) == "unauthorized_client"
    add_kiosk(world)
    assert ask(device).status_code == 200


def test_as_many_as_may_wait_and_not_one_more(
    world: World, kiosk: RelyingParty, device: Browser, few: OidcPart
) -> None:
    for _ in range(few.devices.waiting_per_source):
        asked(device)
    assert error_of(ask(device)) == "temporarily_unavailable"
    add_kiosk(world, "other-kiosk")
    assert ask(device, "other-kiosk").status_code == 200
    with clock.shifted(TEN_MINUTES):
        assert ask(device).status_code == 200


def test_whoever_knows_a_public_clients_name_uses_its_share_up_for_nobody(
    world: World, few: OidcPart
) -> None:
    """G12: each source has its own; a client that authenticates has one for all of them."""
    add_kiosk(world, "public")
    confidential = {"token_endpoint_auth_method": "client_secret_basic"}
    add_kiosk(world, "secret", client_secret_hash=token_hash(SECRET), **confidential)
    for client_id, as_many in (("public", 8), ("secret", few.devices.waiting_per_client)):
        answers = []
        for number in range(9):
            client = TestClient(world.app, base_url=ISSUER, client=(f"203.0.113.{number}", 4711))
            sent = {"client_id": client_id, "scope": "openid"}
            headers = {} if client_id == "public" else basic(client_id, SECRET)
            answer = client.post("/device_authorization", data=sent, headers=headers)
            answers.append(answer.status_code)
        assert answers[:as_many] == [200] * as_many
        assert (answers[-1] == 200) is (client_id == "public")


def test_the_form_works_and_a_link_is_still_to_be_compared(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    codes, phone = asked(device), world.browser()
    assert 'name="user_code"' in phone.get("/device").text
    english, link = {"Accept-Language": "en"}, codes["verification_uri_complete"]
    page = phone.get(link, headers=english).text
    assert f'value="{codes["user_code"]}"' in page
    assert "does the device in front of you show this very code?" in page
    for fault in ("unknown", "malformed", "throttled"):
        page = phone.get(f"{link}&fault={fault}", headers=english).text
        assert f'value="{codes["user_code"]}"' not in page
        assert "Type the code that the device in front of you shows." in page
    with transaction(world.engine) as db:
        assert db.scalars(select(DeviceRequest.interaction_id)).one() is None


def test_a_code_leads_to_the_sign_in_in_any_writing(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    phone, code = world.browser(), asked(device)["user_code"]
    typed = type_code(phone, code.replace("-", "").lower())
    assert page_of(phone.get(typed.headers["location"]))[1] == "identifier"


def test_the_same_browser_goes_on_and_another_gets_nothing(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    code = asked(device)["user_code"]
    phone, other = world.browser(), world.browser("another-phone-0123456789abcd")
    first = type_code(phone, code).headers["location"]
    assert type_code(phone, code).headers["location"] == first
    assert fault_of(type_code(other, code)) == "unknown"
    assert other.get(first).status_code == 400
    assert phone.get(first).status_code == 303


def test_wrong_codes_make_a_browser_wait_and_right_ones_do_not(
    world: World, kiosk: RelyingParty, device: Browser, few: OidcPart
) -> None:
    phone, other = world.browser(), world.browser("another-phone-0123456789abcd")
    limit = few.throttle.source_limit // 10
    for _ in range(limit):
        assert fault_of(type_code(phone, new_user_code())) == "unknown"
    good = asked(device)["user_code"]
    assert fault_of(type_code(phone, good)) == "throttled"
    for _ in range(limit + 1):
        assert "resume" in type_code(other, good).headers["location"]
    with clock.shifted(timedelta(minutes=61)):
        fresh = asked(device)["user_code"]
        assert "resume" in type_code(phone, fresh).headers["location"]


@pytest.mark.asvs("2.4.1")
def test_wrong_codes_make_an_address_wait_whatever_its_browsers(
    world: World, kiosk: RelyingParty, device: Browser, few: OidcPart
) -> None:
    limit = few.throttle.source_limit
    for number in range(limit):
        browser = world.browser(f"guessing-browser-{number // 3:012d}")
        assert fault_of(type_code(browser, "BBBB-BBBB")) == "unknown"
    with transaction(world.engine) as db:
        kept = db.scalar(select(func.count()).select_from(RateCount))
    for number in range(3):
        fresh = world.browser(f"fresh-browser-0123456789-{number}")
        assert fault_of(type_code(fresh, "BBBB-BBBB")) == "throttled"
    with transaction(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(RateCount)) == kept


def test_who_typed_other_letters_is_told_which_there_are(world: World) -> None:
    """C7: too few characters is another fault."""
    phone = world.browser()
    page = phone.client.get("/device?user_code=AAAA-BBBB&fault=malformed").text
    assert "Mã không có các chữ A, D, E, I, O, U, W, Y; chữ số chỉ có 4, 7" in page
    page = phone.client.get("/device?user_code=BBB&fault=malformed").text
    assert "Mã có 8 ký tự, ví dụ BCF4-HJK7" in page
    assert "Mã không có các chữ" not in page


def test_what_is_no_code_is_no_guess(world: World, kiosk: RelyingParty) -> None:
    phone = world.browser()
    for typed in ("", "123", "AAAA-AAAA", "b" * 5000):
        assert fault_of(type_code(phone, typed)) == "malformed"


def test_an_expired_code_is_unknown(world: World, kiosk: RelyingParty, device: Browser) -> None:
    code, phone = asked(device)["user_code"], world.browser()
    with clock.shifted(TEN_MINUTES):
        assert fault_of(type_code(phone, code)) == "unknown"
    with clock.shifted(TEN_MINUTES - timedelta(seconds=5)):
        assert "resume" in type_code(phone, code).headers["location"]


def test_a_form_from_elsewhere_begins_nothing(
    world: World, kiosk: RelyingParty, device: Browser
) -> None:
    code, phone = asked(device)["user_code"], world.browser()
    for fields in ({"user_code": code}, {"user_code": code, "csrf_token": "0" * 64}):
        assert phone.client.post("/device", data=fields).status_code == 403
    assert type_code(phone, code, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert type_code(phone, code).status_code == 303
