"""G4: staff are proven, both factors speak for it, and what cannot be undone needs them anew."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI

from idp.assurance.evidence import Trust
from idp.factors.kinds import PASSWORD, TOTP
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.relying_parties.lookup import find_party
from idp.sessions.evidence import Evidence, shown_at, with_shown
from tests.architecture.test_own_forms import routes
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Page, Visitor

QUARTER = timedelta(minutes=15)
SLOW = timedelta(minutes=16)


def state_of(app: FastAPI, client_id: str) -> str:
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record
        return record.party.state.value


def evidence(password_at: datetime, code_at: datetime, *, waits: bool = False) -> Evidence:
    trust = Trust(2, code_at + timedelta(hours=1) if waits else code_at)
    return with_shown(
        shown_at(password_at, PASSWORD), TOTP, trust=trust, factor_id=uuid4(), at=code_at
    )


@pytest.mark.parametrize(("role", "path"), [("operator", "console"), ("agency_owner", "portal")])
def test_a_post_needs_a_proven_holder_with_factors_that_speak_for_it(
    app: FastAPI, ministry: Office, role: StaffRole, path: str
) -> None:
    office, now = None if path == "console" else ministry, clock.now()
    role = StaffRole(role)
    unproven = staff_visitor(app, role, office, proofing=1)
    page = unproven.open(f"{BASE}/{path}")
    assert page.status == 403
    assert "face to face" in page.text
    waiting = staff_visitor(app, role, office, evidence=evidence(now, now, waits=True))
    page = waiting.open(f"{BASE}/{path}")
    assert page.status == 403
    assert "second step that is confirmed" in page.text
    assert staff_visitor(app, role, office).open(f"{BASE}/{path}").status == 200


@pytest.mark.parametrize(("role", "path"), [("operator", "console"), ("agency_owner", "portal")])
def test_a_post_is_looked_for_before_a_second_step_is_asked(
    app: FastAPI, ministry: Office, role: StaffRole, path: str
) -> None:
    """C9: nobody sets up an app for a door that stays closed; whoever has a post goes on to it."""
    citizen = staff_visitor(app, None, authentication=1)
    page = citizen.open(f"{BASE}/{path}")
    assert page.status == (404 if path == "console" else 403)
    assert path == "console" or "is for agency staff" in page.text
    office = None if path == "console" else ministry
    staff = staff_visitor(app, StaffRole(role), office, authentication=1)
    answer = staff.client.get(f"{BASE}/{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/signin/")


def test_who_has_no_post_learns_nothing_of_it(app: FastAPI) -> None:
    assert staff_visitor(app, None, proofing=0).open(f"{BASE}/console").status == 404


class TestADecision:
    """An application waits; the operator has read it."""

    @pytest.fixture(autouse=True)
    def _waiting(self, app: FastAPI, submitted: str) -> None:
        self.app, self.client_id = app, submitted
        self.path = f"{BASE}/console/applications/{submitted}"

    def decide(self, operator: Visitor, page: Page, word: str) -> Page:
        form = page.form("version")
        fields = {**form.fields, "reason": "Because.", "suspend_reason": "Because."}
        response = operator.client.post(
            f"{self.path}/{word}", data=fields, headers={"Sec-Fetch-Site": "same-origin"}
        )
        return (
            operator._follow(response)
            if response.status_code != 303
            else Page(self.path, 303, "", response.headers)
        )

    @pytest.mark.parametrize("word", ["approve", "changes", "suspend", "resume"])
    def test_needs_a_sign_in_of_a_quarter_of_an_hour(self, operator: Visitor, word: str) -> None:
        page, before = operator.open(self.path), state_of(self.app, self.client_id)
        with clock.shifted(SLOW):
            answer = self.decide(operator, page, word)
            assert answer.headers["location"].startswith("/signin/")
            assert operator.open(self.path).status == 200, "reading goes on"
        assert state_of(self.app, self.client_id) == before

    def test_is_made_within_it(self, operator: Visitor) -> None:
        page = operator.open(self.path)
        with clock.shifted(QUARTER - timedelta(minutes=1)):
            answer = self.decide(operator, page, "approve")
        assert answer.headers["location"] == f"/console/applications/{self.client_id}"
        assert state_of(self.app, self.client_id) == "live"

    @pytest.mark.parametrize("is_password", [True, False])
    def test_takes_no_old_factor_for_a_new_one(self, *, is_password: bool) -> None:
        now, long_ago = clock.now(), clock.now() - SLOW
        stale = evidence(long_ago, now) if is_password else evidence(now, long_ago)
        operator = staff_visitor(self.app, StaffRole.OPERATOR, evidence=stale)
        answer = self.decide(operator, operator.open(self.path), "approve")
        assert answer.headers["location"].startswith("/signin/")
        assert state_of(self.app, self.client_id) == "submitted"


IRREVOCABLE = {
    "/console/applications/{client_id}/approve",
    "/console/applications/{client_id}/changes",
    "/console/applications/{client_id}/suspend",
    "/console/applications/{client_id}/resume",
    "/portal/applications/{client_id}/secret",
    "/console/staff/{post_id}/confirm",
    "/console/staff/{post_id}/refuse",
    "/console/disowned/{entry_id}/answer",
    "/console/recoveries/{recovery_id}/refuse",
    "/console/letters/print",
    "/console/letters/returned",
    "/console/letters/batch/{batch_id}/confirm",
    "/console/letters/batch/{batch_id}/again",
    "/console/requests/{request_id}/answer",
    "/console/requests/{request_id}/extend",
    "/console/requests/{request_id}/finish",
    "/console/people/prove",
    "/console/people/confirm-app",
    "/console/people/lost",
    "/console/people/sheet",
    "/console/people/reclaim",
}
DRAFTS = {
    "/portal/new": "its secret is shown only to who signed in just now",
    "/portal/applications/{client_id}/edit/{part}": "can be changed again; in production it waits",
    "/portal/applications/{client_id}/production": "waits for an operator",
    "/portal/applications/{client_id}/submit": "waits for an operator",
    "/portal/applications/{client_id}/testers": "can be taken back",
    "/portal/applications/{client_id}/testers/remove": "can be invited again",
    "/portal/lists/{system_code}": "another version can be delivered; the old one stays",
    "/portal/figures/digest": "can be chosen again",
}
"""Forms of staff whose effect can be undone, or that have a rule of their own."""


def test_every_form_of_staff_is_judged(app: FastAPI) -> None:
    forms = {
        route.path
        for route in routes(app.routes)
        if "POST" in (route.methods or set()) and route.path.startswith(("/console", "/portal"))
    }
    assert forms == IRREVOCABLE | set(DRAFTS)


class TestASecret:
    """Shown once, to an agency's developer who signed in just now."""

    @pytest.fixture(autouse=True)
    def _developer(self, app: FastAPI, ministry: Office) -> None:
        self.developer = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
        self.fields = {
            "client_name": "Đổi giấy phép",
            "redirect_uris": "https://gplx.example.vn/cb",
            f"service.{ministry.service}": "yes",
            "application_type": "web",
            "system": ministry.system,
        }

    def register(self) -> Page:
        page = self.developer.open(f"{BASE}/portal/new")
        fields = {**page.form("party_id").fields, **self.fields}
        return self.developer.post(page.url, fields)

    def test_is_shown_to_who_signed_in_just_now(self) -> None:
        page = self.register()
        assert page.path.endswith("/secret/made")
        assert 'class="copyable"' in page.text

    def test_is_not_shown_to_who_filled_in_the_form_for_longer(self) -> None:
        with clock.shifted(SLOW):
            page = self.register()
            assert page.path.endswith("/secret")
            version = page.form("version").fields
            answer = self.developer.client.post(
                page.url, data=version, headers={"Sec-Fetch-Site": "same-origin"}
            )
            assert answer.headers["location"].startswith("/signin/")
