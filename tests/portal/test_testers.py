"""The page on which a team invites people to try its application."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from idp.kit.db import transaction
from idp.relying_parties.models import Environment, RelyingParty
from idp.testers.invitations import MOST
from tests.portal.test_portal import client_id_on
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor

Register = Callable[..., Page]
NUMBER = "001 190 000 123"


@pytest.fixture
def address(developer: Visitor, register_client: Register) -> str:
    client_id = client_id_on(register_client(developer))
    return f"{BASE}/portal/applications/{client_id}/testers"


def test_a_developer_invites_and_takes_back(developer: Visitor, address: str) -> None:
    """G22: by number; the list shows its last digits."""
    application = developer.open(address.removesuffix("/testers"))
    assert "/testers" in application.text
    page = developer.open(address)
    assert "Nobody is invited yet." in page.text
    page = developer.submit(page, {"number": NUMBER})
    assert (page.status, page.url) == (200, address)
    assert "••••••••0123" in page.text
    assert "190000123" not in page.text
    assert f"at most {MOST}" in page.text
    removal = page.form("tester")
    page = developer.post(f"{address}/remove", removal.fields)
    assert "Nobody is invited yet." in page.text


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("123", "A personal number has 12 digits."),
        ("", "A personal number has 12 digits."),
        ("001990000123", "There is no such personal number."),
        (NUMBER, "This number is among the testers already."),
    ],
)
def test_what_is_no_number_to_invite_is_said_at_the_field(
    developer: Visitor, address: str, number: str, says: str
) -> None:
    developer.submit(developer.open(address), {"number": NUMBER})
    page = developer.submit(developer.open(address), {"number": number})
    assert page.is_refused
    assert says in page.text
    assert page.text.count("••••••••0123") >= 1


def test_an_agency_that_invited_its_share_is_told(
    developer: Visitor, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G22: beside the field, and nobody is invited."""
    monkeypatch.setattr("idp.testers.invitations.MOST_INVITED", 0)
    page = developer.submit(developer.open(address), {"number": NUMBER})
    assert page.is_refused
    assert "as many people as it may in 30 days" in page.text
    assert "Nobody is invited yet." in page.text
    monkeypatch.undo()
    assert "••••••••0123" in developer.submit(page, {"number": NUMBER}).text


def test_another_agencys_application_and_a_real_one_have_no_such_page(
    app: FastAPI, developer: Visitor, stranger: Visitor, address: str
) -> None:
    """Of another agency, or live: as what does not exist, for reading and for writing."""
    fields = {**developer.open(address).form("number").fields, "number": NUMBER}
    own = stranger.open(f"{BASE}/portal/new").form("party_id").fields
    theirs = {**fields, "csrf_token": own["csrf_token"]}
    assert stranger.open(address).status == 404
    assert stranger.post(address, theirs).status == 404
    assert stranger.post(f"{address}/remove", {**theirs, "tester": "x"}).status == 404
    assert developer.post(address, fields).status == 200, "the control"
    client_id = address.split("/")[-2]
    with transaction(app.state.runtime.engine) as db:
        of_it = RelyingParty.client_id == client_id
        db.execute(update(RelyingParty).where(of_it).values(environment=Environment.PRODUCTION))
    assert developer.open(address).status == 404
    assert developer.post(address, fields).status == 404
