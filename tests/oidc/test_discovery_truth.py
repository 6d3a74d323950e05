"""Everything advertised works, nothing unadvertised works: one probe for each member."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx2 import Response
from joserfc import jwe
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from sqlalchemy import select

from idp.kit.db import transaction
from idp.kit.http import GuardedClient
from idp.oidc.endpoints.discovery import metadata
from idp.oidc.part import OidcPart
from idp.outbox.models import OutboxMessage
from idp.people.models import Person
from idp.relying_parties.auth_methods import CERTIFICATE_METHODS
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.scopes import INTERFACE_SCOPES
from idp.settings import Settings
from idp.settings.protocol import ProtocolSettings, RegistrationSettings
from idp.settings.server import MutualTlsSettings
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from tests.oidc.certificates import KEY as CERTIFIED
from tests.oidc.certificates import SUBJECT, at, behind_proxy, make_certificate, shown
from tests.oidc.conftest import (
    ISSUER,
    REDIRECT,
    SECRET,
    VERIFIER,
    World,
    answer_of,
    basic,
    parameters,
)
from tests.oidc.dpop import ED25519, proof
from tests.oidc.dpop import RSA as DPOP_RSA
from tests.oidc.test_private_key_jwt import assertion, fields_of
from tests.support.app import changed_part

RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
JWKS = KeySet([RSA, EC, ED]).as_dict(private=False)
KEYS = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": ED}
OFF = (
    "/check_session_iframe",
    "/register",
    "/bc-authorize",
    "/logout",
)
Document = dict[str, Any]


class Provider:
    """A world with one person signed in, and as many clients as the probes want."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.document: Document = world.browser().get("/.well-known/openid-configuration").json()
        self.browser = world.browser()
        self.person: Person = world.person()
        self.browser.sign_in(self.person)
        self._count = 0
        self.rp = self.client()

    def client(self, **values: Any) -> str:
        """A client with keys, to which the person has agreed."""
        self._count += 1
        party: RelyingParty = self.world.party(f"c{self._count}", **{"jwks": JWKS, **values})
        self.world.consent(self.person, party)
        return party.client_id

    def answer(self, client_id: str | None = None, **changes: str | None) -> dict[str, str]:
        """What /authorize answers."""
        asked = {"client_id": client_id or self.rp, "prompt": "none", **changes}
        return answer_of(self.browser.authorize(**asked))

    def tokens(self, client_id: str | None = None, **changes: str | None) -> dict[str, Any]:
        """A token response."""
        client_id = client_id or self.rp
        code = self.answer(client_id, **changes)["code"]
        response = self.browser.redeem(code, client_id=client_id)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    def post(self, path: str, fields: dict[str, str], client_id: str | None = None) -> Response:
        """A POST by client_secret_basic."""
        headers = basic(client_id or self.rp, SECRET)
        return self.browser.client.post(path, data=fields, headers=headers)

    def by_method(self, method: str, path: str, alg: str = "ES256") -> Response:
        """A POST by a client that registered that way of authentication, and uses it."""
        is_signing = method == "private_key_jwt"
        client_id = self.client(
            token_endpoint_auth_method=method,
            application_type="native" if method == "none" else "web",
        )
        fields = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
        if method == "client_secret_basic":
            return self.post(path, fields, client_id)
        if is_signing:
            signed = assertion(KEYS[alg], alg=alg, iss=client_id, sub=client_id)
            return self.browser.client.post(path, data={**fields, **fields_of(signed)})
        secret = {"client_secret": SECRET} if method == "client_secret_post" else {}
        return self.browser.client.post(path, data={**fields, "client_id": client_id, **secret})


def is_known(response: Response) -> bool:
    """Whether the client was authenticated, whatever else was wrong."""
    return response.status_code != 401


def is_registrable(**values: Any) -> bool:
    usual: dict[str, Any] = {"client_name": "A", "redirect_uris": (REDIRECT,), "jwks": JWKS}
    issuer = Settings(environment="test").issuer
    return not find_faults(ClientMetadata(**{**usual, **values}), issuer=issuer)


