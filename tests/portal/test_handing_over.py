"""Developers write what production is to be, owners answer for it: pages, secrets, keys."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey
from sqlalchemy import select
from starlette.requests import Request

from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import register_party
from idp.sessions.models import SignInSession
from idp.settings.operator import OperatorSettings
from idp.web.templates import Pages
from tests.support.client_fields import PURPOSE, other_value
from tests.support.staff import BASE, Office, give_post, open_office, staff_visitor
from tests.support.visitor import Page, Visitor

Register = Callable[..., Page]
ADDRESS = {"redirect_uris": "https://live.example.vn/cb", **PURPOSE}


def sandbox_on(page: Page) -> str:
    found = re.search(r"sandbox-[0-9a-f]{20}", page.text)
    assert found, page.text
    return f"{BASE}/portal/applications/{found[0]}"


def stored(app: FastAPI, url: str) -> PartyRecord:
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=url.rsplit("/", 1)[-1])
    assert record is not None
    return record


def step(app: FastAPI, url: str, name: str) -> None:
    with transaction(app.state.runtime.engine) as db:
        party_id = stored(app, url).party.id
        assert take_step(db, relying_party_id=party_id, step=name, at=clock.now())  # type: ignore[arg-type]


def approve(operator: Visitor, url: str) -> None:
    review = f"{BASE}/console/applications/{url.rsplit('/', 1)[-1]}"
    operator.submit(operator.open(review), {}, button="decision")


def test_a_developer_hands_over_and_an_owner_submits(
    app: FastAPI, developer: Visitor, owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    """G3: first for a new application, then for a change of it."""
    sandbox = sandbox_on(register_client(developer))
    form = developer.open(f"{sandbox}/production")
    assert "Hand over to an owner" in form.text
    page = developer.submit(form, ADDRESS)
    assert "Waiting for an owner" in page.text
    assert "Submit to the operator" not in page.text
    live = page.url
    assert live.rsplit("/", 1)[-1] not in operator.open(f"{BASE}/console").text

    token = developer.open(f"{sandbox}/edit/name").form("csrf_token").fields["csrf_token"]
    version = owner.open(live).form("version").fields["version"]
    refused = developer.post(f"{live}/submit", {"csrf_token": token, "version": version})
    assert (refused.status, stored(app, live).party.state) == (404, "draft")

    owner.submit(owner.open(live), {"version": version})
    assert stored(app, live).party.state == "submitted"
    approve(operator, live)
    form = developer.open(f"{live}/edit/addresses")
    page = developer.submit(form, {"redirect_uris": "https://moved.example.vn/cb"})
    assert "The change that waits for an owner" in page.text
    assert "Approve for production" not in operator.open(live.replace("portal", "console")).text
    owner.submit(owner.open(live), {"version": owner.open(live).form("version").fields["version"]})
    approve(operator, live)
    assert stored(app, live).party.redirect_uris == ["https://moved.example.vn/cb"]


def test_what_changed_since_the_owner_looked_is_not_submitted(
    app: FastAPI, developer: Visitor, owner: Visitor, register_client: Register
) -> None:
    """G9: the button submits what stood beside it."""
    sandbox = sandbox_on(register_client(developer))
    live = developer.submit(developer.open(f"{sandbox}/production"), ADDRESS).url
    page = owner.open(live)
    version = page.form("version").fields["version"]
    developer.submit(
        developer.open(f"{live}/edit/addresses"), {"redirect_uris": "https://evil.example.vn/cb"}
    )
    assert "https://evil.example.vn/cb" in owner.submit(page, {"version": version}).text
    assert stored(app, live).party.state == "draft"


def test_only_an_owner_makes_a_secret_of_production(
    app: FastAPI, developer: Visitor, owner: Visitor, operator: Visitor, register_client: Register
) -> None:
    """G3: a developer makes those of the sandbox."""
    sandbox = sandbox_on(register_client(developer))
    live = owner.submit(owner.open(f"{sandbox}/production"), ADDRESS).url
    approve(operator, live)
    assert "An owner of your agency gets its secret" in developer.open(live).text
    assert developer.open(f"{live}/secret").url == live
    ask = owner.open(f"{live}/secret")
    fields = ask.form("version").fields
    token = developer.open(f"{sandbox}/secret").form("version").fields["csrf_token"]
    developer.post(f"{live}/secret", {**fields, "csrf_token": token})
    assert stored(app, live).party.client_secret_hash is None
    owner.submit(ask, {"version": fields["version"]})
    assert stored(app, live).party.client_secret_hash is not None
    assert developer.open(f"{sandbox}/secret").status == 200


@pytest.mark.parametrize("state", ["suspend", "retire"])
def test_a_stopped_sandbox_application_asks_for_nothing(
    app: FastAPI, owner: Visitor, register_client: Register, state: str
) -> None:
    """G18: not by a form that was open before either."""
    sandbox = sandbox_on(register_client(owner))
    forms = [owner.open(f"{sandbox}/{path}") for path in ("production", "secret", "edit/addresses")]
    before = stored(app, sandbox).party
    step(app, sandbox, state)
    for form in forms:
        assert owner.open(form.url).url == sandbox
        fields = form.form("csrf_token").fields
        answer = owner.post(form.url, {**fields, **ADDRESS})
        if form.url.endswith("/secret"):
            assert answer.url == sandbox
        else:
            assert answer.status == 409, "told, and what was typed is kept"
            assert "Nothing was saved" in answer.text
            assert ADDRESS["redirect_uris"] in answer.text
    after = stored(app, sandbox).party
    assert after.client_secret_hash == before.client_secret_hash
    assert after.redirect_uris == before.redirect_uris
    if state == "suspend":
        step(app, sandbox, "resume")
        assert owner.open(f"{sandbox}/production").url.endswith("/production")


def test_a_request_that_stands_still_says_why(
    app: FastAPI, developer: Visitor, owner: Visitor, register_client: Register
) -> None:
    """G18: neither changed nor submitted while its sandbox application is suspended.

    Who was typing a change is told, and goes on with what they typed.
    """
    sandbox = sandbox_on(register_client(developer))
    live = developer.submit(developer.open(f"{sandbox}/production"), ADDRESS).url
    page, form = owner.open(live), developer.open(f"{live}/edit/addresses")
    step(app, sandbox, "suspend")
    stopped = owner.submit(page, {"version": page.form("version").fields["version"]})
    assert stored(app, live).party.state == "draft"
    assert "Its sandbox application is suspended" in stopped.text
    assert "Submit to the operator" not in stopped.text
    assert developer.open(f"{live}/edit/addresses").url == live
    typed = {"redirect_uris": "https://typed.example.vn/cb"}
    kept = developer.submit(form, typed)
    assert (kept.status, "Nothing was saved" in kept.text) == (409, True)
    assert stored(app, live).party.redirect_uris == [ADDRESS["redirect_uris"]]
    step(app, sandbox, "resume")
    saved = developer.submit(kept, {})
    assert (saved.url, "https://typed.example.vn/cb" in saved.text) == (live, True)
    assert "Submit to the operator" in owner.open(live).text


def test_services_that_an_operator_let_it_front_go_to_production_with_it(
    app: FastAPI, owner: Visitor, operator: Visitor, ministry: Office, other: Office
) -> None:
    """As a request that an operator decides; what nobody gave it is refused as before."""
    services = (ministry.service, other.service)
    with transaction(app.state.runtime.engine) as db:
        made = register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.SANDBOX,
            state=RelyingPartyState.LIVE,
            metadata=ClientMetadata(
                client_name="Cổng", redirect_uris=("https://cong.example.vn/cb",), service=services
            ),
            at=clock.now(),
            may_front=True,
        )
        foreign = open_office(db, code="G85", service="1.008585").service
    form = owner.open(f"{BASE}/portal/applications/{made.party.client_id}/production")
    fields = {**form.form("redirect_uris").fields, **ADDRESS, f"service.{foreign}": "yes"}
    live = owner.post(form.url, fields).url
    name = owner.open(f"{live}/edit/name")
    fields = {**name.form("client_name").fields, f"service.{foreign}": "yes"}
    refused = owner.post(name.url, fields)
    assert (refused.is_refused, "not a service of your agency" in refused.text) == (True, True)
    assert stored(app, live).metadata.service == tuple(sorted(services))
    review = operator.open(live.replace("portal", "console"))
    assert "It names services of other agencies" in review.text
    approve(operator, live)
    assert stored(app, live).party.state == "live"


def test_production_starts_with_keys_of_its_own(
    app: FastAPI, owner: Visitor, ministry: Office
) -> None:
    """G9: nothing of the sandbox's is taken over; a set is typed, and shown as typed."""
    metadata = ClientMetadata(
        client_name="Có khóa",
        redirect_uris=("https://gplx.example.vn/cb",),
        service=(ministry.service,),
        token_endpoint_auth_method="private_key_jwt",
        jwks=other_value("jwks"),
    )
    with transaction(app.state.runtime.engine) as db:
        made = register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.SANDBOX,
            state=RelyingPartyState.LIVE,
            metadata=metadata,
            at=clock.now(),
        )
    form = owner.open(f"{BASE}/portal/applications/{made.party.client_id}/production")
    assert not form.form("jwks").fields["jwks"].strip()
    refused = owner.submit(form, ADDRESS)
    assert refused.is_refused
    assert "Enter the keys of production" in refused.text
    broken = owner.submit(form, {**ADDRESS, "jwks": '{"keys": "none"'})
    assert (broken.is_refused, "{&#34;keys&#34;: &#34;none&#34;" in broken.text) == (True, True)

    own = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
    live = owner.submit(form, {**ADDRESS, "jwks": repr(own).replace("'", '"')}).url
    assert stored(app, live).metadata == replace(
        metadata, jwks=own, **PURPOSE, redirect_uris=(ADDRESS["redirect_uris"],)
    )
    assert stored(app, live).party.client_secret_hash is None


