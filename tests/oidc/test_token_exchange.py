"""Token exchange (RFC 8693): each refusal stands beside an exchange that passes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update

from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.oidc.grants.token_exchange import ACCESS_TOKEN, MOST_ACTORS
from idp.people.models import Person, PersonStatus
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.grant_types import TOKEN_EXCHANGE
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.sessions.end import end_session
from idp.settings.server import IssuerSettings
from tests.oidc.conftest import ISSUER, REDIRECT, SECRET, Browser, World, answer_of, basic, page_of
from tests.oidc.dpop import OTHER, proof
from tests.oidc.test_dpop import token as dpop_token
from tests.oidc.test_introspection import DEAD, introspect
from tests.oidc.test_suspended_clients import take
from tests.oidc.test_token import CODE_FIELDS, offline_tokens, signed_in
from tests.support.statements import statements

DOCUMENTS, ARCHIVE = "https://documents.example/api", "https://archive.example/api"
STRANGER = "https://stranger.example/"
HOPS = [f"https://hop{number}.example/" for number in range(MOST_ACTORS + 1)]
TOLD = [DOCUMENTS, STRANGER, *HOPS]
"""Of what the person was told that `rp` may have it called for them."""
SERVICE = "service:1.000001"
GRANTS = ["authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE]
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


@pytest.fixture
def person(world: World) -> Person:
    """Someone who agreed that the client `rp` may know their name and e-mail address."""
    party, person = world.party(grant_types=GRANTS, resources=TOLD), world.person()
    world.consent(person, party)
    return person


@pytest.fixture
def browser(world: World, person: Person) -> Browser:
    """Signed in at `rp`, whose services the party `documents` lets in, and nobody else's."""
    world.party(
        "documents",
        grant_types=GRANTS,
        scope="profile",
        audiences=[DOCUMENTS],
        exchange_clients=["rp"],
    )
    world.party("stranger", grant_types=GRANTS, audiences=["https://stranger.example/"])
    browser = world.browser()
    browser.sign_in(person)
    return browser


def token_of(browser: Browser, scope: str = f"openid profile email {SERVICE}") -> str:
    token: str = browser.redeem(browser.code(scope=scope, max_age="600")).json()["access_token"]
    return token


def exchange(browser: Browser, token: str, **changes: str | None) -> Response:
    usual = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
        "audience": DOCUMENTS,
    }
    fields: dict[str, Any] = {**usual, **changes}
    return browser.token(**fields)


def exchanged(browser: Browser, token: str, **changes: str | None) -> str:
    answer = exchange(browser, token, **changes)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["access_token"]
    return found


def refusal(response: Response) -> str:
    assert response.status_code in (400, 401), response.text
    error: str = response.json()["error"]
    return error


def change(world: World, client_id: str, **values: Any) -> None:
    with transaction(world.engine) as db:
        db.execute(update(RelyingParty).filter_by(client_id=client_id).values(**values))
    world.part.relying_parties.forget_all()


