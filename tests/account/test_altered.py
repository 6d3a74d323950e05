"""What the database's owner wrote where no table is sealed: pages refuse in words, with a code."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from idp.journal.activity import list_activity
from idp.journal.actors import Capacity
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.errors import DataAltered
from tests.account.test_pages import signed_in
from tests.signin.conftest import World

AT = "2026-11-29T15:00:00+00:00"
GARBAGE = [
    [{"kind": "zz", "at": AT}],
    [{"kind": "password", "at": "x"}],
    [{"kind": "password", "at": "2026-11-29T15:00:00"}],
    [{"kind": "password", "at": None}],
    [{"kind": "password"}],
    [{"kind": "password", "at": AT, "carries_proofing": "x", "carries_from": AT}],
    [{"kind": "password", "at": AT, "carries_from": AT}],
    [],
    {"a": 1},
    ["x"],
    None,
    7,
]


@pytest.mark.parametrize("evidence", GARBAGE, ids=json.dumps)
def test_evidence_that_no_session_holds_opens_no_page(world: World, evidence: object) -> None:
    """G14: as it was it opens them, the control."""
    browser = signed_in(world)
    session = browser.session()
    assert session is not None
    paths = ("/account", "/account/activity", "/account/sessions", "/account/details")
    assert [browser.get(path).status_code for path in paths] == [200] * len(paths)
    statement = "UPDATE sign_in_session SET evidence = CAST(:evidence AS jsonb) WHERE sid = :sid"
    with world.transaction() as db:
        db.execute(text(statement), {"evidence": json.dumps(evidence), "sid": session.sid})
    for path in paths:
        assert browser.get(path).status_code == (303 if evidence == [] else 409), path


def test_an_authenticator_of_no_kind_opens_no_page(world: World) -> None:
    """G14: nor is it left out, as if the account had nothing but its password."""
    browser = signed_in(world, totp=True)
    assert browser.get("/account/factor").status_code == 200
    with world.transaction() as db:
        db.execute(text("UPDATE authenticator SET kind = 'zz' WHERE removed_at IS NULL"))
    assert browser.get("/account/factor").status_code == 409


def test_an_actor_that_is_none_is_refused_and_read_by_nobody(owner: Engine) -> None:
    """G14: the table takes those there are; whoever takes that away does not crash the history."""
    added = text(
        "INSERT INTO journal_entry (at, event, subject_number, actor, counted, data)"
        " VALUES (now(), 'session.started', 987654, :actor, false, '{}')"
    )
    since = clock.now() - timedelta(minutes=5)
    with owner.connect() as connection:
        for capacity in (*Capacity, None):
            connection.execute(added, {"actor": capacity})
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(added, {"actor": "x"})
    with transaction(owner) as db:
        db.execute(text("ALTER TABLE journal_entry DROP CONSTRAINT ck_journal_entry_actor"))
        db.execute(added, {"actor": "operator"})
        assert len(list_activity(db, subject_number=987654, since=since, zone="UTC")) == 1
        db.execute(added, {"actor": "x"})
        with pytest.raises(DataAltered, match="actor"):
            list_activity(db, subject_number=987654, since=since, zone="UTC")
        db.rollback()
