import html
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.portal.form_parts import PARTS
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.secrets import SHOWN_AGAIN, check_secret
from tests.support.client_fields import PURPOSE
from tests.support.portal_forms import edit
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Page, Visitor

Register = Callable[..., Page]
_SECRET = re.compile(r"OIDC_CLIENT_SECRET=([0-9a-f]{64})")
TWICE = {
    "client_name": "Hai lần",
    "redirect_uris": "https://gplx.example.vn/cb",
    "service.1.001234": "yes",
    "application_type": "web",
}


def client_id_on(page: Page) -> str:
    found = re.search(r"(?:sandbox|live)-[0-9a-f]{20}", page.text)
    assert found, page.text
    return found[0]


def secret_on(page: Page) -> str:
    found = _SECRET.search(page.text)
    assert found, page.text
    return found[1]


def stored(app: FastAPI, client_id: str) -> PartyRecord:
    with transaction(app.state.runtime.engine) as db:
        return get(db, client_id.rpartition("/")[2])


def get(db: Session, client_id: str) -> PartyRecord:
    record = find_party(db, client_id=client_id)
    assert record is not None
    return record


def test_name_address_and_service_are_enough(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    page = register_client(developer)

    assert page.status == 200
    record = stored(app, client_id_on(page))
    assert record.party.state == "live"
    assert record.party.environment == "sandbox"
    assert [s.procedure_code for s in record.services] == ["1.001234"]
    assert check_secret(secret_on(page), stored_hash=record.party.client_secret_hash)
    assert "mod_auth_openidc" in page.text
    assert "no-store" in page.headers["cache-control"]


def test_the_secret_is_shown_once(developer: Visitor, register_client: Register) -> None:
    page = register_client(developer)
    secret, client_id = secret_on(page), client_id_on(page)
    for path in ("/portal", f"/portal/applications/{client_id}"):
        later = developer.open(BASE + path)
        assert client_id in later.text
        assert secret not in later.text


def test_a_form_sent_twice_registers_once(developer: Visitor, ministry: Office) -> None:
    form = developer.open(f"{BASE}/portal/new")
    first, second = developer.submit(form, TWICE), developer.submit(form, TWICE)
    assert client_id_on(first) == client_id_on(second)
    assert secret_on(first) == secret_on(second)


def test_a_form_sent_by_many_clicks_at_once_registers_once(
    developer: Visitor, ministry: Office
) -> None:
    page = developer.open(f"{BASE}/portal/new")
    fields = {
        **page.form("party_id").fields,
        "client_name": "Nhiều lần",
        "redirect_uris": "https://gplx.example.vn/cb",
        f"service.{ministry.service}": "yes",
    }
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: developer.post(page.url, fields), range(8)))
    assert {answer.status for answer in pages} == {200}
    assert len({client_id_on(answer) for answer in pages}) == 1
    assert len({secret_on(answer) for answer in pages}) == 1, "whichever of them is shown"


def test_configuration_to_copy_runs_nothing_in_a_shell(
    developer: Visitor, register_client: Register
) -> None:
    page = register_client(developer, redirect_uris="https://gplx.example.vn/cb?a=$(id);b")
    env = html.unescape(page.text)
    assert "OIDC_REDIRECT_URI='https://gplx.example.vn/cb?a=$(id);b'" in env