def test_a_service_gets_a_token_to_act_for_a_person_at_another(
    world: World, person: Person, browser: Browser
) -> None:
    subject = token_of(browser)
    answer = exchange(browser, subject, scope=SERVICE)
    body = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (body["issued_token_type"], body["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert (body["scope"], body["expires_in"]) == (SERVICE, 300)
    assert "refresh_token" not in body
    assert "id_token" not in body
    token, before = world.verify(body["access_token"]), world.verify(subject).claims
    claims = token.claims
    assert token.header["typ"] == "at+jwt"
    assert (claims["aud"], claims["client_id"], claims["act"]) == (DOCUMENTS, "rp", {"sub": "rp"})
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (person.id.hex, 300)
    assert all(claims[name] == before[name] for name in ("acr", "amr"))
    assert claims["auth_time"] == before["auth_time"] // 60 * 60, "the minute is for others, too"
    assert claims["jti"] != before["jti"]
    assert browser.userinfo(subject).status_code == 200
    assert browser.userinfo(body["access_token"]).status_code == 401


def test_the_service_called_learns_who_acts_for_whom(world: World, browser: Browser) -> None:
    token = exchanged(browser, token_of(browser))
    found = introspect(browser, token, client_id="documents").json()
    assert (found["active"], found["act"], found["aud"]) == (True, {"sub": "rp"}, DOCUMENTS)
    assert introspect(browser, token, client_id="stranger").json() == DEAD
    assert "act" not in introspect(browser, token_of(browser)).json()


def test_neither_service_learns_the_others_name_for_the_person(
    world: World, person: Person, browser: Browser
) -> None:
    own = world.verify(token_of(browser)).claims["sub"]
    public = exchanged(browser, token_of(browser))
    assert world.verify(public).claims["sub"] == own == person.id.hex
    change(world, "documents", subject_type="pairwise", redirect_uris=["https://documents.example"])
    tokens = [exchanged(browser, token_of(browser)) for _ in range(2)]
    carried = {world.verify(token).claims["sub"] for token in tokens}
    there = {introspect(browser, t, client_id="documents").json()["sub"] for t in tokens}
    here = {introspect(browser, token).json()["sub"] for token in tokens}
    assert (len(carried), len(there), here) == (2, 1, carried)
    assert not carried & there
    assert own not in carried | there


def test_services_of_one_sector_share_the_pairwise_subject(
    world: World, person: Person, browser: Browser
) -> None:
    for client_id in ("rp", "documents"):
        change(world, client_id, subject_type="pairwise")
    subject = token_of(browser)
    token = exchanged(browser, subject)
    own = world.verify(subject).claims["sub"]
    assert world.verify(token).claims["sub"] == own != person.id.hex
    assert introspect(browser, token, client_id="documents").json()["sub"] == own


def test_only_a_client_the_called_service_named_may(world: World, browser: Browser) -> None:
    world.party("other", grant_types=GRANTS, redirect_uris=[REDIRECT], audiences=[ISSUER])
    change(world, "stranger", exchange_clients=["documents"])
    token = token_of(browser)
    for audience in ("https://stranger.example/", "https://nobody.example/", "documents", ISSUER):
        assert refusal(exchange(browser, token, audience=audience)) == "invalid_target"
    change(world, "documents", exchange_clients=["other"])
    assert refusal(exchange(browser, token)) == "invalid_target"
    change(world, "documents", exchange_clients=["rp"])
    assert exchange(browser, token).status_code == 200


def test_a_suspended_or_sandbox_service_is_no_target_and_two_are_a_guess(
    world: World, browser: Browser
) -> None:
    token = token_of(browser)
    for values, back in (
        ({"state": RelyingPartyState.SUSPENDED}, {"state": RelyingPartyState.LIVE}),
        ({"environment": Environment.SANDBOX}, {"environment": Environment.PRODUCTION}),
    ):
        change(world, "documents", **values)
        assert refusal(exchange(browser, token)) == "invalid_target"
        change(world, "documents", **back)
    assert exchange(browser, token).status_code == 200
    world.party("twin", audiences=[DOCUMENTS], exchange_clients=["rp"])
    assert refusal(exchange(browser, token)) == "invalid_target"


def test_exactly_one_audience_is_named_as_audience_or_resource(browser: Browser) -> None:
    token = token_of(browser)
    for named in (
        {"audience": None},
        {"resource": ARCHIVE},
        {"audience": None, "resource": f"{DOCUMENTS} {ARCHIVE}"},
        {"audience": f"{DOCUMENTS} {ARCHIVE}"},
    ):
        assert refusal(exchange(browser, token, **named)) == "invalid_target"
    assert exchange(browser, token, audience=None, resource=DOCUMENTS).status_code == 200
    assert exchange(browser, token, resource=DOCUMENTS).status_code == 200


def test_the_scope_is_what_the_person_granted_and_the_service_takes(
    world: World, browser: Browser
) -> None:
    token = token_of(browser)
    assert exchange(browser, token).json()["scope"] == f"profile {SERVICE}"
    for scope in ("email", "openid", "phone", "service:1.000002", "reports.write", "profile email"):
        assert refusal(exchange(browser, token, scope=scope)) == "invalid_scope", scope
    change(world, "documents", scope="profile email offline_access")
    assert exchange(browser, token, scope="profile email").status_code == 200
    assert refusal(exchange(browser, token_of(browser, "openid"))) == "invalid_scope"
    offline = offline_tokens(browser)["access_token"]
    assert refusal(exchange(browser, offline, scope="offline_access")) == "invalid_scope"


def test_no_other_token_is_a_subject(world: World, browser: Browser) -> None:
    tokens = offline_tokens(browser)
    good = tokens["access_token"]
    machine = browser.token(grant_type="client_credentials").json()["access_token"]
    head, body, signature = good.split(".")
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}."
    altered = f"{head}.{body}.{signature[:-6]}AAAAAA"
    others = (tokens["id_token"], tokens["refresh_token"], machine, unsigned, altered)
    for token in (*others, browser.code(), "ă", "a.b.c", f"{head}.{body}"):
        assert refusal(exchange(browser, token)) == "invalid_request"
    assert exchange(browser, good).status_code == 200


def test_a_token_bound_to_a_key_is_exchanged_with_that_key(world: World, browser: Browser) -> None:
    bound = dpop_token(
        browser, proof(), **CODE_FIELDS, code=browser.code(scope=f"openid {SERVICE}")
    )
    fields = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": bound.json()["access_token"],
        "subject_token_type": ACCESS_TOKEN,
        "audience": DOCUMENTS,
    }
    for proofs in ((), (proof(OTHER),)):
        assert refusal(dpop_token(browser, *proofs, **fields)) == "invalid_request"
    answer = dpop_token(browser, proof(), **fields).json()
    assert answer["token_type"] == "DPoP"
    claims = world.verify(answer["access_token"]).claims
    assert claims["cnf"] == world.verify(fields["subject_token"]).claims["cnf"]
    found = introspect(browser, answer["access_token"], client_id="documents").json()
    assert (found["cnf"], found["token_type"]) == (claims["cnf"], "DPoP")