def sealed(token: str) -> dict[str, Any]:
    """The header of a JWE."""
    names = [*jwe.JWERegistry.algorithms["alg"], *jwe.JWERegistry.algorithms["enc"]]
    for key in (RSA, EC):
        try:
            return jwe.decrypt_compact(token, key, algorithms=names).headers()
        except Exception:  # noqa: BLE001 - the other key opens it
            continue
    raise AssertionError("neither key opens it")


def endpoint(provider: Provider, url: str) -> None:
    assert url.startswith(f"{ISSUER}/")
    path = url.removeprefix(ISSUER)
    client = provider.browser.client
    assert {client.get(path).status_code, client.post(path).status_code} - {404, 405}


def endpoints_not_named(provider: Provider, issuer: str) -> None:
    assert issuer == ISSUER
    client = provider.browser.client
    for path in OFF:
        assert client.post(path).status_code == 404
        assert client.get(path).status_code in (404, 405)


def response_types(provider: Provider, offered: list[str]) -> None:
    for kind in ("code", "token", "id_token", "code id_token", "id_token token", "none"):
        found = provider.browser.authorize(client_id=provider.rp, response_type=kind)
        is_refused = "unsupported_response_type" in found.headers["location"]
        assert is_refused is (kind not in offered)


def response_modes(provider: Provider, offered: list[str]) -> None:
    signed = ("jwt", "query.jwt", "fragment.jwt", "form_post.jwt")
    for mode in ("query", "fragment", "form_post", *signed, "web_message", "code.jwt"):
        asked = parameters(client_id=provider.rp, response_mode=mode, prompt="none")
        found = provider.browser.get("/authorize", params=asked)
        text = found.headers.get("location", "") + found.text
        assert ("invalid_request" in text) is (mode not in offered)
        expected = "response" if mode in signed else "code"
        assert (expected in text) is (mode in offered) or mode not in offered


def grant_types(provider: Provider, offered: list[str]) -> None:
    others = ["password", "urn:ietf:params:oauth:grant-type:device_code"]
    others += [f"urn:ietf:params:oauth:grant-type:{n}" for n in ("token-exchange", "jwt-bearer")]
    for grant in {*offered, *others} - {"implicit"}:
        answer = provider.post("/token", {"grant_type": grant})
        is_refused = answer.json().get("error") == "unsupported_grant_type"
        assert is_refused is (grant not in offered), grant
    client_id = provider.client(grant_types=["implicit"], response_types=["id_token"])
    found = provider.browser.authorize(client_id=client_id, response_type="id_token")
    assert ("#id_token=" in found.headers["location"]) is ("implicit" in offered)


def methods_at(path: str) -> Callable[[Provider, list[str]], None]:
    def probe(provider: Provider, offered: list[str]) -> None:
        known = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
        assert set(offered) <= {*known, *CERTIFICATE_METHODS}
        for method in known:
            assert is_known(provider.by_method(method, path)) is (method in offered), method
        assert not is_registrable(token_endpoint_auth_method="client_secret_jwt")
        for method in CERTIFICATE_METHODS:
            assert is_known(by_certificate(provider, method, path)) is (method in offered), method

    return probe


def by_certificate(provider: Provider, method: str, path: str) -> Response:
    """A POST through the proxy, by a client that shows its certificate."""
    client_id = provider.client(
        token_endpoint_auth_method=method,
        tls_client_auth_subject_dn=SUBJECT,
        jwks={"keys": [ECKey.import_key(CERTIFIED).as_dict(private=False)]},
    )
    fields = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    sent, headers = {**fields, "client_id": client_id}, shown(make_certificate())
    return at(provider.world).post(path, data=sent, headers=headers)


def certificate_binding(provider: Provider, is_offered: bool) -> None:
    client_id = provider.client(tls_client_certificate_bound_access_tokens=True)
    fields = {"grant_type": "client_credentials"}
    headers = {**basic(client_id, SECRET), **shown(make_certificate())}
    answer = at(provider.world).post("/token", data=fields, headers=headers)
    assert (answer.status_code == 200) is is_offered


