"""An agency says where it is told of sign-outs, and sees what became of telling it."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi import FastAPI

from idp.kit import clock
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from idp.relying_parties.lookup import find_party
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor

LISTENER = "https://gplx.example.vn/backchannel-logout"


@pytest.fixture
def client_id(developer: Visitor, register_client: Callable[..., Page]) -> str:
    """An application of the agency."""
    found = re.search(r"sandbox-[0-9a-f]{20}", register_client(developer).text)
    assert found
    return found[0]


def test_the_address_is_off_until_a_valid_one_is_given(
    app: FastAPI, developer: Visitor, client_id: str
) -> None:
    assert LISTENER not in developer.open(f"{BASE}/portal/applications/{client_id}").text
    form = developer.open(f"{BASE}/portal/applications/{client_id}/edit/sign-out")
    refused = developer.submit(form, {"backchannel_logout_uri": "http://gplx.example.vn/x"})
    assert refused.is_refused
    assert 'id="backchannel_logout_uri-error"' in refused.text
    saved = developer.submit(form, {"backchannel_logout_uri": LISTENER})
    assert (saved.status, LISTENER in saved.text) == (200, True)
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
    assert record is not None
    assert record.party.backchannel_logout_uri == LISTENER


def test_the_page_shows_the_last_deliveries(
    app: FastAPI, developer: Visitor, client_id: str
) -> None:
    now = clock.now()
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        for outcome, status in (("delivered", "200"), ("failed", "500"), (None, "302")):
            db.add(
                OutboxMessage(
                    kind=BACKCHANNEL_LOGOUT,
                    recipient=str(record.party.id),
                    key=str(uuid4()),
                    created_at=now,
                    next_at=now,
                    outcome=outcome,
                    last_status=status,
                )
            )
    page = developer.open(f"{BASE}/portal/applications/{client_id}").text
    for seen in (">200</div>", ">500</div>", ">302</div>", "Not told"):
        assert seen in page