def test_a_key_shown_with_an_unbound_token_binds_what_comes_of_it(
    world: World, browser: Browser
) -> None:
    fields = {"subject_token": token_of(browser), "subject_token_type": ACCESS_TOKEN}
    answer = dpop_token(
        browser, proof(), grant_type=TOKEN_EXCHANGE, audience=DOCUMENTS, **fields
    ).json()
    assert "jkt" in world.verify(answer["access_token"]).claims["cnf"]


def test_what_is_not_offered_is_said_to_be_so(browser: Browser) -> None:
    token = token_of(browser)
    for changes in (
        {"subject_token": None},
        {"subject_token_type": None},
        {"subject_token_type": ID_TOKEN},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"requested_token_type": ID_TOKEN},
        {"actor_token": token, "actor_token_type": ACCESS_TOKEN},
        {"actor_token_type": ACCESS_TOKEN},
    ):
        answer = exchange(browser, token, **changes)
        assert refusal(answer) == "invalid_request"
        name = "actor_token" if "actor_token_type" in changes else next(iter(changes))
        assert name in answer.json()["error_description"]
    assert exchange(browser, token, requested_token_type=ACCESS_TOKEN).status_code == 200


def test_a_token_is_exchanged_by_those_it_is_for(world: World, browser: Browser) -> None:
    token = token_of(browser)
    change(world, "documents", exchange_clients=["rp", "stranger"])
    assert refusal(exchange(browser, token, client_id="stranger")) == "invalid_request"
    change(world, "stranger", exchange_clients=["rp"])
    passed_on = exchanged(browser, token, audience="https://stranger.example/")
    assert exchange(browser, passed_on, client_id="stranger").status_code == 200
    assert refusal(exchange(browser, passed_on)) == "invalid_request"
    for_hop = browser.redeem(browser.code(resource=HOPS[0])).json()["access_token"]
    assert refusal(exchange(browser, for_hop)) == "invalid_request"


def test_a_token_that_a_sandbox_client_got_goes_nowhere_in_production(
    world: World, person: Person, browser: Browser
) -> None:
    change(world, "stranger", exchange_clients=["documents"])
    token = browser.redeem(browser.code(resource=DOCUMENTS)).json()["access_token"]
    fields = {"client_id": "documents", "audience": "https://stranger.example/"}
    change(world, "stranger", scope="profile")
    assert exchange(browser, token, **fields).status_code == 200
    assert introspect(browser, token, client_id="documents").json()["active"] is True
    change(world, "rp", environment=Environment.SANDBOX)
    with transaction(world.engine) as db:
        world.invite(person, db.scalars(select(RelyingParty).filter_by(client_id="rp")).one())
    assert refusal(exchange(browser, token, **fields)) == "invalid_request"
    assert introspect(browser, token, client_id="documents").json() == DEAD
    assert introspect(browser, token).json()["active"] is True


