from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.lifecycle import TRANSITIONS, Step, take_step
from idp.relying_parties.lookup import find_party, list_awaiting_review
from idp.relying_parties.metadata import metadata_of
from idp.relying_parties.models import RelyingParty, RelyingPartyState
from idp.relying_parties.register import change_metadata, stored_metadata
from idp.relying_parties.review import (
    Decision,
    approve,
    change_party,
    request_changes,
    request_production,
    version_of,
)
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
LATER = NOW + timedelta(hours=1)
OPERATOR = uuid4()


@pytest.fixture
def sandbox(db: Session, register: Register, declare: Callable[..., str]) -> RelyingParty:
    """A sandbox party, live."""
    [applied] = apply_declarations(db, read_declarations(declare()), issuer=ISSUER, at=NOW)
    record = find_party(db, client_id=applied.client_id or "")
    assert record is not None
    return record.party


@pytest.fixture
def submitted(db: Session, sandbox: RelyingParty) -> RelyingParty:
    """Its production twin, submitted."""
    metadata = metadata_of(sandbox, service=("1.001234",))
    twin = request_production(db, sandbox=sandbox, metadata=metadata, at=NOW)
    assert twin is not None
    return twin


def seen(db: Session, party: RelyingParty) -> str:
    return version_of(party, current=stored_metadata(db, party))


def approve_as_seen(db: Session, party: RelyingParty, by: UUID = OPERATOR) -> bool:
    version = seen(db, party)
    decision = approve(db, relying_party_id=party.id, seen=version, at=LATER, by=by)
    return decision is Decision.DONE


def test_approval_makes_the_twin_live_and_is_given_once(
    db: Session, submitted: RelyingParty
) -> None:
    assert [record.party.id for record in list_awaiting_review(db)] == [submitted.id]
    assert approve_as_seen(db, submitted)
    db.refresh(submitted)
    assert submitted.state is RelyingPartyState.LIVE
    assert submitted.approved_at == LATER
    assert submitted.client_secret_hash is None
    assert not approve_as_seen(db, submitted)
    assert list_awaiting_review(db) == []


def test_a_sandbox_party_has_one_twin(
    db: Session, sandbox: RelyingParty, submitted: RelyingParty
) -> None:
    metadata = metadata_of(sandbox, service=())
    assert request_production(db, sandbox=sandbox, metadata=metadata, at=NOW) is None


def test_what_changed_after_the_operator_looked_is_not_approved(
    db: Session, submitted: RelyingParty
) -> None:
    before = seen(db, submitted)
    metadata = metadata_of(submitted, service=())
    assert change_party(db, party=submitted, metadata=metadata, at=LATER)
    late = approve(db, relying_party_id=submitted.id, seen=before, at=LATER, by=OPERATOR)
    assert late is Decision.OVERTAKEN
    assert approve_as_seen(db, submitted)


def test_a_submission_sent_back_may_be_submitted_again(
    db: Session, submitted: RelyingParty
) -> None:
    version, reason = seen(db, submitted), "Name the service."
    assert (
        request_changes(db, relying_party_id=submitted.id, seen=version, reason=reason, at=LATER)
        is Decision.DONE
    )
    db.refresh(submitted)
    assert submitted.state == "changes_requested"
    assert submitted.review_note == "Name the service."
    assert not approve_as_seen(db, submitted)

    metadata = metadata_of(submitted, service=("1.001234",))
    assert change_party(db, party=submitted, metadata=metadata, at=LATER)
    db.refresh(submitted)
    assert submitted.state == "submitted"
    assert approve_as_seen(db, submitted)


def test_a_live_party_works_on_until_its_change_is_approved(
    db: Session, submitted: RelyingParty
) -> None:
    approve_as_seen(db, submitted)
    before = list(submitted.redirect_uris)
    declared = metadata_of(submitted, service=("1.001234",))
    wanted = replace(declared, redirect_uris=("https://new.example.vn/cb",))
    assert change_party(db, party=submitted, metadata=wanted, at=LATER)
    assert submitted.redirect_uris == before
    assert submitted.state is RelyingPartyState.LIVE

    assert approve_as_seen(db, submitted)
    assert submitted.redirect_uris == ["https://new.example.vn/cb"]
    assert submitted.proposed is None


def test_what_operators_took_away_meanwhile_does_not_come_back_with_a_change(
    db: Session, submitted: RelyingParty
) -> None:
    submitted.audiences, submitted.exchange_clients = ["https://api.example.vn"], ["stranger"]
    approve_as_seen(db, submitted)
    declared = metadata_of(submitted, service=("1.001234",))
    wanted = replace(declared, redirect_uris=("https://new.example.vn/cb",), service=())
    assert change_party(db, party=submitted, metadata=wanted, at=LATER)
    safe = replace(declared, exchange_clients=(), jwks_uri="https://new.example.vn/keys")
    change_metadata(db, party=submitted, metadata=safe, at=LATER)

    assert approve_as_seen(db, submitted)
    assert submitted.redirect_uris == ["https://new.example.vn/cb"]
    assert submitted.exchange_clients == []
    assert submitted.jwks_uri == "https://new.example.vn/keys"


def test_every_step_is_journaled_without_counting(db: Session, submitted: RelyingParty) -> None:
    approve_as_seen(db, submitted)
    rows = db.scalars(
        select(JournalEntry).where(
            JournalEntry.relying_party_id == submitted.id,
            JournalEntry.event == "relying_party.state_changed",
        )
    ).all()
    assert [row.data["to"] for row in rows] == ["approved", "live"]
    assert not any(row.counted for row in rows)


@pytest.mark.parametrize("step", list(TRANSITIONS))
@pytest.mark.parametrize("state", list(RelyingPartyState))
def test_a_step_is_taken_only_from_its_states(
    db: Session, sandbox: RelyingParty, step: Step, state: RelyingPartyState
) -> None:
    sandbox.state = state
    db.flush()
    transition = TRANSITIONS[step]
    taken = take_step(db, relying_party_id=sandbox.id, step=step, at=LATER)
    db.refresh(sandbox)
    assert taken is (state in transition.origins)
    assert sandbox.state is (transition.target if taken else state)
