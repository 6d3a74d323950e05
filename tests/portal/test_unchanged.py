"""A form saved as it is shown changes nothing, whatever kind of client it is about."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from functools import cache
from itertools import product
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.kit import clock
from idp.kit.db import transaction
from idp.portal.entry import Frame
from idp.portal.form import ROWS, form_of, metadata_from, read_form
from idp.portal.form_page import FormPage
from idp.portal.form_parts import NEW, PARTS, Part, part_of, production_part
from idp.relying_parties.auth_methods import AUTH_METHODS
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.grant_types import (
    DEVICE_CODE,
    GRANT_TYPES,
    IMPLICIT,
    JWT_BEARER,
    PERSON_GRANTS,
    REDIRECT_GRANTS,
    RESPONSE_TYPES,
    SERVICE_GRANTS,
    TOKEN_EXCHANGE,
    needed_grants,
)
from idp.relying_parties.lookup import find_party
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import register_party
from idp.relying_parties.review import change_party
from idp.relying_parties.scopes import CHOSEN_SCOPES, GIVEN_CLAIMS, SCOPE_CLAIMS
from idp.settings.operator import OperatorSettings
from idp.settings.server import IssuerSettings
from idp.web.templates import Pages, Shell
from tests.support.client_fields import PURPOSE, other_value
from tests.support.portal_forms import edit
from tests.support.staff import BASE, Office
from tests.support.visitor import Page, Visitor

ISSUER = IssuerSettings(url="https://id.example.gov.vn")


@st.composite
def clients(draw: st.DrawFn) -> ClientMetadata:
    """Clients of every mix of grants, methods, kinds and settings, that break no rule."""
    grant = st.sampled_from(GRANT_TYPES)
    grants = tuple(draw(st.one_of(st.tuples(grant), st.lists(grant, min_size=1, unique=True))))
    is_confidential = bool({*SERVICE_GRANTS} & {*grants})
    methods = [method for method in AUTH_METHODS if not (is_confidential and method == "none")]
    method = draw(st.sampled_from(methods))
    kind = draw(st.sampled_from(["web", "native"]))
    responses = [r for r in RESPONSE_TYPES if {*needed_grants(r)} <= {*grants}]
    scopes = draw(st.lists(st.sampled_from([*CHOSEN_SCOPES, "reports.read"]), unique=True))
    if {*PERSON_GRANTS} & {*grants} or draw(st.booleans()):
        scopes.insert(draw(st.integers(0, len(scopes))), "openid")
    needs_keys = method in ("private_key_jwt", "self_signed_tls_client_auth")
    paths = st.lists(st.sampled_from(["cb", "cb?a=1,2", "%C3%A9", "a/b"]), min_size=1, unique=True)
    uris = [f"https://rp.example/{path}" for path in draw(paths)]
    private = ["vn.gov.example:/cb", "http://127.0.0.1/cb"] if kind == "native" else []
    has_uris = bool({*REDIRECT_GRANTS} & {*grants}) or draw(st.booleans())
    usual = {name: other_value(name) for name in FIELDS if draw(st.booleans())}
    for name in (
        *("profile", "frontchannel_logout_uri", "jwks_uri", "request_object_signing_alg"),
        *("id_token_encrypted_response_alg", "id_token_encrypted_response_enc"),
        *("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"),
        *(name for name in FIELDS if name.startswith("tls_client_auth")),
    ):
        usual.pop(name, None)
    if "exchange_clients" in usual:
        usual["audiences"] = other_value("audiences")
    is_bound = usual.keys() & {
        "dpop_bound_access_tokens",
        "tls_client_certificate_bound_access_tokens",
    }
    if is_bound:
        responses = [response for response in responses if "token" not in response.split()]
    if method == "none":
        usual.pop("require_pkce", None)
    if needs_keys or JWT_BEARER in grants:
        usual["jwks"] = other_value("jwks")
    if method == "tls_client_auth":
        usual["tls_client_auth_san_dns"] = "rp.example"
    if has_uris and draw(st.booleans()):
        usual["frontchannel_logout_uri"] = "https://rp.example/signed-out"
    given = [
        claim for scope in scopes for claim in GIVEN_CLAIMS if claim in SCOPE_CLAIMS.get(scope, ())
    ]
    chosen: dict[str, Any] = {
        "needed_claims": tuple(draw(st.lists(st.sampled_from(given), unique=True)))
        if given
        else (),
        "client_name": draw(st.sampled_from(["Đổi  giấy phép", "A"])),
        "grant_types": grants,
        "response_types": tuple(draw(st.lists(st.sampled_from(responses), unique=True)))
        if responses
        else ("code",),
        "token_endpoint_auth_method": method,
        "application_type": kind,
        "scope": draw(st.sampled_from([" ", "  "])).join(scopes),
        "redirect_uris": (*uris, *private) if has_uris else (),
        "service": draw(st.sampled_from([(), ("1.001234",), ("1.001234", "1.009999")])),
        "default_acr_values": draw(st.sampled_from([(), ("LoA2",), ("a,b", "LoA3")])),
        "default_max_age": draw(st.sampled_from([None, 0, 999_999_999])),
    }
    return ClientMetadata(**{**usual, **chosen})


valid_clients = clients().filter(lambda client: not find_faults(client, issuer=ISSUER))


@cache
def pages() -> Pages:
    return Pages(
        time_zone="Asia/Ho_Chi_Minh",
        is_synthetic=False,
        operator=OperatorSettings(),
        host="id.example",
    )


def sent(metadata: ClientMetadata, part: Part) -> dict[str, str]:
    """What a browser sends of that part of the form about it, when nobody touched it."""
    page = FormPage(
        frame=Frame("A", (), has_console=False),
        purpose="edit",
        part=part,
        action="/",
        back="/",
        form=form_of(metadata),
        rows=ROWS,
        has_redirect=True,
        errors={},
        services=(),
        are_services_ticked=False,
        system=("", ""),
        party_id="",
        name="",
        may_submit=True,
    )
    html = (
        pages()
        .environments["en"]
        .get_template("portal/form.html")
        .render(
            page=page,
            shell=Shell("en", (), is_synthetic=False),
            csrf_field=lambda: "",
            take_nonce=lambda: "",
        )
    )
    shown = Page(BASE, 200, html, httpx2.Headers()).form().fields
    return {name: value.replace("\n", "\r\n") for name, value in shown.items() if value}


def asked(client: ClientMetadata, part: Part, **changes: str) -> ClientMetadata:
    """What that part of the form about a client asks for, with those changes alone."""
    fields = {**sent(client, part), **changes}
    form = read_form(fields, shown=form_of(client), names=part.fields)
    return metadata_from(form, base=client)


def every_part(client: ClientMetadata) -> list[Part]:
    """Every page of the form there is."""
    return [*PARTS.values(), NEW, production_part(client)]


def test_saved_as_it_is_shown_a_form_changes_nothing() -> None:
    """C10: among those tried are each grant alone, and each method, of web and native ones."""
    tried: set[tuple[str, str]] = set()

    @settings(max_examples=300)
    @given(client=valid_clients)
    def save(client: ClientMetadata) -> None:
        for part in every_part(client):
            assert asked(client, part) == client
        tried.update((client.application_type, grant) for grant in client.grant_types)
        tried.add((client.application_type, client.token_endpoint_auth_method))
        if len(client.grant_types) == 1:
            tried.add(("alone", client.grant_types[0]))

    save()
    wanted = {(kind, name) for kind in ("web", "native") for name in (*GRANT_TYPES, *AUTH_METHODS)}
    assert (wanted | {("alone", grant) for grant in GRANT_TYPES}) - tried == set()


FOLLOW = MappingProxyType(
    {
        "application_type": {"token_endpoint_auth_method", "require_pkce", "grant_types"},
        "token_endpoint_auth_method": {"require_pkce", "grant_types"},
        "scope.offline_access": {"scope", "grant_types"},
    }
)
"""What changes with a field besides itself: who proves nothing acts for people alone, with PKCE."""
CHANGES = (
    *(
        (name, row.kind.write(other_value(name)))
        for name, row in ROWS.items()
        if name not in ("scope", "token_endpoint_auth_method")
    ),
    *((f"scope.{scope}", "yes") for scope in CHOSEN_SCOPES),
    ("token_endpoint_auth_method", "none"),
    ("token_endpoint_auth_method", "secret"),
)


@pytest.mark.parametrize(("field", "value"), CHANGES)
@settings(max_examples=15)
@given(client=valid_clients)
def test_one_change_changes_nothing_else(field: str, value: str, client: ClientMetadata) -> None:
    part = PARTS[part_of(field.partition(".")[0])]
    after = asked(client, part, **{field: value})
    changed = {f.name for f in fields(client) if getattr(after, f.name) != getattr(client, f.name)}
    assert changed <= {field.partition(".")[0], *FOLLOW.get(field, ())}


KINDS: dict[str, dict[str, Any]] = {
    "device": {"grant_types": (DEVICE_CODE,), "token_endpoint_auth_method": "none"},
    "device with a secret": {"grant_types": (DEVICE_CODE, "refresh_token")},
    "machine": {"grant_types": ("client_credentials",), "scope": "reports.read", "service": ()},
    "machine that signs": {
        "grant_types": (JWT_BEARER,),
        "jwks": other_value("jwks"),
        "token_endpoint_auth_method": "private_key_jwt",
    },
    "exchange": {
        "grant_types": ("authorization_code", TOKEN_EXCHANGE),
        "redirect_uris": ("https://gplx.example.vn/cb",),
    },
    "implicit": {
        "grant_types": (IMPLICIT,),
        "response_types": ("id_token",),
        "redirect_uris": ("https://gplx.example.vn/cb",),
    },
    "native with a secret": {
        "application_type": "native",
        "redirect_uris": ("vn.gov.example:/cb", "https://gplx.example.vn/cb"),
    },
    "in the browser": {
        "token_endpoint_auth_method": "none",
        "redirect_uris": ("https://gplx.example.vn/cb",),
    },
    "of no service": {"redirect_uris": ("https://gplx.example.vn/cb",), "service": ()},
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_registered_client_stays_as_it_is(
    app: FastAPI, developer: Visitor, ministry: Office, kind: dict[str, Any]
) -> None:
    """C10: through the page, for every kind of client."""
    usual: dict[str, Any] = {"client_name": "Máy ở sảnh", "service": (ministry.service,)}
    client = ClientMetadata(**{**usual, **kind})
    assert find_faults(client, issuer=app.state.runtime.settings.issuer) == []
    with transaction(app.state.runtime.engine) as db:
        client_id = register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.SANDBOX,
            state=RelyingPartyState.LIVE,
            metadata=client,
            at=clock.now(),
        ).party.client_id
    address = f"{BASE}/portal/applications/{client_id}"
    for part, changes in (
        *((part, {}) for part in PARTS),
        ("purpose", {"policy_uri": "https://gplx.example.vn/policy"}),
    ):
        saved = developer.submit(developer.open(f"{address}/edit/{part}"), changes)
        assert (saved.status, saved.url) == (200, address), saved.text
        with transaction(app.state.runtime.engine) as db:
            record = find_party(db, client_id=client_id)
        assert record is not None
        assert record.metadata == replace(client, **changes)


def production(
    app: FastAPI, ministry: Office, kind: dict[str, Any], state: RelyingPartyState
) -> str:
    """A client of that kind in production; its client_id."""
    usual: dict[str, Any] = {"client_name": "Máy ở sảnh", "service": (ministry.service,)}
    with transaction(app.state.runtime.engine) as db:
        return register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.PRODUCTION,
            state=state,
            metadata=ClientMetadata(**{**usual, **PURPOSE, **kind}),
            at=clock.now() - timedelta(days=1),
        ).party.client_id


def seen(app: FastAPI, client_id: str) -> tuple[Any, ...]:
    """All that a save could have changed."""
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        party = record.party
        kept = (party.state, party.proposed, party.submitted_at, party.updated_at)
        return (*kept, list(party.authored_by_ids), record.metadata)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_nothing_waits_for_an_operator_that_changes_nothing(
    app: FastAPI, owner: Visitor, developer: Visitor, ministry: Office, kind: dict[str, Any]
) -> None:
    """C10: a form of production saved unchanged is no change to decide about."""
    for state in (RelyingPartyState.LIVE, RelyingPartyState.SUBMITTED):
        client_id = production(app, ministry, kind, state)
        before = seen(app, client_id)
        for visitor, part in product((owner, developer), PARTS):
            form = visitor.open(f"{BASE}/portal/applications/{client_id}/edit/{part}")
            assert visitor.submit(form, {}).status == 200
            assert seen(app, client_id) == before


def test_a_waiting_change_saved_as_it_is_shown_waits_as_it_did(
    app: FastAPI, owner: Visitor, developer: Visitor, ministry: Office
) -> None:
    """C10: what an operator proposed beside what the form shows is not dropped by saving it."""
    office = {"redirect_uris": ("https://gplx.example.vn/cb",)}
    client_id = production(app, ministry, office, RelyingPartyState.LIVE)
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        asked = replace(record.metadata, grant_types=(DEVICE_CODE,), client_name="Máy mới")
        change_party(db, party=record.party, metadata=asked, at=clock.now(), is_submitted=False)
    before = seen(app, client_id)
    address = f"{BASE}/portal/applications/{client_id}/edit/name"
    assert developer.submit(developer.open(address), {}).status == 200
    assert seen(app, client_id) == before
    owner.submit(owner.open(address), {})
    handed_on = seen(app, client_id)
    assert (handed_on[1], handed_on[2] is None) == (before[1], False)
    assert handed_on[1] == {"grant_types": [DEVICE_CODE], "client_name": "Máy mới"}


def test_a_change_taken_back_waits_no_more(app: FastAPI, owner: Visitor, ministry: Office) -> None:
    """C10, control: what is changed waits; changed back, there is nothing to decide."""
    office = {"redirect_uris": ("https://gplx.example.vn/cb",)}
    client_id = production(app, ministry, office, RelyingPartyState.LIVE)
    address = f"{BASE}/portal/applications/{client_id}/edit/name"
    owner.submit(owner.open(address), {"client_name": "Máy khác"})
    assert seen(app, client_id)[1] == {"client_name": "Máy khác"}
    owner.submit(owner.open(address), {"client_name": "Máy ở sảnh"})
    assert seen(app, client_id)[1] is None


def test_a_new_application_in_the_browser_gets_no_secret(
    app: FastAPI, developer: Visitor, register_client: Callable[..., Page]
) -> None:
    """C11: a single-page application is a web application with PKCE and no secret."""
    assert "OIDC_CLIENT_SECRET" in register_client(developer).text
    page = register_client(developer, token_endpoint_auth_method="none")
    assert page.path.startswith("/portal/applications/sandbox-")
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=page.path.rpartition("/")[2])
    assert record is not None
    assert (record.metadata.application_type, record.metadata.is_public) == ("web", True)
    assert (record.metadata.require_pkce, record.party.client_secret_hash) == (True, None)


def test_production_is_not_asked_for_without_saying_what_for_and_by_which_rules(
    owner: Visitor, register_client: Callable[..., Page]
) -> None:
    """The control: what is saved once all is said. What was typed is kept meanwhile."""
    sandbox = register_client(owner).url.partition("/secret")[0]
    typed = {"redirect_uris": "https://live.example.vn/cb", "purpose_en": "driving"}
    page = owner.submit(owner.open(f"{sandbox}/production"), typed)
    assert page.is_refused
    assert [f'href="#{name}"' in page.text for name in PURPOSE] == [True, False, True]
    assert all(value in page.text for value in typed.values())
    assert owner.submit(page, PURPOSE).path.startswith("/portal/applications/live-")


def test_a_part_of_what_lacks_a_purpose_leads_to_where_it_is_said(
    app: FastAPI, owner: Visitor, ministry: Office
) -> None:
    """Whatever else is changed; the control: once it is said, the change is taken."""
    office = {"redirect_uris": ("https://gplx.example.vn/cb",)} | dict.fromkeys(PURPOSE, "")
    client_id = production(app, ministry, office, RelyingPartyState.LIVE)
    address, moved = f"{BASE}/portal/applications/{client_id}", "https://moved.example.vn/cb"
    page = edit(owner, address, {"redirect_uris": moved})
    assert page.is_refused
    for name in PURPOSE:
        assert f'href="/portal/applications/{client_id}/edit/purpose#{name}"' in page.text
    assert seen(app, client_id)[1] is None
    assert not edit(owner, address, PURPOSE).is_refused
    assert not edit(owner, address, {"redirect_uris": moved}).is_refused
    assert seen(app, client_id)[1] == {**PURPOSE, "redirect_uris": [moved]}