def dpop_algs(provider: Provider, offered: list[str]) -> None:
    makers = {
        "ES256": proof,
        "PS256": lambda: proof(DPOP_RSA, alg="PS256"),
        "EdDSA": lambda: proof(ED25519, alg="EdDSA"),
        "RS256": lambda: proof(DPOP_RSA, alg="RS256"),
        "none": lambda: proof(alg="none"),
    }
    assert set(offered) <= set(makers)
    fields = {"grant_type": "client_credentials"}
    for alg, make in makers.items():
        headers = {**basic(provider.rp, SECRET), "DPoP": make()}
        answer = provider.browser.client.post("/token", data=fields, headers=headers)
        assert (answer.status_code == 200) is (alg in offered), alg


def assertion_algs_at(path: str) -> Callable[[Provider, list[str]], None]:
    def probe(provider: Provider, offered: list[str]) -> None:
        assert set(offered) == set(KEYS)
        for alg in offered:
            assert is_known(provider.by_method("private_key_jwt", path, alg))
        for alg in ("HS256", "none", "RS512"):
            assert not is_registrable(token_endpoint_auth_signing_alg=alg)

    return probe


def pkce(provider: Provider, offered: list[str]) -> None:
    assert offered == ["S256"]
    assert "code" in provider.answer()
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
    assert provider.answer(**plain)["error"] == "invalid_request"
    assert provider.answer(code_challenge_method=None)["error"] == "invalid_request"


def id_token_algs(provider: Provider, offered: list[str]) -> None:
    for alg in offered:
        token = provider.tokens(provider.client(id_token_signed_response_alg=alg))["id_token"]
        assert provider.world.verify(token).header["alg"] == alg
    for alg in ("none", "HS256", "PS256", "EdDSA"):
        assert is_registrable(id_token_signed_response_alg=alg) is (alg in offered)


def userinfo_algs(provider: Provider, offered: list[str]) -> None:
    for alg in offered:
        tokens = provider.tokens(provider.client(userinfo_signed_response_alg=alg))
        signed = provider.browser.userinfo(tokens["access_token"]).text
        assert provider.world.verify(signed).header["alg"] == alg
    for alg in ("none", "HS256", "PS256"):
        assert is_registrable(userinfo_signed_response_alg=alg) is (alg in offered)


def encryption(kind: str, part: str) -> Callable[[Provider, list[str]], None]:
    name = f"{kind}_encrypted_response_{part}"

    def probe(provider: Provider, offered: list[str]) -> None:
        for value in offered:
            chosen = {f"{kind}_encrypted_response_alg": "ECDH-ES", name: value}
            tokens = provider.tokens(provider.client(**chosen))
            token = tokens["id_token"]
            if kind == "userinfo":
                token = provider.browser.userinfo(tokens["access_token"]).text
            assert sealed(token)[part] == value
        for value in ("RSA1_5", "dir", "A128KW", "A128GCM"):
            chosen = {f"{kind}_encrypted_response_alg": "ECDH-ES", name: value}
            assert is_registrable(**chosen) is (value in offered), value

    return probe


def subject_types(provider: Provider, offered: list[str]) -> None:
    assert set(offered) == {"public", "pairwise"}
    subjects = {
        provider.world.verify(provider.tokens(client_id)["id_token"]).claims["sub"]
        for client_id in (
            provider.client(),
            provider.client(),
            provider.client(subject_type="pairwise"),
        )
    }
    assert len(subjects) == 2
    assert not is_registrable(subject_type="ephemeral")


def scopes(provider: Provider, offered: list[str]) -> None:
    of_people = [scope for scope in offered if scope not in INTERFACE_SCOPES]
    client_id = provider.client(scope=f"{' '.join(offered)} payments")
    with transaction(provider.world.engine) as db:
        party = db.scalars(select(RelyingParty).where(RelyingParty.client_id == client_id)).one()
    provider.world.consent(provider.person, party, " ".join(of_people))
    for scope in (*offered, "payments"):
        granted = provider.tokens(client_id, scope=f"openid {scope}")["scope"].split()
        is_held_back = scope == "offline_access"  # honoured with prompt=consent only
        assert (scope in granted) is (scope in of_people and not is_held_back), scope
    program = provider.client(scope=" ".join(offered), grant_types=["client_credentials"])
    for scope in set(offered) - set(of_people):
        form = {"grant_type": "client_credentials", "scope": scope}
        sent = provider.browser.client.post("/token", data=form, headers=basic(program, SECRET))
        assert sent.json()["scope"] == scope


