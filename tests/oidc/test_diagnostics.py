"""A refused request carries an error id, under which its developer finds the reason."""

import re
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey
from sqlalchemy import select
from structlog.testing import capture_logs

from idp.journal.errors import RecordedError, find_error
from idp.journal.models import ErrorReport, JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.oidc.explanations import compare_uris
from tests.oidc.conftest import ISSUER, REDIRECT, SECRET, Browser, World, basic, parameters
from tests.oidc.dpop import proof
from tests.oidc.test_private_key_jwt import EC, JWKS, Maker, assertion, fields_of, machine
from tests.oidc.test_token import offline_tokens

EITHER = "client_secret_basic or client_secret_post"
ERROR_ID = re.compile(r"\[([2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4})\]$")


@pytest.fixture(scope="module")
def signer(shared_world: World) -> None:
    values: dict[str, Any] = {"client_secret_hash": None, "jwks": JWKS}
    shared_world.party("signer", token_endpoint_auth_method="private_key_jwt", **values)


@pytest.fixture
def browser(shared_world: World) -> Browser:
    """Someone signed in who agreed; nothing is rationed."""
    browser = shared_world.someone()
    if shared_world.part.relying_parties.find("exact") is None:
        shared_world.party("exact", require_auth_method=True)
        shared_world.part.relying_parties.forget("exact")
    browser.token(grant_type="none")
    shared_world.change(refusals=Ration(1000))
    return browser


def found(browser: Browser, response: Response) -> RecordedError:
    """What is recorded under the id of a refusal, which has no members but the registered."""
    body = response.json()
    assert body.keys() == {"error", "error_description"}
    shown = ERROR_ID.search(body["error_description"])
    assert shown, body
    with transaction(browser.world.engine) as db:
        found = find_error(db, error_id=shown[1])
    assert found is not None
    assert SECRET not in str(found)
    return found


def why(browser: Browser, response: Response) -> str:
    assert response.status_code in (400, 401), response.text
    reason: str = found(browser, response).detail["description"]
    return reason


def test_a_code_that_cannot_be_redeemed_says_why(browser: Browser) -> None:
    code = browser.code()
    assert browser.redeem(code).status_code == 200
    assert re.fullmatch(
        r"The code was sent before, \d s ago, and is good once; all it gave is revoked\. .+",
        why(browser, browser.redeem(code)),
    )
    code = browser.code()
    with clock.shifted(timedelta(seconds=74)):
        assert why(browser, browser.redeem(code)) == "The code expired 14 s ago."
    assert why(browser, browser.redeem("never-issued")).startswith("No such code")


def test_a_mismatch_is_shown_beside_what_was_asked(browser: Browser) -> None:
    other = REDIRECT.replace("callback", "callBack")
    told = why(browser, browser.redeem(browser.code(), redirect_uri=f"{other}?token=s3cret"))
    shared, _, rest = f"{other}?token=s3cret".partition("B")
    shown = f"{shared} and {len(rest) + 1} more characters"
    assert f"sent: {shown}; of the code: {REDIRECT}" in told
    assert told.endswith(f"first difference at character {other.index('B') + 1}")
    assert "s3cret" not in told
    assert "sent: missing" in why(browser, browser.redeem(browser.code(), redirect_uri=None))
    told = why(browser, browser.redeem(browser.code(), code_verifier="w" * 50))
    assert told.startswith("The SHA-256 of code_verifier is not the code_challenge")
    told = why(browser, browser.redeem(browser.code(), code_verifier=None))
    assert told == "Missing 'code_verifier'"


def test_a_refresh_token_that_is_refused_says_why(browser: Browser) -> None:
    refused = browser.token(grant_type="refresh_token", refresh_token="nothing")
    assert why(browser, refused).startswith("No refresh token of this client")
    tokens = offline_tokens(browser)
    using = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert browser.token(**using).status_code == 200
    assert why(browser, browser.token(**using)).startswith("The refresh token was used before")


