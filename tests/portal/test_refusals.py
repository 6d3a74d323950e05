"""A developer looks up why a request of an application was refused; nobody else's."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from markupsafe import escape

from idp.journal.errors import note_ignored_scopes, record_error
from idp.journal.record import record
from idp.kit.db import transaction
from idp.relying_parties.lookup import find_party
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor

REASON = "The code expired 14 s ago."


@pytest.fixture
def client_ids(developer: Visitor, register_client: Callable[..., Page]) -> list[str]:
    """Two applications of the agency; a request of the first was refused."""
    pages = [register_client(developer).text for _ in range(2)]
    return [re.findall(r"sandbox-[0-9a-f]{20}", page)[0] for page in pages]


def test_the_reason_behind_an_error_code_is_shown_to_its_agency(
    app: FastAPI, developer: Visitor, stranger: Visitor, client_ids: list[str]
) -> None:
    with transaction(app.state.runtime.engine) as db:
        found = find_party(db, client_id=client_ids[0])
        assert found is not None
        record(
            db,
            event="code.refused",
            reason="expired",
            relying_party_id=found.party.id,
            error_id="7KQ4-M2XD",
            counted=False,
            data={"description": REASON},
        )
    own, other = (f"{BASE}/portal/applications/{client_id}" for client_id in client_ids)
    form = developer.open(own).form("error")
    assert (form.method, form.action) == ("get", own.removeprefix(BASE))
    assert REASON not in developer.open(own).text
    assert REASON in developer.open(f"{own}?error=7kq4-m2xd+").text
    assert REASON in developer.open(f"{own}?error=The+code+is+gone.+%5B7KQ4-M2XD%5D").text
    elsewhere = developer.open(f"{other}?error=7KQ4-M2XD")
    assert "7KQ4-M2XD" in elsewhere.text
    assert REASON not in elsewhere.text
    assert REASON not in stranger.open(f"{own}?error=7KQ4-M2XD").text


def test_a_refusal_of_a_mistyped_client_is_found_and_read_in_vietnamese(
    app: FastAPI, developer: Visitor, client_ids: list[str]
) -> None:
    """C14: under the id that its developer was told, on the page in their language."""
    words = "client_id unknown: 'mistyp', 8 characters"
    with transaction(app.state.runtime.engine) as db:
        detail = {"error": "invalid_client", "description": words}
        record_error(db, error_id="8KQ4-M2XD", kind="token.refused", detail=detail)
    own = f"{BASE}/portal/applications/{client_ids[0]}?error=8KQ4-M2XD"
    assert escape(words) in developer.open(own).text
    developer.open(f"{BASE}/language?to=vi&return=/portal")
    page = developer.open(own).text
    assert "client_id không được biết: &#39;mistyp&#39;, 8 ký tự" in page
    assert escape(words) not in page


def test_scope_values_that_were_ignored_are_named_with_the_reason(
    app: FastAPI, developer: Visitor, client_ids: list[str]
) -> None:
    """C17: on the page of the application that asked for them."""
    with transaction(app.state.runtime.engine) as db:
        found = find_party(db, client_id=client_ids[0])
        assert found is not None
        scopes = {"phone": "unregistered", "<b>": "unknown", "offline_access": "offline"}
        note_ignored_scopes(db, relying_party_id=found.party.id, scopes=scopes)
    own, other = (f"{BASE}/portal/applications/{client_id}" for client_id in client_ids)
    page = developer.open(own).text
    assert "<code>phone</code>: the application has not registered it" in page
    assert "<code>&lt;b&gt;</code>: nobody offers it" in page
    assert "<code>offline_access</code>: needs the grant refresh_token" in page
    assert "were ignored" not in developer.open(other).text
