"""What goes beyond the simple case: off until given, checked, and shown to whoever decides."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from idp.kit.db import transaction
from idp.portal.form import ROWS, form_of, metadata_from
from idp.portal.form_parts import NEW, PARTS
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import BOXES, By
from idp.relying_parties.grant_types import SERVICE_GRANTS, TOKEN_EXCHANGE
from idp.relying_parties.lookup import find_party
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.scopes import CHOSEN_SCOPES
from tests.support.client_fields import PURPOSE, other_value
from tests.support.portal_forms import edit
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor

Register = Callable[..., Page]
SETTINGS = {
    "frontchannel_logout_uri": "https://gplx.example.vn/signed-out-frame",
    "policy_uri": "https://gplx.example.vn/policy",
    "tos_uri": "https://gplx.example.vn/terms",
    "help_uri": "https://gplx.example.vn/questions",
    "default_max_age": "600",
    "default_acr_values": "LoA3 LoA2",
    "require_auth_time": "yes",
}
ADDRESS = {"redirect_uris": "https://gplx.example.vn/cb"}
LIVE = {**ADDRESS, **PURPOSE}


def stored(app: FastAPI, page: Page) -> RelyingParty:
    found = re.search(r"(?:sandbox|live)-[0-9a-f]{20}", page.text)
    assert found, page.text
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=found[0])
    assert record is not None
    return record.party


def test_settings_are_off_until_given_and_can_be_taken_back(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    plain = stored(app, register_client(developer))
    assert (plain.frontchannel_logout_uri, plain.policy_uri, plain.tos_uri) == ("", "", "")
    assert (plain.default_max_age, plain.require_auth_time) == (None, False)

    party = stored(app, register_client(developer, **SETTINGS))
    assert party.frontchannel_logout_uri == SETTINGS["frontchannel_logout_uri"]
    assert (party.policy_uri, party.tos_uri) == (SETTINGS["policy_uri"], SETTINGS["tos_uri"])
    assert (party.default_max_age, party.require_auth_time) == (600, True)
    assert party.default_acr_values == ["LoA3", "LoA2"]

    address = f"{BASE}/portal/applications/{party.client_id}"
    assert all(
        SETTINGS[name] in developer.open(address).text
        for name in ("policy_uri", "tos_uri", "help_uri")
    )
    saved = edit(developer, address, {**dict.fromkeys(SETTINGS, ""), **ADDRESS})
    assert stored(app, saved).default_max_age is None
    assert not stored(app, saved).require_auth_time


def test_what_it_cannot_do_without_is_ticked_and_shown(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    ticked = {"scope.email": "yes", "scope.phone": "yes", "needed_claims.email": "yes"}
    page = register_client(developer, **ticked)
    party = stored(app, page)
    assert party.needed_claims == ["email"]
    address = f"{BASE}/portal/applications/{party.client_id}"
    assert "Cannot do without" in developer.open(address).text
    assert stored(app, edit(developer, address, ADDRESS)).needed_claims == ["email"], "as it was"
    form = developer.open(f"{address}/edit/data")
    assert stored(app, developer.submit(form, {})).needed_claims == ["email"], "as it was"
    saved = edit(developer, address, {**ADDRESS, "needed_claims.email": ""})
    assert stored(app, saved).needed_claims == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"frontchannel_logout_uri": "https://elsewhere.vn/x"}, "Page opened when people sign out"),
        ({"policy_uri": "http://localhost:9000/policy"}, "Privacy policy"),
        ({"tos_uri": "javascript:alert(1)"}, "Terms of use"),
        ({"default_max_age": "ten"}, "Maximum sign-in age (seconds)"),
        ({"default_max_age": "1" * 20}, "Maximum sign-in age (seconds)"),
        ({"needed_claims.email": "yes"}, "Cannot do without"),
        ({"default_acr_values": "Lo\u00e1"}, "Identity levels it asks for"),
        ({"default_acr_values": "LoA2 LoA9"}, "Identity levels it asks for"),
    ],
)
def test_a_refused_setting_is_named_and_kept_as_typed(
    developer: Visitor, register_client: Register, changes: dict[str, str], told: str
) -> None:
    page = register_client(developer, **changes)
    assert page.is_refused
    field = next(iter(changes)).partition(".")[0]
    assert f'<a href="#{field}">{told} – ' in page.text
    assert f'id="{field}-error"' in page.text
    assert next(iter(changes.values())) in page.text


def test_the_operator_sees_the_settings_and_what_they_were(
    owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    sandbox = re.search(r"sandbox-[0-9a-f]{20}", register_client(owner).text)
    assert sandbox
    form = owner.open(f"{BASE}/portal/applications/{sandbox[0]}/production")
    live = owner.submit(form, {**LIVE, "policy_uri": "https://gplx.example.vn/first"}).path
    review = f"{BASE}/console/applications/{live.rsplit('/', 1)[-1]}"
    operator.submit(operator.open(review), {}, button="decision")
    assert "Privacy policy so far" not in operator.open(review).text
    second = {**ADDRESS, "policy_uri": "https://gplx.example.vn/second"}
    edit(owner, f"{BASE}{live}", second)
    seen = operator.open(review).text.partition("Privacy policy so far")
    assert "https://gplx.example.vn/second" in seen[0]
    assert "https://gplx.example.vn/first" in seen[2]


def test_the_operator_sees_what_the_sandbox_was_given_between_services(
    app: FastAPI, owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    given = {
        "resources": ["https://tax.example.vn/api"],
        "audiences": ["https://gplx.example.vn/api"],
        "exchange_clients": ["city-portal"],
        "grant_types": ["authorization_code", TOKEN_EXCHANGE],
    }
    sandbox = stored(app, register_client(owner))
    with transaction(app.state.runtime.engine) as db:
        db.execute(update(RelyingParty).filter_by(id=sandbox.id).values(given))
    form = owner.open(f"{BASE}/portal/applications/{sandbox.client_id}/production")
    live = owner.submit(form, LIVE).path
    review = operator.open(f"{BASE}/console/applications/{live.rsplit('/', 1)[-1]}").text
    assert "For a person who signed in at another service" in review
    for name in ("resources", "audiences", "exchange_clients"):
        assert f"<code>{given[name][-1]}</code>" in review


def test_an_application_that_becomes_native_acts_for_people_alone() -> None:
    base = ClientMetadata(client_name="A", grant_types=("authorization_code", *SERVICE_GRANTS))
    for kind, grants in (("web", base.grant_types), ("native", ("authorization_code",))):
        blank = form_of(ClientMetadata())
        typed = {**blank.typed, "application_type": kind}
        asked = metadata_from(replace(blank, typed=typed), base=base)
        assert set(asked.grant_types) == set(grants)


def test_the_form_has_a_place_for_what_agencies_set_and_for_nothing_else(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    """Each field in one part; and the form for a new application asks for nothing besides."""
    address = f"{BASE}/portal/applications/{stored(app, register_client(developer)).client_id}"
    pages = [developer.open(f"{address}/edit/{name}") for name in PARTS]
    parts = [page.form("csrf_token").fields for page in pages]
    shown = [name for part in parts for name in {key.partition(".")[0] for key in part}]
    theirs = {name for name, row in FIELDS.items() if By.AGENCY in row.by}
    assert sorted(name for name in shown if name in FIELDS) == sorted(theirs)
    assert {name for part in parts for name in part if name.startswith("scope.")} == {
        f"scope.{scope}" for scope in CHOSEN_SCOPES
    }
    asked = developer.open(f"{BASE}/portal/new").form("client_name").fields
    assert {name.partition(".")[0] for name in asked} & {*FIELDS} == {*NEW.fields} - {"system"}


TYPED = [n for n, row in ROWS.items() if n not in ("scope", "token_endpoint_auth_method")]


@pytest.mark.parametrize("name", TYPED)
def test_what_an_agency_sets_is_stored(
    app: FastAPI, developer: Visitor, register_client: Register, name: str
) -> None:
    value = other_value(name)
    typed = {name: ROWS[name].kind.write(value)} if name != "service" else {}
    if ROWS[name].kind is BOXES:
        typed = {f"{name}.{choice}": "yes" for choice in value} | {"scope.email": "yes"}
    uris = {"redirect_uris": "https://rp.example/cb"} if name != "redirect_uris" else {}
    page = register_client(developer, **{**uris, **typed})
    assert page.status == 200, page.text
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=stored(app, page).client_id)
    assert record is not None
    assert getattr(record.metadata, name) == value


def test_a_secret_that_nobody_was_shown_is_not_kept(
    app: FastAPI, developer: Visitor, register_client: Register
) -> None:
    party = stored(app, register_client(developer, token_endpoint_auth_method="none"))
    address = f"{BASE}/portal/applications/{party.client_id}"
    saved = edit(developer, address, {"token_endpoint_auth_method": ""})
    assert stored(app, saved).token_endpoint_auth_method == "client_secret_basic"
    assert stored(app, saved).client_secret_hash is None
    assert "Get the secret" in saved.text
    ask = developer.open(f"{address}/secret")
    given = developer.submit(ask, {"version": ask.form("version").fields["version"]})
    assert "OIDC_CLIENT_SECRET" in given.text
    assert stored(app, given).client_secret_hash is not None