def test_the_operator_sees_what_kind_of_application_a_live_one_would_become(
    owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    sandbox_id = client_id_on(register_client(owner))
    form = owner.open(f"{BASE}/portal/applications/{sandbox_id}/production")
    address = {"redirect_uris": "https://live.example.vn/cb", **PURPOSE}
    live_id = owner.submit(form, address).path.rsplit("/", 1)[-1]
    review = f"{BASE}/console/applications/{live_id}"
    operator.submit(operator.open(review), {}, button="decision")
    assert "Kind of application so far" not in operator.open(review).text

    changes = {**address, "application_type": "native", "scope.email": "yes"}
    edit(owner, f"{BASE}/portal/applications/{live_id}", changes)
    seen = operator.open(review).text
    assert "Mobile or desktop application" in seen
    assert "Kind of application so far" in seen
    assert "May ask people to share so far" in seen


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_name": " "}, "Enter a name"),
        ({"redirect_uris": ""}, "at least one address"),
        ({"redirect_uris": "javascript:alert(1)"}, "Start with https://"),
        ({"redirect_uris": "https://a.vn/cb\nhttp://b.vn/cb"}, "http://b.vn/cb: Use https."),
        ({"redirect_uris": "http://a.vn/\nhttp://b.vn/"}, "http://a.vn/, http://b.vn/: Use https."),
        ({"redirect_uris": "http://a.vn/\nhttps://b.vn/#x"}, "localhost. https://b.vn/#x: Remove"),
        ({"service.1.001234": ""}, "Choose at least one service"),
        ({"service.1.007777": "yes"}, "1.007777: This procedure code is not a service"),
        ({"application_type": "desk"}, "Choose from"),
    ],
)
def test_a_wrong_form_comes_back_filled_in_and_says_what_to_do(
    developer: Visitor, register_client: Register, changes: dict[str, str], told: str
) -> None:
    typed = {"client_name": "Kept as typed", "redirect_uris": "https://kept.example.vn/cb"}
    page = register_client(developer, **{**typed, **changes})
    assert (page.status, page.path) == (200, "/portal/new")
    assert told in page.text
    assert all(value in page.text for name, value in typed.items() if name not in changes)
    assert page.is_refused