def test_who_called_with_a_token_of_its_own_is_among_those_who_act(
    world: World, browser: Browser
) -> None:
    change(world, "stranger", exchange_clients=["documents"], scope="profile")
    called_with = browser.redeem(browser.code(resource=DOCUMENTS)).json()["access_token"]
    token = exchanged(
        browser, called_with, client_id="documents", audience="https://stranger.example/"
    )
    found = introspect(browser, token, client_id="stranger").json()
    assert found["act"] == {"sub": "documents", "act": {"sub": "rp"}}
    (row,) = world.events("token.exchanged")
    assert row.data["actors"] == ["documents", "rp"]
    change(world, "rp", state=RelyingPartyState.SUSPENDED)
    assert introspect(browser, token, client_id="stranger").json() == DEAD


def test_two_services_called_cannot_tell_that_it_was_for_one_person(
    world: World, browser: Browser
) -> None:
    change(world, "stranger", exchange_clients=["rp"], scope="profile")
    for client_id in ("documents", "stranger"):
        change(world, client_id, subject_type="pairwise")
    subject = token_of(browser)
    tokens = [
        exchanged(browser, subject, audience=audience)
        for audience in (DOCUMENTS, DOCUMENTS, "https://stranger.example/")
    ]
    for name in ("grant_id", "sub", "jti"):
        said = {world.verify(token).claims[name] for token in (subject, *tokens)}
        assert len(said) == 4, name
    assert introspect(browser, tokens[0], client_id="documents").json()["active"] is True


def test_the_client_authenticates_and_registered_the_grant(world: World, browser: Browser) -> None:
    token = token_of(browser)
    assert refusal(exchange(browser, token, secret="wrong")) == "invalid_client"
    change(world, "rp", grant_types=["authorization_code"])
    assert refusal(exchange(browser, token)) == "unauthorized_client"
    change(world, "rp", grant_types=GRANTS)
    assert exchange(browser, token).status_code == 200
    fields = {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "client_id": "rp"}
    assert refusal(browser.client.post("/token", data=fields)) == "invalid_client"


def test_a_person_is_told_of_each_service_that_is_called_for_them(
    world: World, person: Person, browser: Browser
) -> None:
    """G6, sibling: what the client registered is asked about; what it did not is no target."""
    silent = {"scope": "openid profile", "prompt": "none"}
    assert "code" in answer_of(browser.authorize(**silent))
    change(world, "documents", audiences=[DOCUMENTS, ARCHIVE])
    assert refusal(exchange(browser, token_of(browser), audience=ARCHIVE)) == "invalid_target"
    change(world, "rp", resources=[*TOLD, ARCHIVE])
    assert answer_of(browser.authorize(**silent))["error"] == "consent_required"
    interaction_id, page = page_of(browser.authorize(scope="openid profile"))
    assert page == "consent"
    world.agree(interaction_id)
    assert exchange(browser, token_of(browser), audience=ARCHIVE).status_code == 200


def test_a_service_taken_away_from_a_client_is_no_target_for_its_grants(
    world: World, browser: Browser
) -> None:
    """G6, sibling: what people agreed to before does not outlast the client's registration."""
    token = token_of(browser)
    assert exchange(browser, token).status_code == 200
    change(world, "rp", resources=[STRANGER])
    assert refusal(exchange(browser, token)) == "invalid_target"
    change(world, "rp", resources=TOLD)
    assert exchange(browser, token).status_code == 200


def chain(world: World, browser: Browser, length: int) -> list[str]:
    """The person's token at `rp`, and what came of it, hand by hand."""
    tokens, presenter = [token_of(browser)], "rp"
    for hop in HOPS[:length]:
        name = hop.removeprefix("https://").partition(".")[0]
        world.party(
            name, grant_types=GRANTS, scope="profile", audiences=[hop], exchange_clients=[presenter]
        )
        tokens.append(exchanged(browser, tokens[-1], client_id=presenter, audience=hop))
        presenter = name
    return tokens