def claims(provider: Provider, offered: list[str]) -> None:
    found = provider.tokens(scope="openid profile email phone")
    userinfo = provider.browser.userinfo(found["access_token"]).json()
    id_token = provider.world.verify(found["id_token"]).claims
    assert {*userinfo, *id_token} <= set(offered)


def acr_values(provider: Provider, offered: list[str]) -> None:
    for acr in offered:
        token = provider.tokens(acr_values=acr)["id_token"]
        assert provider.world.verify(token).claims["acr"] in offered


def prompts(provider: Provider, offered: list[str]) -> None:
    for prompt in (*offered, "create", "everything"):
        found = provider.browser.authorize(client_id=provider.rp, prompt=prompt)
        assert ("invalid_request" in found.headers["location"]) is (prompt not in offered)


def ui_locales(provider: Provider, offered: list[str]) -> None:
    assert offered
    assert "code" in provider.answer(ui_locales=" ".join(offered))


def displays(provider: Provider, offered: list[str]) -> None:
    for display in offered:
        asked = {**parameters(client_id=provider.rp, prompt="none"), "display": display}
        assert "code" in answer_of(provider.browser.get("/authorize", params=asked))


def claims_parameter(provider: Provider, is_offered: bool) -> None:
    token = provider.tokens(claims='{"id_token": {"name": null}}')["id_token"]
    assert ("name" in provider.world.verify(token).claims) is is_offered


def request_object(provider: Provider, alg: str) -> str:
    asked = {"iss": provider.rp, "sub": None, "aud": ISSUER, "jti": None, "client_id": provider.rp}
    return assertion(KEYS[alg], alg=alg, **asked, state="signed")


def request_parameter(provider: Provider, is_offered: bool) -> None:
    answer = provider.answer(request=request_object(provider, "ES256"))
    assert (answer.get("state") == "signed") is is_offered


def request_algs(provider: Provider, offered: list[str]) -> None:
    assert "none" not in offered
    for alg in offered:
        assert provider.answer(request=request_object(provider, alg))["state"] == "signed"
    unsigned = request_object(provider, "ES256").rpartition(".")[0] + "."
    assert provider.answer(request=unsigned)["error"] == "invalid_request_object"


def request_uri(provider: Provider, is_offered: bool) -> None:
    uri = "https://rp.example/object"
    client_id = provider.client(request_uris=[uri])
    asked = {"iss": client_id, "sub": None, "client_id": client_id, "state": "fetched"}
    signed = assertion(EC, **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GuardedClient, "get", lambda _self, _uri: signed.encode())
        answer = provider.answer(client_id, request_uri=uri)
        assert (answer.get("state") == "fetched") is is_offered
        for other in (f"{uri}/other", "https://elsewhere.example/object"):
            assert "error" in provider.answer(client_id, request_uri=other)


def iss_parameter(provider: Provider, is_offered: bool) -> None:
    for answer in (provider.answer(), provider.answer(scope="profile")):
        assert (answer.get("iss") == ISSUER) is is_offered


def signed_introspection(provider: Provider, offered: list[str]) -> None:
    """RS256, or for clients of FAPI what their ID tokens are signed with."""
    headers = {"Accept": "application/token-introspection+jwt"}
    by_profile = {"RS256": "openid", "PS256": "fapi2-security", "ES256": "fapi2-security"}
    assert set(offered) == set(by_profile)
    for alg, profile in by_profile.items():
        client_id = provider.client(
            profile=profile,
            token_endpoint_auth_method="private_key_jwt",
            id_token_signed_response_alg=alg,
        )
        fields = fields_of(assertion(EC, iss=client_id, sub=client_id))
        found = provider.browser.client.post(
            "/introspect", data={"token": "x", **fields}, headers=headers
        )
        assert provider.world.verify(found.text).header["alg"] == alg


