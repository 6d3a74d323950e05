"""Every rule of an authorization request, as a table beside requests that pass."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from idp.catalogue.models import Tier
from idp.oidc.auth_time import max_age_of
from idp.oidc.checks import rules
from idp.oidc.checks.context import Context
from idp.oidc.checks.rules import CHECKS, Address, check_redirect_uri, find_refusal
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.scopes import granted_scopes, named_service
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.party import RegisteredAgency, RegisteredParty, RegisteredService
from idp.settings.people import AssuranceSettings
from tests.oidc.conftest import parameters

AGENCY = RegisteredAgency("Bộ", "Ministry", uuid4(), "G01", Tier.CENTRAL)
SERVICES = {
    code: RegisteredService("Tên", "Name", uuid4(), code, acr, AGENCY)
    for code, acr in (("1.000001", "LoA1"), ("1.000002", "LoA3"))
}
PERSON = uuid4()


def party(**values: Any) -> RegisteredParty:
    usual: dict[str, Any] = {
        "id": uuid4(),
        "client_id": "rp",
        "client_secret_hash": b"",
        "environment": Environment.PRODUCTION,
        "state": RelyingPartyState.LIVE,
        "profile": "openid",
        "require_pkce": True,
        "client_name": "Dịch vụ",
        "client_name_en": "",
        "client_uri": "",
        "application_type": "web",
        "redirect_uris": ("https://rp.example/callback",),
        "post_logout_redirect_uris": (),
        "grant_types": ("authorization_code", "refresh_token"),
        "response_types": ("code",),
        "scope": "openid profile",
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
        "contacts": (),
        "system_id": uuid4(),
        "system_code": "SYS",
        "system_name_vi": "",
        "system_name_en": "",
        "agency": AGENCY,
        "default_service": None,
        "services": SERVICES,
    }
    return RegisteredParty(**{**usual, **values})


def context(registered: RegisteredParty | None = None, **changes: str | None) -> Context:
    request = AuthorizationRequest.read(parameters(**changes))
    hints = {"good": {"sub": PERSON.hex, "acr": "LoA1"}, "no person": {"sub": "rp"}}
    return Context(request, registered or party(), hints.get)


NO_PKCE = {"code_challenge": None, "code_challenge_method": None}


@pytest.mark.parametrize(
    ("changes", "registered", "error"),
    [
        ({}, {}, None),
        ({"response_type": None}, {}, "invalid_request"),
        ({"response_type": ""}, {}, "invalid_request"),
        ({"response_type": "token"}, {}, "unsupported_response_type"),
        ({}, {"response_types": ()}, "unauthorized_client"),
        ({}, {"grant_types": ("client_credentials",)}, "unauthorized_client"),
        ({"response_mode": "query"}, {}, None),
        ({"response_mode": "fragment"}, {}, None),
        ({"response_mode": "form_post"}, {}, None),
        ({"response_mode": "web_message"}, {}, "invalid_request"),
        ({"scope": None}, {}, "invalid_scope"),
        ({"scope": "profile"}, {}, "invalid_scope"),
        ({"scope": "openid email"}, {}, None),
        ({"scope": "openid unheard-of"}, {}, None),
        ({"scope": "openid service:1.000001"}, {}, None),
        ({"scope": "openid service:1.999999"}, {}, "invalid_scope"),
        ({"scope": "openid service:"}, {}, "invalid_scope"),
        (NO_PKCE, {}, "invalid_request"),
        (NO_PKCE, {"require_pkce": False}, None),
        (
            NO_PKCE,
            {"require_pkce": False, "token_endpoint_auth_method": "none"},
            "invalid_request",
        ),
        ({"code_challenge": None}, {"require_pkce": False}, "invalid_request"),
        ({"code_challenge_method": None}, {"require_pkce": False}, "invalid_request"),
        ({"code_challenge_method": "plain"}, {}, "invalid_request"),
        ({"code_challenge": "x" * 42}, {}, "invalid_request"),
        ({"code_challenge": "x" * 42 + "\n"}, {}, "invalid_request"),
        ({"prompt": "none"}, {}, None),
        ({"prompt": "login consent"}, {}, None),
        ({"prompt": "none login"}, {}, "invalid_request"),
        ({"prompt": "create"}, {}, None),
        ({"prompt": "none create"}, {}, "invalid_request"),
        ({"prompt": "register"}, {}, "invalid_request"),
        ({"max_age": "0"}, {}, None),
        ({"max_age": "-1"}, {}, "invalid_request"),
        ({"max_age": "1.5"}, {}, "invalid_request"),
        ({"max_age": "١٢"}, {}, "invalid_request"),
        ({"max_age": "9" * 10}, {}, "invalid_request"),
        ({"id_token_hint": "good"}, {}, None),
        ({"id_token_hint": "bad"}, {}, "invalid_request"),
        ({"id_token_hint": "no person"}, {}, "invalid_request"),
        ({"claims": "{}"}, {}, None),
        ({"claims": '{"userinfo": {"email": null}, "other": 1}'}, {}, None),
        ({"claims": "{"}, {}, "invalid_request"),
        ({"claims": "[]"}, {}, "invalid_request"),
        ({"claims": '{"id_token": []}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": 1}}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"essential": 1}}}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"values": "LoA2"}}}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"value": NaN}}}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {}, "id_token": {}}'}, {}, "invalid_request"),
        ({"claims": '{"id_token": {"acr": {"value": 1e999}}}'}, {}, "invalid_request"),
        ({"claims": r'{"id_token": {"acr": {"value": "\u0000"}}}'}, {}, "invalid_request"),
        ({"claims": r'{"id_token": {"acr": {"value": "\ud800"}}}'}, {}, "invalid_request"),
        ({"claims": "[" * 4000}, {}, "invalid_request"),
        ({"registration": "{}"}, {}, "registration_not_supported"),
        ({"nonce": "n" * 4097}, {}, "invalid_request"),
        ({"nonce": "n" * 1000, "state": "s" * 1000}, {}, None),
    ],
)
@pytest.mark.asvs("10.4.6", "10.6.1")
def test_the_rules(
    changes: dict[str, str | None], registered: dict[str, Any], error: str | None
) -> None:
    refusal = find_refusal(context(party(**registered), **changes), Address.AUTHORIZE)
    assert (refusal.error if refusal else None) == error


def test_each_rule_has_its_place_in_the_table() -> None:
    written = {
        name for name in vars(rules) if name.startswith("check_") and name != "check_redirect_uri"
    }
    assert written == {check.__name__ for check, _ in CHECKS}
    assert len(written) == len(CHECKS)


@pytest.mark.parametrize(
    ("scope", "default", "code", "minimum"),
    [
        ("openid service:1.000002", "1.000001", "1.000002", "LoA3"),
        ("openid", "1.000001", "1.000001", "LoA1"),
        ("openid", None, None, "LoA3"),
        ("openid service:1.000001 service:1.000002", "1.000001", None, "LoA3"),
    ],
)
def test_the_service_named_sets_the_minimum(
    scope: str, default: str | None, code: str | None, minimum: str
) -> None:
    registered = party(default_service=SERVICES[default] if default else None)
    request = AuthorizationRequest.read(parameters(scope=scope))
    named = named_service(request, registered, AssuranceSettings())
    assert (named.service.procedure_code if named.service else None) == code
    assert named.minimum_acr == minimum


@pytest.mark.parametrize(
    ("scope", "prompt", "grants", "granted"),
    [
        ("openid openid other", "", ("refresh_token",), ("openid",)),
        ("openid email profile phone", "", (), ("openid", "profile")),
        ("openid offline_access", "", ("refresh_token",), ("openid",)),
        ("openid offline_access", "consent", (), ("openid",)),
        ("openid offline_access", "consent", ("refresh_token",), ("openid", "offline_access")),
        ("openid service:1.000001", "", (), ("openid", "service:1.000001")),
    ],
)
@pytest.mark.asvs("10.4.11")
def test_what_is_granted(
    scope: str, prompt: str, grants: tuple[str, ...], granted: tuple[str, ...]
) -> None:
    request = AuthorizationRequest.read(parameters(scope=scope, prompt=prompt))
    assert granted_scopes(request, party(grant_types=grants)) == granted


def test_a_stored_request_is_the_same_but_for_the_hint_that_may_be_personal() -> None:
    request = AuthorizationRequest.read(parameters(login_hint="079123456789", max_age="60"))
    stored = request.stored()
    assert "079123456789" not in stored.values()
    again = AuthorizationRequest.read(stored)
    assert again.scopes == request.scopes
    assert max_age_of(again, party()) == max_age_of(request, party()) == timedelta(seconds=60)


def test_an_integrator_learns_what_was_sent_and_what_is_registered() -> None:
    sent = AuthorizationRequest(
        client_id="rp", redirect_uri="https://rp.example/other?code=secret-in-a-query"
    )
    refusal = check_redirect_uri(sent, party(redirect_uris=("https://rp.example/cb",)))
    assert refusal is not None
    told = refusal.reason
    assert "sent: https://rp.example/ and " in told
    assert "registered: https://rp.example/cb" in told
    assert "secret-in-a-query" not in told


def test_a_secret_pasted_as_client_id_is_not_kept() -> None:
    pasted = AuthorizationRequest(client_id="s3cret-value-in-the-wrong-field")
    refusal = check_redirect_uri(pasted, None)
    assert refusal is not None
    told = refusal.reason
    assert "31 characters" in told
    assert "s3cret-value" not in told