@pytest.mark.parametrize(
    ("headers", "form", "reason"),
    [
        (basic("rp", "not-the-secret"), {}, "The secret is not the one registered."),
        (basic("rp", f"{SECRET}\n"), {}, "The secret has white space around it."),
        (
            {},
            {"client_id": "rp", "client_secret": "not-the-secret"},
            "The secret is not the one registered.",
        ),
        (
            {},
            {"client_id": "exact", "client_secret": SECRET},
            "Client authentication sent: client_secret_post; registered: client_secret_basic.",
        ),
        (
            {},
            {"client_id": "rp"},
            f"Client authentication sent: none; registered: {EITHER}.",
        ),
        (
            basic("rp", SECRET),
            {"client_id": "rp", "client_secret": SECRET},
            "Use one way of client authentication, not several.",
        ),
        (
            basic("rp", SECRET),
            {"client_id": "other"},
            "The header names another client than client_id does.",
        ),
        (
            {"Authorization": "Bearer x"},
            {"client_id": "rp"},
            "The Authorization header is not Basic, or not base64 of id:secret.",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/token", "/par", "/introspect", "/revoke"])
def test_a_client_that_is_not_believed_learns_what_it_sent(
    browser: Browser, path: str, headers: dict[str, str], form: dict[str, str], reason: str
) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "token": "x", **form}
    assert why(browser, browser.client.post(path, data=form, headers=headers)) == reason


def test_an_unknown_client_is_told_an_id_too(browser: Browser) -> None:
    pasted = "a-secret-in-the-wrong-field"
    form = {"client_id": pasted, "grant_type": "refresh_token"}
    refused = browser.client.post("/token", data=form)
    recorded = found(browser, refused)
    assert (recorded.kind, recorded.detail["error"]) == ("token.refused", "invalid_client")
    assert recorded.detail["description"] == "client_id unknown: 'a-secr', 27 characters"


ASSERTIONS: dict[str, tuple[Maker, str]] = {
    "another's key": (
        lambda: assertion(ECKey.generate_key("P-256", parameters={"kid": "ec"})),
        "The assertion: none of the 3 registered keys signed it",
    ),
    "another subject": (lambda: assertion(sub="signer", iss="rp"), "iss is not the client_id."),
    "another audience": (
        lambda: assertion(aud=f"{ISSUER}/"),
        "aud is not the issuer, as one text.",
    ),
    "a list for an audience": (
        lambda: assertion(aud=[ISSUER]),
        "aud is not the issuer, as one text.",
    ),
    "no end": (lambda: assertion(exp=None), "exp is missing, past, or more than 300 s ahead."),
    "the future": (lambda: assertion(nbf=2**40), "nbf is to come."),
    "no jti": (lambda: assertion(jti=None), "jti is missing or too long."),
    "no JWT": (lambda: "x.y.z", "client_id unknown: '', 0 characters"),
}


@pytest.mark.usefixtures("signer")
@pytest.mark.parametrize(("make", "reason"), ASSERTIONS.values(), ids=list(ASSERTIONS))
def test_an_assertion_that_is_refused_says_which_claim(
    browser: Browser, make: Maker, reason: str
) -> None:
    assert machine(browser, assertion(EC)).status_code == 200
    sent = make()
    told = why(browser, machine(browser, sent))
    assert reason in told
    assert sent not in told


@pytest.mark.usefixtures("signer")
def test_an_assertion_presented_again_says_so(browser: Browser) -> None:
    once = assertion()
    assert machine(browser, once).status_code == 200
    assert why(browser, machine(browser, once)) == "The assertion: its jti was presented before."
    named = {**fields_of(assertion()), "client_id": "rp", "grant_type": "client_credentials"}
    told = why(browser, browser.client.post("/token", data=named))
    assert told == "The assertion is another client's than client_id says."


def test_a_push_to_another_address_says_where_it_differs(browser: Browser) -> None:
    fields = parameters(redirect_uri=f"{REDIRECT}/")
    told = why(browser, browser.client.post("/par", data=fields, headers=basic("rp", SECRET)))
    assert told.endswith(f"first difference at character {len(REDIRECT) + 1}")


def test_what_the_protocol_asks_for_is_no_refusal(browser: Browser) -> None:
    def prove(**claims: str) -> Response:
        headers = {**basic("rp", SECRET), "DPoP": proof(**claims)}
        return browser.client.post(
            "/token", data={"grant_type": "client_credentials"}, headers=headers
        )

    told = prove(nonce="made-up").json()
    assert told["error"] == "use_dpop_nonce"
    assert not ERROR_ID.search(told["error_description"])
    assert why(browser, prove(htm="GET")) == "The proof has another htm."


def test_addresses_are_compared_with_the_nearest() -> None:
    told = compare_uris(
        "https://rp.vn/cb", ["https://other.vn/cb", "https://rp.vn/CB"], known_as="registered"
    )
    assert told.endswith("first difference at character 15")
    assert "sent: https://rp.vn and " in compare_uris(
        "https://me:pass@rp.vn/cb", [], known_as="registered"
    )
    assert compare_uris("", [], known_as="registered") == (
        "redirect_uri sent: missing; registered: none"
    )


@pytest.mark.parametrize(
    "sent",
    [
        "https://rp.vn/cb/s3cret",
        "https://rp.vn/s3cret/cb",
        "https://rp.vn/cb;s3cret",
        "https://rp.vn/cb?s3cret",
        "https://rp.vn/cb#s3cret",
        "https://s3cret@rp.vn/cb",
        "https://rp.vn:s3cret/cb",
        "https://other.vn/s3cret",
        "https:/s3cret",
        "s3cret",
        "s3cret:/cb",
        "//[s3cret/cb",
    ],
)
def test_a_secret_in_an_address_is_not_told(sent: str) -> None:
    """F7: at no place of it; what it shares with the registered one is, as the control shows."""
    told = compare_uris(sent, ["https://rp.vn/cb"], known_as="registered")
    assert "s3cret" not in told
    assert "first difference at character" in told
    shared = compare_uris("https://rp.vn/cB", ["https://rp.vn/cb"], known_as="registered")
    assert "sent: https://rp.vn/c and 1 more characters" in shared


PATH_SECRET = "s3cr3t-in-a-path"
ADDRESS = f"https://rp.example/{PATH_SECRET}?key={PATH_SECRET}#{PATH_SECRET}"


def test_no_address_that_is_sent_reaches_log_or_tables(browser: Browser, signer: None) -> None:
    """F7: whatever field it stands in; of one that is refused the host is told at most."""
    machine_fields = {"grant_type": "client_credentials"}
    own = {"iss": "signer", "sub": "signer"}
    token, proven = browser.token, {**basic("rp", SECRET), "DPoP": proof(htu=ADDRESS)}
    with capture_logs() as logged:
        answers = [
            browser.redeem(browser.code(), redirect_uri=ADDRESS),
            browser.authorize(redirect_uri=ADDRESS),
            browser.authorize(client_id=ADDRESS),
            browser.authorize(request_uri=ADDRESS),
            browser.authorize(resource=ADDRESS),
            browser.authorize(scope=f"openid {ADDRESS}", prompt="login consent"),
            browser.authorize(id_token_hint=ADDRESS),
            browser.client.post("/par", data=parameters(redirect_uri=ADDRESS)),
            browser.client.post(
                "/par", data=parameters(redirect_uri=ADDRESS), headers=basic("rp", SECRET)
            ),
            token(**machine_fields, resource=ADDRESS),
            token(grant_type=ADDRESS),
            token(**machine_fields, scope=ADDRESS),
            token(client_id=ADDRESS, **machine_fields),
            token(grant_type="refresh_token", refresh_token=ADDRESS),
            machine(browser, assertion(**own, aud=ADDRESS)),
            machine(browser, assertion(iss=ADDRESS, sub=ADDRESS)),
            browser.client.post("/token", data=machine_fields, headers=proven),
            browser.client.post("/introspect", data={"token": ADDRESS}),
            browser.get(f"/{PATH_SECRET}"),
            browser.get("/end_session", params={"post_logout_redirect_uri": ADDRESS}),
            browser.get("/device", params={"user_code": ADDRESS}),
        ]
    assert any(answer.status_code >= 400 for answer in answers)
    assert logged
    assert PATH_SECRET not in str(logged)
    with transaction(browser.world.engine) as db:
        for table in (JournalEntry, ErrorReport):
            kept = [str(dict(row)) for row in db.execute(select(table.__table__)).mappings()]
            assert kept
            assert not [row for row in kept if PATH_SECRET in row]