@pytest.mark.parametrize("revoked", range(3))
def test_what_was_exchanged_dies_with_what_it_was_exchanged_for(
    world: World, browser: Browser, revoked: int
) -> None:
    """F4: at introspection and at the next exchange, however long the chain."""
    tokens = chain(world, browser, 3)
    other = exchanged(browser, token_of(browser))
    owner = world.verify(tokens[revoked]).claims["client_id"]
    sent = {"token": tokens[revoked]}
    assert introspect(browser, tokens[3], client_id="hop2").json()["active"] is True
    browser.client.post("/revoke", data=sent, headers=basic(owner, SECRET))
    for number, (token, holder) in enumerate(
        zip(tokens, ("rp", "hop0", "hop1", "hop2"), strict=True)
    ):
        is_alive = introspect(browser, token, client_id=holder).json()["active"]
        assert is_alive is (number < revoked), number
    again = exchange(browser, tokens[2], client_id="hop1", audience=HOPS[2])
    assert refusal(again) == "invalid_request"
    assert introspect(browser, other, client_id="documents").json()["active"] is True


def test_what_was_exchanged_dies_with_its_grant(world: World, browser: Browser) -> None:
    """F4: a grant that a replayed code ended."""
    code = browser.code(scope=f"openid profile {SERVICE}")
    token = exchanged(browser, browser.redeem(code).json()["access_token"])
    assert introspect(browser, token, client_id="documents").json()["active"] is True
    assert browser.redeem(code).status_code == 400
    assert introspect(browser, token, client_id="documents").json() == DEAD


def test_nothing_passed_on_by_a_client_works_again(world: World, browser: Browser) -> None:
    """F7, sibling: a client that acts for a person in a chain, the grant being another's."""
    tokens = chain(world, browser, 3)
    take(world, "hop0", "suspend", "resume")
    assert introspect(browser, tokens[1]).json()["active"] is True
    assert introspect(browser, tokens[3], client_id="hop2").json() == DEAD
    again = exchange(browser, tokens[2], client_id="hop1", audience=HOPS[2])
    assert refusal(again) == "invalid_request"


def test_a_token_says_nothing_of_those_it_came_of(world: World, browser: Browser) -> None:
    """F4: who is called could tell by it which calls were for one person."""
    tokens = chain(world, browser, 2)
    ids = {world.verify(token).claims["jti"] for token in tokens}
    for token in tokens:
        claims = world.verify(token).claims
        assert all(other == claims["jti"] or other not in str(claims) for other in ids)


@pytest.mark.parametrize("end", ["revoked", "signed out", "suspended", "expired", "party"])
def test_what_has_ended_is_not_exchanged_and_ends_what_was(
    world: World,
    person: Person,
    browser: Browser,
    end: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sid = browser.sign_in(person)
    subject = token_of(browser)
    token = exchanged(browser, subject)
    assert introspect(browser, token, client_id="documents").json()["active"] is True
    if end == "revoked":
        browser.client.post("/revoke", data={"token": subject}, headers=basic("rp", SECRET))
        assert refusal(exchange(browser, subject)) == "invalid_request"
        browser.client.post("/revoke", data={"token": token}, headers=basic("rp", SECRET))
    elif end == "signed out":
        with transaction(world.engine) as db:
            end_session(db, sid=sid)
    elif end == "suspended":
        with transaction(world.engine) as db:
            suspended = {"status": PersonStatus.SUSPENDED}
            db.execute(update(Person).filter_by(id=person.id).values(suspended))
    elif end == "expired":
        later = clock.now() + timedelta(minutes=11)
        monkeypatch.setattr(clock, "now", lambda: later)
    else:
        change(world, "rp", state=RelyingPartyState.SUSPENDED)
    assert refusal(exchange(browser, subject)) in ("invalid_request", "invalid_client")
    assert introspect(browser, token, client_id="documents").json() == DEAD


def test_an_exchanged_token_never_outlives_what_it_came_from(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = token_of(browser)
    ends = world.verify(subject).claims["exp"]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=8))
    answer = exchange(browser, subject).json()
    assert answer["expires_in"] <= 120
    assert world.verify(answer["access_token"]).claims["exp"] == ends
    over = datetime.fromtimestamp(ends + 2, UTC)
    monkeypatch.setattr(clock, "now", lambda: over)
    assert refusal(exchange(browser, subject)) == "invalid_request"