def test_who_works_for_two_agencies_does_not_mix_them(
    app: FastAPI, developer: Visitor, ministry: Office, other: Office, register_client: Register
) -> None:
    """G28: a new application, a change, a request for production; each agency's own are taken."""
    with transaction(app.state.runtime.engine) as db:
        newest = select(SignInSession.person_id).order_by(SignInSession.created_at.desc())
        post = Mandate(
            person_id=db.scalars(newest.limit(1)).one(),
            role=StaffRole.AGENCY_OWNER,
            agency_id=other.agency_id,
            valid_on=clock.now().date() - timedelta(days=1),
            created_at=clock.now(),
        )
        give_post(db, post)
    foreign = {f"service.{other.service}": "yes"}
    page = register_client(developer, system=ministry.system, **foreign)
    assert page.is_refused
    assert f"{other.service}: This procedure code is not a service" in page.text
    developer.open(f"{BASE}/portal")  # leaves the form that was refused
    sandbox = sandbox_on(register_client(developer, system=ministry.system))
    form = developer.open(f"{sandbox}/edit/name")
    fields = form.form("csrf_token").fields
    assert f"service.{ministry.service}" in fields
    assert f"service.{other.service}" not in fields
    assert developer.post(form.url, {**fields, **foreign}).is_refused
    both = {f"service.{ministry.service}": "", **foreign, "system": other.system}
    assert register_client(developer, **both).status == 200


def test_the_post_and_not_the_person_answers(
    app: FastAPI, developer: Visitor, other: Office, register_client: Register
) -> None:
    """G3: an owner elsewhere is a developer here."""
    sandbox = sandbox_on(register_client(developer))
    stranger = staff_visitor(app, StaffRole.AGENCY_OWNER, other)
    assert stranger.open(f"{sandbox}/production").status == 404
    assert "Hand over to an owner" in developer.open(f"{sandbox}/production").text


def test_whoever_finds_it_suspended_reads_whom_to_call(
    app: FastAPI, developer: Visitor, register_client: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sandbox_on(register_client(developer))
    step(app, url, "suspend")
    notice = "Please contact the operator."
    assert f"{notice}</p>" in developer.open(url).text, "there is no hotline to name"
    for environment in Pages.of(Request({"type": "http", "app": app})).environments.values():
        monkeypatch.setitem(environment.globals, "operator", OperatorSettings(hotline="1900 0000"))
    assert "tel:19000000" in developer.open(url).text.partition(notice)[2].partition("</p>")[0]
