"""Whatever people and attackers send, no secret and no citizen number is written down in clear."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pyotp
import pytest
from sqlalchemy import Engine

from idp.kit import clock
from tests.support.country import PASSWORD, SECRET, Country
from tests.support.relying_party import TestParty
from tests.support.served import Served
from tests.support.sign_in import agree, fresh_code, sign_in
from tests.support.tripwire import WATCHED, Tripwire, all_tables
from tests.support.visitor import Visitor

NUMBER, NEW_PASSWORD = "001190777123", "chim bay ve nui toi roi"
WRONG, WRONG_CODE = "con ca khong an muoi ca uon", "918273"


@pytest.fixture(scope="module")
def tripwire(provider: Served, country: Country) -> Iterator[Tripwire]:
    """Everything secret in the journeys below, which are made before the first test looks."""
    tripwire = Tripwire()
    tripwire.watch("password", PASSWORD, NEW_PASSWORD, WRONG)
    tripwire.watch("citizen number", NUMBER, country.citizen.number)
    tripwire.watch("client secret", SECRET)
    tripwire.watch("authenticator's secret", country.citizen.totp_secret)
    tripwire.watch("wrong one-time code", WRONG_CODE)
    visitor = Visitor(stop_at=("https://rp.example/",))
    _sign_in_and_take_tokens(visitor, country, country.ministry(provider.url), tripwire)
    _register_and_enrol(provider, tripwire)
    _print_codes_and_use_one(provider, country, tripwire)
    _attack(visitor, country, provider, tripwire)
    for cookie in visitor.client.cookies.jar:
        if cookie.value and not cookie.name.startswith("language"):
            tripwire.watch("cookie", cookie.value)
    yield tripwire
    visitor.close()


def _sign_in_and_take_tokens(
    visitor: Visitor, country: Country, party: TestParty, tripwire: Tripwire
) -> None:
    citizen = country.citizen
    page = visitor.open(
        party.authorize_url(
            scope="openid profile offline_access", prompt="consent", login_hint=citizen.number
        )
    )
    page = visitor.submit(page, {"identifier": citizen.number})
    page = visitor.submit(page, {"password": WRONG})
    page = visitor.submit(page, {"password": PASSWORD})
    page = visitor.submit(page, {"otp": WRONG_CODE})
    code = fresh_code(citizen)
    page = agree(visitor, visitor.submit(page, {"otp": code}))
    answer = party.answer(page.url)
    tokens = party.redeem(answer["code"]).json()
    newer = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    party.userinfo(newer["access_token"])
    again = visitor.open(
        party.authorize_url(prompt="login", id_token_hint=tokens["id_token"], max_age="0")
    )
    assert again.status == 200
    tripwire.watch("one-time code", code)
    tripwire.watch("authorization code", answer["code"])
    for name in ("access_token", "refresh_token", "id_token"):
        tripwire.watch(name, tokens[name], newer.get(name, tokens[name]))
    party.redeem(answer["code"])
    party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    party.userinfo(tokens["access_token"] + "x")


def _register_and_enrol(provider: Served, tripwire: Tripwire) -> None:
    visitor = Visitor()
    page = visitor.open(f"{provider.url}/account")
    page = visitor.open(page.url.replace("identifier", "register"))
    fields = {
        "number": NUMBER,
        "name": "Lê Thị Mới",
        "birthdate": "01/02/1990",
        "sex": "female",
        "password": NEW_PASSWORD,
    }
    page = visitor.submit(page, {**fields, "again": WRONG})
    assert "differ" in page.text
    page = visitor.submit(page, {**fields, "again": NEW_PASSWORD})
    page = visitor.open(f"{provider.url}/account/factor/new")
    shown = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page.text)
    assert shown, page.text
    secret = shown[1].replace(" ", "")
    tripwire.watch("authenticator's secret", secret)
    page = visitor.submit(page, {"otp": pyotp.TOTP(secret).at(clock.now())})
    assert page.path == "/account/factor"
    visitor.close()


def _print_codes_and_use_one(provider: Served, country: Country, tripwire: Tripwire) -> None:
    """One set counts, one is left displayed; one code is right, one is wrong."""
    visitor, lost = Visitor(), Visitor()
    sign_in(visitor, visitor.open(f"{provider.url}/account"), country.citizen)
    for counts in (True, False):
        page = visitor.open(f"{provider.url}/account/codes")
        codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", page.text)
        tripwire.watch("recovery code", *codes, *(code.replace("-", "") for code in codes))
        if counts:
            right, wrong, *_ = codes
            page = visitor.submit(page, {"kept": "yes"})
            assert page.path == "/account/factor"
    wrong = wrong[:-4] + "ZZZZ"
    tripwire.watch("wrong recovery code", wrong)
    page = lost.submit(lost.open(f"{provider.url}/account"), {"identifier": country.citizen.number})
    page = lost.submit(page, {"password": PASSWORD})
    page = lost.open(page.url.replace("/otp", "/recovery-code"))
    page = lost.submit(page, {"code": wrong})
    page = lost.submit(page, {"code": right.lower()})
    assert page.path == "/account"
    visitor.close()
    lost.close()


def _attack(visitor: Visitor, country: Country, provider: Served, tripwire: Tripwire) -> None:
    """Secrets in every place where they do not belong."""
    number, url = country.citizen.number, provider.url
    page = visitor.open(f"{url}/account")
    secrets = {"identifier": number, "password": PASSWORD, "otp": WRONG_CODE, "number": number}
    for path in (page.path, "/account/sessions/end", "/portal/new", "/token", "/nowhere"):
        post = visitor.client.post
        post(f"{url}{path}", data={**secrets, "csrf_token": PASSWORD})
        post(f"{url}{path}", data=secrets, headers={"Sec-Fetch-Site": "cross-site"})
        post(f"{url}{path}", json=secrets)
        post(f"{url}{path}", content=f"password={PASSWORD}&password={PASSWORD}&a=%ff{number}")
        visitor.client.get(f"{url}{path}/{number}", params=secrets)
    for value in (PASSWORD, SECRET, number):
        party = TestParty(issuer=url, client_id=value, client_secret=value)
        party.token(grant_type=value, code=value, refresh_token=value)
        party.token(grant_type="client_credentials", scope=value)
        party.userinfo(quote(value))
        visitor.open(country.ministry(url).authorize_url(scope=f"openid {value}", prompt=value))
        visitor.open(f"{url}/end_session?id_token_hint={value}&post_logout_redirect_uri={value}")
        httpx2.get(f"{url}/account", headers={"Cookie": f"session={value.encode().hex()}"})
    newer = Visitor(stop_at=("https://rp.example/",))
    page = newer.open(country.ministry(url).authorize_url(acr_values="LoA3"))
    sign_in(newer, page, country.citizen)
    newer.close()


@pytest.mark.asvs("16.2.5")
def test_journal_and_error_reports_hold_no_secret(tripwire: Tripwire, engine: Engine) -> None:
    assert tripwire.found_in_tables(engine, WATCHED) == {}


@pytest.mark.asvs("16.2.5")
def test_logs_hold_no_secret(tripwire: Tripwire, provider: Served) -> None:
    assert "request.refused" in provider.log
    assert tripwire.found_in(provider.log) == set()


@pytest.mark.asvs("14.2.4")
def test_no_table_holds_a_secret_in_clear(tripwire: Tripwire, engine: Engine) -> None:
    """But for interactions: they keep, for a day, the request as the relying party sent it."""
    tables = [table for table in all_tables(engine) if table != "interaction"]
    assert tripwire.found_in_tables(engine, tables) == {}


def test_the_tripwire_itself_trips(tripwire: Tripwire) -> None:
    assert tripwire.found_in(f'{{"detail": "{PASSWORD}"}}') == {"password"}
    assert tripwire.found_in(f"GET /signin/{NUMBER} 404") == {"citizen number"}
    assert tripwire.found_in(f"code {WRONG_CODE}.") == {"wrong one-time code"}
    assert tripwire.found_in("12:00:00.918273Z") == set()