def signed_responses(provider: Provider, offered: list[str]) -> None:
    for alg in offered:
        client_id = provider.client(authorization_signed_response_alg=alg)
        response = provider.answer(client_id, response_mode="jwt")["response"]
        assert provider.world.verify(response).header["alg"] == alg
    for alg in ("none", "HS256", "EdDSA"):
        assert is_registrable(authorization_signed_response_alg=alg) is (alg in offered)


def pushing(provider: Provider, url: str) -> None:
    pushed = provider.post(url.removeprefix(ISSUER), parameters(client_id=provider.rp))
    handle = pushed.json()["request_uri"]
    asked = {"client_id": provider.rp, "request_uri": handle}
    assert "code" in answer_of(provider.browser.get("/authorize", params=asked))


def asking_for_a_device(provider: Provider, url: str) -> None:
    client = provider.client(grant_types=[DEVICE_CODE])
    told = provider.post(url.removeprefix(ISSUER), {"scope": "openid"}, client).json()
    form = {"grant_type": DEVICE_CODE, "device_code": told["device_code"]}
    assert provider.post("/token", form, client).json()["error"] == "authorization_pending"
    assert provider.browser.get(told["verification_uri"].removeprefix(ISSUER)).status_code == 200


def pushing_required(provider: Provider, is_required: bool) -> None:
    """By the server of nobody; of the clients that say so themselves."""
    assert ("code" in provider.answer()) is not is_required
    strict = provider.client(require_pushed_authorization_requests=True)
    assert provider.answer(strict)["error"] == "invalid_request"


def is_exactly(value: object) -> Callable[[Provider, object], None]:
    def probe(_provider: Provider, found: object) -> None:
        assert found == value

    return probe


def backchannel(provider: Provider, is_offered: bool) -> None:
    """A party that listens is told; test_backchannel_logout.py says of what and how."""
    client_id = provider.client(backchannel_logout_uri="https://rp.example/logout")
    browser, person = provider.world.browser(), provider.person
    browser.sign_in(person)
    code = answer_of(browser.authorize(client_id=client_id))["code"]
    hint = browser.redeem(code, client_id=client_id).json()["id_token"]
    sid = provider.world.session_of(hint)
    browser.get("/end_session", params={"id_token_hint": hint})
    with transaction(provider.world.engine) as db:
        of_sign_outs = OutboxMessage.kind == BACKCHANNEL_LOGOUT
        told = list(db.scalars(select(OutboxMessage.key).where(of_sign_outs)))
    assert (str(sid) in told) is is_offered


def frontchannel(provider: Provider, is_offered: bool) -> None:
    """A page comes between, to show the frame; test_sign_out.py says of what and how."""
    bye = "https://rp.example/bye"
    for listens in (True, False):
        uri = "https://rp.example/logout" if listens else ""
        client_id = provider.client(frontchannel_logout_uri=uri)
        browser = provider.world.browser()
        browser.sign_in(provider.person)
        code = answer_of(browser.authorize(client_id=client_id))["code"]
        hint = browser.redeem(code, client_id=client_id).json()["id_token"]
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": bye}
        location = browser.get("/end_session", params=asked).headers["location"]
        assert (location == bye) is not (listens and is_offered)


def session_iframe(provider: Provider, url: str) -> None:
    page = provider.browser.get(url.removeprefix(ISSUER))
    assert page.status_code == 200
    assert "frame-ancestors" not in page.headers["content-security-policy"]
    assert "session_state" in provider.answer()


