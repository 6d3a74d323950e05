import html
import re
from dataclasses import replace

import pytest
from fastapi import FastAPI

from idp.console.queue import LISTED
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.people.profile import find_names
from idp.people.text_budget import TextBudget, Use
from idp.relying_parties.lookup import find_party, list_awaiting_review
from idp.relying_parties.models import RelyingParty
from idp.web.part import Site
from tests.console.test_approval import newest_person
from tests.console.test_what_is_shown import PLAIN, register
from tests.support.app import changed_part
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Visitor


def stored(app: FastAPI, client_id: str) -> RelyingParty:
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        return record.party


def test_one_button_approves_for_production(
    app: FastAPI, operator: Visitor, submitted: str
) -> None:
    assert submitted in operator.open(f"{BASE}/console").text
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    assert "All addresses use https." in page.text

    page = operator.submit(page, {}, button="decision")

    assert page.status == 200
    assert stored(app, submitted).state == "live"
    assert "Approve for production" not in page.text


def test_an_address_with_a_scheme_of_its_own_is_not_said_to_be_https(
    app: FastAPI, operator: Visitor, submitted: str
) -> None:
    """Only where every address is https is that said; the control is the test above."""
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=submitted)
        assert record is not None
        record.party.application_type = "native"
        record.party.redirect_uris = ["https://gplx.example.vn/cb", "vn.example.gplx:/cb"]
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    assert "All addresses use https." not in page.text
    assert "Any program on a device" in page.text


def test_a_decision_is_not_taken_twice(operator: Visitor, submitted: str) -> None:
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    operator.submit(page, {}, button="decision")
    again = operator.submit(page, {}, button="decision")
    assert again.is_undone
    assert "Nothing was decided" in again.text


def test_changes_are_requested_with_a_reason(
    app: FastAPI, operator: Visitor, submitted: str
) -> None:
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    missing = operator.submit(page, {"reason": "  "})
    assert missing.is_refused
    assert "Say what has to change" in missing.text
    assert stored(app, submitted).state == "submitted"

    operator.submit(page, {"reason": "Use the address of the ministry."})
    party = stored(app, submitted)
    assert party.state == "changes_requested"
    assert party.review_note == "Use the address of the ministry."


def test_a_live_application_is_suspended_and_resumed(
    app: FastAPI, operator: Visitor, submitted: str
) -> None:
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    page = operator.submit(page, {}, button="decision")
    page = operator.submit(page, {"suspend_reason": "Incident"})
    assert stored(app, submitted).state == "suspended"
    assert "Incident" in page.text
    operator.post(f"{page.url}/resume", page.form("csrf_token").fields)
    assert stored(app, submitted).state == "live"


@pytest.mark.parametrize("role", [StaffRole.AGENCY_OWNER, None])
def test_the_console_does_not_exist_for_others(
    app: FastAPI, ministry: Office, operator: Visitor, submitted: str, role: StaffRole | None
) -> None:
    visitor = staff_visitor(app, role, ministry if role else None)
    own_page = visitor.open(f"{BASE}/portal")
    assert own_page.status in (200, 403)
    paths = ("/console", f"/console/applications/{submitted}")
    assert [visitor.open(BASE + path).status for path in paths] == [404, 404]
    assert [operator.open(BASE + path).status for path in paths] == [200, 200]


def test_agency_staff_cannot_approve_their_own(
    app: FastAPI, ministry: Office, operator: Visitor, submitted: str
) -> None:
    owner = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    token = owner.open(f"{BASE}/portal/new").form("csrf_token").fields["csrf_token"]
    page = operator.open(f"{BASE}/console/applications/{submitted}")
    fields = {"csrf_token": token, "version": page.form("decision").fields["version"]}
    url = f"{BASE}/console/applications/{submitted}/approve"
    assert owner.post(url, fields).status == 404
    assert stored(app, submitted).state == "submitted"