def test_a_chain_names_all_who_act_and_has_an_end(world: World, browser: Browser) -> None:
    names = [f"hop{number}" for number in range(MOST_ACTORS + 1)]
    for before, name in zip(["rp", *names], names, strict=False):
        world.party(
            name,
            grant_types=GRANTS,
            scope="profile",
            audiences=[f"https://{name}.example/"],
            exchange_clients=[before],
        )
    token, presenter = token_of(browser), "rp"
    for name in names[:MOST_ACTORS]:
        token = exchanged(browser, token, client_id=presenter, audience=f"https://{name}.example/")
        presenter = name
    claims = world.verify(token).claims
    assert claims["act"] == {"sub": "hop1", "act": {"sub": "hop0", "act": {"sub": "rp"}}}
    assert (claims["client_id"], claims["scope"]) == ("hop1", f"profile {SERVICE}")
    assert introspect(browser, token, client_id="hop2").json()["act"] == claims["act"]
    too_far = exchange(browser, token, client_id="hop2", audience="https://hop3.example/")
    assert refusal(too_far) == "invalid_request"
    change(world, "hop0", state=RelyingPartyState.SUSPENDED)
    assert introspect(browser, token, client_id="hop2").json() == DEAD


def test_an_exchange_is_journaled_and_is_no_sign_in(world: World, browser: Browser) -> None:
    subject = token_of(browser)
    outcomes = len(world.outcomes())
    world.change(audits=Ration(1, seconds=lambda: 90))
    for scope in ("profile", SERVICE):
        exchanged(browser, subject, scope=scope)
    refused = exchange(browser, subject, scope="email")
    (row,) = world.events("token.exchanged")
    assert row.data == {"audience": DOCUMENTS, "actors": ["rp"]}
    assert row.subject_number is not None
    assert (row.counted, row.outcome) == (False, None)
    assert len(world.outcomes()) == outcomes
    (note,) = world.events("token.refused")
    assert (note.reason, note.data["grant_type"]) == (refusal(refused), TOKEN_EXCHANGE)
    assert subject not in str(note.data)
    exchanged(browser, token_of(browser))
    assert len(world.events("token.exchanged")) == 2


def test_an_exchange_costs_three_statements(world: World, browser: Browser) -> None:
    subject = token_of(browser)
    exchanged(browser, subject)
    world.change(audits=Ration(1))
    with statements(world.engine) as sent:
        exchanged(browser, subject)
    assert len(sent) <= 3, sent


def test_who_may_exchange_is_registered_by_who_is_called() -> None:
    issuer = IssuerSettings(url="https://id.example.gov.vn")

    def faulty(**values: Any) -> list[str]:
        usual: dict[str, Any] = {"client_name": "A", "redirect_uris": (REDIRECT,)}
        return [f.field for f in find_faults(ClientMetadata(**{**usual, **values}), issuer=issuer)]

    grants = ("authorization_code", TOKEN_EXCHANGE)
    assert faulty(grant_types=grants) == []
    native = {"application_type": "native", "token_endpoint_auth_method": "none"}
    assert faulty(grant_types=grants, **native) == ["grant_types"]
    assert faulty(exchange_clients=("rp",), audiences=(DOCUMENTS,)) == []
    assert faulty(exchange_clients=("rp",)) == ["exchange_clients"]


def test_signed_in_alone_lets_nobody_exchange(world: World) -> None:
    _, browser = signed_in(world, grant_types=GRANTS, resources=[DOCUMENTS])
    world.party("documents", scope="profile", audiences=[DOCUMENTS])
    assert refusal(exchange(browser, token_of(browser))) == "invalid_target"
    change(world, "documents", exchange_clients=["rp"])
    assert exchange(browser, token_of(browser)).status_code == 200