PROBES: dict[str, Callable[[Provider, Any], None]] = {
    "issuer": endpoints_not_named,
    "authorization_endpoint": endpoint,
    "token_endpoint": endpoint,
    "userinfo_endpoint": endpoint,
    "jwks_uri": endpoint,
    "end_session_endpoint": endpoint,
    "check_session_iframe": session_iframe,
    "frontchannel_logout_supported": frontchannel,
    "frontchannel_logout_session_supported": frontchannel,
    "backchannel_logout_supported": backchannel,
    "backchannel_logout_session_supported": backchannel,
    "dpop_signing_alg_values_supported": dpop_algs,
    "tls_client_certificate_bound_access_tokens": certificate_binding,
    "revocation_endpoint": endpoint,
    "introspection_endpoint": endpoint,
    "response_types_supported": response_types,
    "response_modes_supported": response_modes,
    "grant_types_supported": grant_types,
    "token_endpoint_auth_methods_supported": methods_at("/token"),
    "revocation_endpoint_auth_methods_supported": methods_at("/revoke"),
    "introspection_endpoint_auth_methods_supported": methods_at("/introspect"),
    "token_endpoint_auth_signing_alg_values_supported": assertion_algs_at("/token"),
    "revocation_endpoint_auth_signing_alg_values_supported": assertion_algs_at("/revoke"),
    "introspection_endpoint_auth_signing_alg_values_supported": assertion_algs_at("/introspect"),
    "code_challenge_methods_supported": pkce,
    "id_token_signing_alg_values_supported": id_token_algs,
    "id_token_encryption_alg_values_supported": encryption("id_token", "alg"),
    "id_token_encryption_enc_values_supported": encryption("id_token", "enc"),
    "userinfo_signing_alg_values_supported": userinfo_algs,
    "userinfo_encryption_alg_values_supported": encryption("userinfo", "alg"),
    "userinfo_encryption_enc_values_supported": encryption("userinfo", "enc"),
    "subject_types_supported": subject_types,
    "scopes_supported": scopes,
    "claims_supported": claims,
    "claim_types_supported": is_exactly(["normal"]),
    "acr_values_supported": acr_values,
    "prompt_values_supported": prompts,
    "display_values_supported": displays,
    "ui_locales_supported": ui_locales,
    "claims_parameter_supported": claims_parameter,
    "request_parameter_supported": request_parameter,
    "request_object_signing_alg_values_supported": request_algs,
    "request_uri_parameter_supported": request_uri,
    "require_request_uri_registration": is_exactly(True),
    "authorization_response_iss_parameter_supported": iss_parameter,
    "introspection_signing_alg_values_supported": signed_introspection,
    "authorization_signing_alg_values_supported": signed_responses,
    "pushed_authorization_request_endpoint": pushing,
    "require_pushed_authorization_requests": pushing_required,
    "device_authorization_endpoint": asking_for_a_device,
}


@pytest.fixture(scope="module")
def provider(shared_world: World) -> Provider:
    """The provider under the settings it has when nobody changes them."""
    return Provider(shared_world)


def test_every_member_has_its_probe(provider: Provider) -> None:
    assert set(provider.document) == set(PROBES)


@pytest.mark.parametrize("member", PROBES)
@pytest.mark.asvs("11.6.1")
def test_what_is_advertised_works_and_nothing_else(provider: Provider, member: str) -> None:
    PROBES[member](provider, provider.document[member])


def test_a_proxy_that_tells_of_certificates_adds_what_they_are_good_for(
    provider: Provider,
) -> None:
    with behind_proxy(provider.world):
        document = metadata(provider.world.part)
        for path, name in (("/token", "token"), ("/introspect", "introspection")):
            methods_at(path)(provider, document[f"{name}_endpoint_auth_methods_supported"])
        certificate_binding(provider, document["tls_client_certificate_bound_access_tokens"])


def test_response_types_that_are_switched_on_work_too(provider: Provider) -> None:
    named = ("code", "id_token", "code id_token", "id_token token")
    protocol = ProtocolSettings(response_types=named)
    with changed_part(provider.world.app, OidcPart, protocol=protocol):
        document = metadata(provider.world.part)
        for member in ("response_types_supported", "grant_types_supported"):
            assert set(document[member]) > set(provider.document[member])
            PROBES[member](provider, document[member])


def test_only_settings_add_members(provider: Provider) -> None:
    opened = replace(
        provider.world.part,
        registration=RegistrationSettings(is_open=True),
        mtls=MutualTlsSettings(certificate_header="X-Cert", url="https://mtls.example"),
    )
    added = {"registration_endpoint", "mtls_endpoint_aliases"}
    assert set(metadata(opened)) - set(PROBES) == added