@pytest.mark.asvs("6.3.3")
def test_the_console_needs_two_factors(app: FastAPI) -> None:
    weak = staff_visitor(app, StaffRole.OPERATOR, authentication=1)
    response = weak.client.get(f"{BASE}/console")
    assert response.headers["location"].startswith("/signin/")


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("text=GI%E1%BA%A4Y+ph%C3%A9p", True),
        ("text=g12.web&state=submitted&environment=production", True),
        ("text=%25", False),
        ("state=suspended", False),
        ("environment=sandbox", False),
        ("state=none-such", True),
    ],
)
def test_applications_are_found_by_name_state_and_environment(
    operator: Visitor, submitted: str, query: str, is_found: bool
) -> None:
    page = operator.open(f"{BASE}/console/applications?{query}")
    assert page.status == 200
    assert (submitted in page.text) is is_found
    assert ("No application is like that." in page.text) is not is_found


def test_the_decision_comes_after_what_is_decided_and_says_who_submitted(
    app: FastAPI, ministry: Office, submitted: str
) -> None:
    """D6: nobody approves before reading; and whose work it is stands there."""
    staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    author = newest_person(app)
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=submitted)
        assert record is not None
        record.party.authored_by_ids = [author]
        name = find_names(db, person_ids=[author])[author]
    operator = staff_visitor(app, StaffRole.OPERATOR)
    page = operator.open(f"{BASE}/console/applications/{submitted}").text
    assert page.index("What is registered") < page.index('value="approve"')
    assert name in page.partition("Written and submitted by")[2].partition('value="approve"')[0]


def test_after_a_decision_the_next_that_waits_is_offered(
    app: FastAPI, ministry: Office, operator: Visitor, submitted: str
) -> None:
    """D6: the one that waits longest; with none left, the queue."""
    register(app, ministry, PLAIN, "submitted")
    with transaction(app.state.runtime.engine) as db:
        waiting = [record.party.client_id for record in list_awaiting_review(db)]
    assert submitted in waiting
    assert len(waiting) > 1
    decided: set[str] = set()
    for client_id in waiting:
        page = operator.open(f"{BASE}/console/applications/{client_id}")
        told = operator.submit(page, {}, button="decision").text
        decided.add(client_id)
        left = [other for other in waiting if other not in decided]
        onward = told.partition('role="status"')[2].partition("</div>")[0]
        assert f'href="/console/applications/{left[0]}"' in onward if left else "Back to" in onward


def test_the_list_of_all_has_pages(app: FastAPI, ministry: Office, operator: Visitor) -> None:
    """D6: every application is on exactly one of them, and what is sought stays."""
    for number in range(LISTED + 1):
        register(app, ministry, replace(PLAIN, client_name=f"Paged {number}"))
    first = operator.open(f"{BASE}/console/applications?text=paged")
    assert "Previous page" not in first.text
    later = re.search(r'href="(/console/applications\?text=paged&amp;page=2)"', first.text)
    assert later
    second = operator.open(BASE + html.unescape(later[1]))
    assert "Next page" not in second.text
    assert "Previous page" in second.text
    names = [re.findall(r">(Paged \d+)</a>", page.text) for page in (first, second)]
    assert [len(found) for found in names] == [LISTED, 1]
    assert len({*names[0], *names[1]}) == LISTED + 1
    for odd in ("0", "-1", "x", "99999", "9" * 30):
        assert operator.open(f"{BASE}/console/applications?page={odd}").status == 200


def test_operators_see_when_the_days_text_messages_run_out(app: FastAPI, operator: Visitor) -> None:
    """T20: from four fifths on; the control is a day with room."""
    texts = TextBudget(keyring=app.state.runtime.keyring, most=5)
    with changed_part(app, Site, texts=texts):
        for spent in range(5):
            shown = "Text messages:" in operator.open(f"{BASE}/console").text
            assert shown is (spent >= 4), spent
            with transaction(app.state.runtime.engine) as db:
                texts.spend(db, [*Use][spent % 2], at=clock.now())
        assert "Text messages: 5 of 5 today" in operator.open(f"{BASE}/console").text