def test_a_part_that_is_wrong_comes_back_filled_in_and_a_person_can_go_to_the_others(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    address = f"{BASE}/portal/applications/{client_id_on(register_client(developer))}"
    typed = {
        "post_logout_redirect_uris": "https://a.vn/#x",
        "backchannel_logout_uri": "https://b.vn/told",
    }
    page = edit(developer, address, typed)
    assert (page.is_refused, page.url) == (True, f"{address}/edit/sign-out")
    assert "Remove the part from #" in page.text
    assert all(value in page.text for value in typed.values())
    assert f'href="{address.removeprefix(BASE)}"' in page.text, "the way back"
    for part in PARTS:
        assert f'/edit/{part}"' in developer.open(address).text
        assert developer.open(f"{address}/edit/{part}").status == 200
    assert developer.open(f"{address}/edit/none-such").status == 404
    assert stored(app, address).party.backchannel_logout_uri == ""


def test_what_a_part_makes_wrong_in_another_is_told_with_the_way_there(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    """The control: what was wrong there before keeps nobody from saving this part."""
    levels = {"default_acr_values": "LoA2"}
    address = f"{BASE}/portal/applications/{client_id_on(register_client(developer, **levels))}"
    with transaction(app.state.runtime.engine) as db:
        get(db, address.rpartition("/")[2]).party.policy_uri = "http://old.example.vn/policy"
    assert not edit(developer, address, {"redirect_uris": "https://b.vn/cb"}).is_refused
    with transaction(app.state.runtime.engine) as db:
        party = get(db, address.rpartition("/")[2]).party
        party.grant_types = [*party.grant_types, "client_credentials"]
        party.jwks_uri, party.token_endpoint_auth_method = "https://b.vn/keys", "private_key_jwt"
    page = edit(developer, address, {"jwks_uri": ""})
    way = f"{address.removeprefix(BASE)}/edit/addresses#token_endpoint_auth_method"
    assert (page.is_refused, f'href="{way}"' in page.text) == (True, True)


def test_a_native_application_gets_no_secret(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    page = register_client(developer, application_type="native", redirect_uris="vn.gov.example:/cb")
    party = stored(app, client_id_on(page)).party
    assert page.path == f"/portal/applications/{party.client_id}"
    assert party.client_secret_hash is None
    assert party.token_endpoint_auth_method == "none"
    assert party.require_pkce


@pytest.mark.asvs("8.2.2", "8.4.1")
def test_another_agencys_application_is_like_none(
    developer: Visitor, stranger: Visitor, register_client: Register
) -> None:
    client_id = client_id_on(register_client(developer))
    assert client_id not in stranger.open(f"{BASE}/portal").text

    form = stranger.open(f"{BASE}/portal/new").form("csrf_token")
    token = {"csrf_token": form.fields["csrf_token"], "client_name": "Mine now"}
    for path in ("", "/edit/addresses", "/secret", "/production"):
        theirs = stranger.open(f"{BASE}/portal/applications/{client_id}{path}")
        none = stranger.open(f"{BASE}/portal/applications/sandbox-{'0' * 20}{path}")
        assert (theirs.status, none.status) == (404, 404)
        assert _body(theirs) == _body(none).replace("0" * 20, client_id.removeprefix("sandbox-"))
        if path:
            url = f"{BASE}/portal/applications/{client_id}{path}"
            assert stranger.post(url, token).status == 404
            assert developer.open(url).status == 200


def _body(page: Page) -> str:
    return re.sub(r"[2-9A-Z]{4}-[2-9A-Z]{4}", "", page.text)


def test_a_sandbox_change_takes_effect_at_once(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    client_id = client_id_on(register_client(developer))
    form = developer.open(f"{BASE}/portal/applications/{client_id}/edit/addresses")
    page = developer.submit(form, {"redirect_uris": "https://new.example.vn/cb"})
    assert page.path == f"/portal/applications/{client_id}"
    assert stored(app, client_id).party.redirect_uris == ["https://new.example.vn/cb"]


def test_a_new_secret_kills_the_old_one_and_is_made_once(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    page = register_client(developer)
    client_id, old = client_id_on(page), secret_on(page)
    ask = developer.open(f"{BASE}/portal/applications/{client_id}/secret")
    assert "stops working at once" in ask.text

    new = secret_on(developer.submit(ask, {"version": ask.form("version").fields["version"]}))
    again = developer.submit(ask, {"version": ask.form("version").fields["version"]})

    assert secret_on(again) == new, "the answer to the second of two clicks is that to the first"
    stored_hash = stored(app, client_id).party.client_secret_hash
    assert check_secret(new, stored_hash=stored_hash)
    assert not check_secret(old, stored_hash=stored_hash)


def test_two_clicks_at_once_make_one_secret_and_both_are_told_it(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    """Also of the form that registers the application, whose second click is told the first's."""
    form = developer.open(f"{BASE}/portal/new")
    registered = click_twice(developer, form, TWICE)
    client_id = client_id_on(registered[0])
    ask = developer.open(f"{BASE}/portal/applications/{client_id}/secret")
    rotated = click_twice(developer, ask, ask.form("version").fields)
    for pages in (registered, rotated):
        assert {page.status for page in pages} == {200}
        assert len({(client_id_on(page), secret_on(page)) for page in pages}) == 1
    assert secret_on(registered[0]) != secret_on(rotated[0])
    stored_hash = stored(app, client_id).party.client_secret_hash
    assert check_secret(secret_on(rotated[0]), stored_hash=stored_hash)


def click_twice(visitor: Visitor, page: Page, fields: dict[str, str]) -> list[Page]:
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda _: visitor.submit(page, fields), range(2)))


def test_a_secret_that_was_replaced_is_never_made_again(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    """By no later form, though it says that it makes it of the same as the form that did."""
    page = register_client(developer)
    client_id = client_id_on(page)
    address = f"{BASE}/portal/applications/{client_id}/secret"
    first = developer.open(address).form("version").fields
    made = [secret_on(page), secret_on(developer.post(address, first))]
    for _ in range(2):
        later = developer.open(address).form("version").fields
        new = secret_on(developer.post(address, {**later, "once": first["once"]}))
        assert new not in made
        made.append(new)
    again = developer.post(address, first)
    assert ("Nothing was done" in again.text, _SECRET.search(again.text)) == (True, None)
    assert check_secret(made[-1], stored_hash=stored(app, client_id).party.client_secret_hash)


def test_the_form_that_made_a_secret_shows_it_to_its_own_session_and_not_for_long(
    app: FastAPI, ministry: Office, developer: Visitor, register_client: Register
) -> None:
    """Neither a colleague's browser nor a form found open later does, whatever was edited since."""
    client_id = client_id_on(register_client(developer))
    address = f"{BASE}/portal/applications/{client_id}/secret"
    ask = developer.open(address)
    fields = ask.form("version").fields
    secret = secret_on(developer.submit(ask, fields))
    colleague = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    own_token = colleague.open(address).form("version").fields["csrf_token"]
    others = colleague.post(address, {**fields, "csrf_token": own_token})
    with transaction(app.state.runtime.engine) as db:
        party = get(db, client_id).party
        assert party.client_secret_at is not None
        party.client_secret_at -= SHOWN_AGAIN
        party.updated_at = clock.now()
    late = developer.post(address, fields)
    for page in (others, late):
        assert page.url == address
        assert "Nothing was done" in page.text
        assert secret not in page.text
        assert _SECRET.search(page.text) is None
    made_of = {**late.form("version").fields, "once": "short"}
    assert secret_on(developer.post(address, made_of)) != secret


def test_from_sandbox_to_production_and_a_later_change(
    app: FastAPI, owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    sandbox_id = client_id_on(register_client(owner))
    form = owner.open(f"{BASE}/portal/applications/{sandbox_id}/production")
    page = owner.submit(form, {"redirect_uris": "https://live.example.vn/cb", **PURPOSE})
    live_id = page.path.rsplit("/", 1)[-1]
    assert live_id.startswith("live-")
    assert "reviews this application" in page.text
    again = owner.open(f"{BASE}/portal/applications/{sandbox_id}/production")
    assert again.path == page.path

    review = operator.open(f"{BASE}/console/applications/{live_id}")
    operator.submit(review, {}, button="decision")
    assert stored(app, live_id).party.state == "live"
    page = owner.open(page.url)
    assert "Get the secret" in page.text
    text = owner.open(f"{page.url}/configuration").text
    assert "YOUR_CLIENT_SECRET stands for the secret, which nobody has yet. Get it" in text
    assert "you were given" not in page.text + text
    ask = owner.open(f"{page.url}/secret")
    secret = secret_on(owner.submit(ask, {"version": ask.form("version").fields["version"]}))
    assert check_secret(secret, stored_hash=stored(app, live_id).party.client_secret_hash)

    text = owner.open(f"{page.url}/configuration").text
    assert "Replace YOUR_CLIENT_SECRET with the secret you were given" in text
    form = owner.open(f"{page.url}/edit/addresses")
    page = owner.submit(form, {"redirect_uris": "https://moved.example.vn/cb"})
    assert "waits for review" in page.text
    assert stored(app, live_id).party.redirect_uris == ["https://live.example.vn/cb"]
    review = operator.open(f"{BASE}/console/applications/{live_id}")
    operator.submit(review, {}, button="decision")
    assert stored(app, live_id).party.redirect_uris == ["https://moved.example.vn/cb"]


def test_a_developer_is_told_who_gets_the_secret(
    app: FastAPI, owner: Visitor, developer: Visitor, operator: Visitor, register_client: Register
) -> None:
    """F1: beside "Not given yet" the page said to put in the secret that they were given."""
    sandbox_id = client_id_on(register_client(owner))
    form = owner.open(f"{BASE}/portal/applications/{sandbox_id}/production")
    page = owner.submit(form, {"redirect_uris": "https://live.example.vn/cb", **PURPOSE})
    review = operator.open(f"{BASE}/console/applications/{page.path.rsplit('/', 1)[-1]}")
    operator.submit(review, {}, button="decision")
    text = developer.open(f"{page.url}/configuration").text
    assert "Not given yet" in developer.open(page.url).text
    assert "Ask an owner of your agency to get it" in text
    assert "you were given" not in text


@pytest.mark.asvs("6.3.3")
def test_the_portal_needs_two_factors(app: FastAPI, ministry: Office) -> None:
    weak = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry, authentication=1)
    response = weak.client.get(f"{BASE}/portal")
    assert response.status_code == 303
    assert response.headers["location"].startswith("/signin/")


def test_the_portal_needs_a_current_post(app: FastAPI, ministry: Office) -> None:
    owner = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    assert owner.open(f"{BASE}/portal").status == 200
    yesterday = clock.now().date() - timedelta(days=1)
    for visitor in (
        staff_visitor(app, StaffRole.AGENCY_OWNER, ministry, ended_on=yesterday),
        staff_visitor(app, None),
    ):
        page = visitor.open(f"{BASE}/portal")
        assert page.status == 403
        assert "for agency staff" in page.text


def test_a_form_from_elsewhere_is_refused(developer: Visitor, ministry: Office) -> None:
    page = developer.open(f"{BASE}/portal/new")
    fields = {**page.form("party_id").fields, "client_name": "X"}
    assert developer.post(f"{BASE}/portal/new", fields, site="cross-site").status == 403
    assert developer.post(f"{BASE}/portal/new", {"client_name": "X"}).status == 403
    assert developer.post(f"{BASE}/portal/new", fields).is_refused


@pytest.mark.parametrize("client_id", ["%00", "%ff", "giấy", "a" * 3000, "..%2f..%2fconsole"])
def test_odd_addresses_are_not_found(developer: Visitor, client_id: str) -> None:
    assert developer.open(f"{BASE}/portal/applications/{client_id}").status in (400, 404)


def test_a_refused_form_is_kept_over_reloading_and_in_the_other_language(
    developer: Visitor, register_client: Register
) -> None:
    """A14: what was typed stands there, and so does the row's id, by which it registers once."""
    typed = {"client_name": "Gõ rồi", "redirect_uris": "http://a.vn/cb\nftp://b.vn"}
    page = register_client(developer, **typed)
    assert page.is_refused
    fields = page.form("party_id").fields
    page = developer.open(f"{BASE}/language?to=vi&return=/portal/new")
    assert page.is_refused
    assert "Vui lòng kiểm tra lại" in page.text
    again = page.form("party_id").fields
    for name in ("client_name", "redirect_uris", "party_id"):
        assert again[name] == fields[name]
    developer.open(f"{BASE}/language?to=en&return=/portal")
    assert not developer.open(f"{BASE}/portal/new").is_refused, "it was left alone"


def test_nobody_else_in_the_browser_reads_what_was_typed(
    app: FastAPI, ministry: Office, developer: Visitor, register_client: Register
) -> None:
    """It is for the session that sent it."""
    assert register_client(developer, client_name="Gõ rồi", redirect_uris="x").is_refused
    colleague = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    for cookie in developer.client.cookies.jar:
        if cookie.name.startswith("kept"):
            colleague.client.cookies.set(cookie.name, cookie.value or "", domain=cookie.domain)
    page = colleague.open(f"{BASE}/portal/new")
    assert (page.is_refused, "Gõ rồi" in page.text) == (False, False)


def test_a_form_too_long_for_a_browser_to_carry_is_answered_at_once(
    developer: Visitor, register_client: Register
) -> None:
    """The control: nothing that was typed is lost."""
    long = "".join(f"https://{secrets.token_hex(30)}.example.vn/cb\n" for _ in range(100))
    page = register_client(developer, client_name="", redirect_uris=long)
    assert page.is_refused
    assert page.form("party_id").fields["redirect_uris"].split() == long.split()


def test_a_secret_is_shown_again_on_reloading_and_in_the_other_language(
    developer: Visitor, register_client: Register
) -> None:
    """A14: for its session and two minutes; its address alone tells nobody."""
    page = register_client(developer)
    assert page.path.endswith("/secret/made")
    secret = secret_on(page)
    assert secret not in page.url
    assert secret_on(developer.open(page.url)) == secret
    back = page.url.removeprefix(BASE)
    in_vietnamese = developer.open(f"{BASE}/language?to=vi&return={quote(back, safe='')}")
    assert secret_on(in_vietnamese) == secret
    with clock.shifted(SHOWN_AGAIN):
        assert secret not in developer.open(page.url).text
