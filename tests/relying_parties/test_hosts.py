"""Whether another agency has a host that an operator is about to approve."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.kit.db import transaction
from idp.relying_parties.checks import Check
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.hosts import (
    NO_NEIGHBOURS,
    Neighbour,
    check_former_hosts,
    check_hosts,
    find_neighbours,
    version_of_hosts,
)
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.register import change_metadata, stored_metadata
from idp.relying_parties.review import Decision, approve, version_of
from tests.relying_parties.conftest import NOW
from tests.support.people import add_agency, add_relying_party

HOST = "service.ministry.example"
LATER = NOW + timedelta(days=40)
ADDRESS = f"https://{HOST}/callback"
PROPOSED = {
    "redirect_uris": ["https://else.example/callback"],
    "proposed": {"redirect_uris": [ADDRESS]},
    "submitted_at": NOW,
}
"""A live application, and a change of it that waits for an operator."""


@pytest.mark.parametrize(
    ("theirs", "named", "shared"),
    [
        ({}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({}, {"sector_identifier_uri": f"https://{HOST}/uris.json"}, (HOST,)),
        ({}, {"redirect_uris": (f"https://{HOST}:8443/other",)}, (HOST,)),
        ({"state": RelyingPartyState.SUSPENDED}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({}, {"redirect_uris": (f"https://else.example/{HOST}",)}, ()),
        ({}, {"redirect_uris": (f"https://{HOST}.attacker.example/callback",)}, ()),
        ({}, {"redirect_uris": ("https://minist%_.example/callback",)}, ()),
        ({}, {}, ()),
        ({"environment": Environment.SANDBOX}, {"redirect_uris": (ADDRESS,)}, ()),
        ({"state": RelyingPartyState.SUBMITTED}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({"state": RelyingPartyState.DRAFT}, {"redirect_uris": (ADDRESS,)}, ()),
        (PROPOSED, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({**PROPOSED, "submitted_at": None}, {"redirect_uris": (ADDRESS,)}, ()),
        (
            {"redirect_uris": ["http://localhost/cb"]},
            {"redirect_uris": ("http://localhost/x",)},
            (),
        ),
    ],
)
def test_an_operator_sees_that_a_host_is_another_agencys(
    db: Session, theirs: dict[str, Any], named: dict[str, Any], shared: tuple[str, ...]
) -> None:
    """G8: approval verifies a host, so whoever approves knows whose it is already."""
    other = add_relying_party(db, client_id="theirs", agency=add_agency(db, code="G01"))
    for name, value in {"redirect_uris": [ADDRESS], **theirs}.items():
        setattr(other, name, value)
    add_relying_party(db, client_id="mine", agency=add_agency(db, code="G02"))
    db.flush()
    record = find_party(db, client_id="mine")
    assert record is not None
    check = checked(db, record, named)
    assert (check.is_met, check.seen) == (not shared, shared)
    own = find_party(db, client_id="theirs")
    assert own is not None
    assert checked(db, own, named).is_met, "its own agency's"


def checked(db: Session, record: PartyRecord, named: dict[str, Any]) -> Check:
    metadata = ClientMetadata(**named)
    return check_hosts(find_neighbours(db, system_id=record.party.system_id, metadata=metadata))


def submit_two(engine: Engine, number: int) -> list[tuple[UUID, str]]:
    """Applications of two agencies for one host, and what an operator sees of each."""
    with transaction(engine) as db:
        parties = []
        for code in (f"A{number}", f"B{number}"):
            party = add_relying_party(db, client_id=code, agency=add_agency(db, code=code))
            party.state, party.submitted_at = RelyingPartyState.SUBMITTED, NOW
            party.redirect_uris = [f"https://joint{number}.example/cb"]
            parties.append(party)
        db.flush()
        return [(party.id, seen_hosts(db, party)) for party in parties]


def seen_hosts(db: Session, party: RelyingParty) -> str:
    metadata = stored_metadata(db, party)
    found = find_neighbours(db, system_id=party.system_id, metadata=metadata)
    return version_of_hosts(found)


def decide(db: Session, party_id: UUID, hosts: str) -> Decision:
    party = db.get_one(RelyingParty, party_id)
    seen = version_of(party, current=stored_metadata(db, party))
    return approve(db, relying_party_id=party_id, seen=seen, seen_hosts=hosts, at=NOW, by=uuid4())


def test_of_two_who_wait_for_one_host_the_second_is_looked_at_again(engine: Engine) -> None:
    """G8: that another waits for the host is not what is seen once that one has it."""
    first, second = submit_two(engine, 0)
    with transaction(engine) as db:
        assert decide(db, *first) is Decision.DONE
    with transaction(engine) as db:
        assert decide(db, *second) is Decision.OVERTAKEN
        again = seen_hosts(db, db.get_one(RelyingParty, second[0]))
        assert decide(db, second[0], again) is Decision.DONE, "two may share, knowingly"


def test_of_two_approvals_for_one_host_at_once_one_is_looked_at_again(engine: Engine) -> None:
    """G8: whoever is second is told who was first, however near they are."""
    all_there = Barrier(2, timeout=30)

    def run(waiting: tuple[UUID, str]) -> Decision:
        with transaction(engine) as db:
            db.execute(text("SELECT 1"))
            all_there.wait()
            return decide(db, *waiting)

    with ThreadPoolExecutor(2) as threads:
        for number in range(1, 11):
            decisions = list(threads.map(run, submit_two(engine, number)))
            assert {*decisions} == {Decision.DONE, Decision.OVERTAKEN}


def live_at(db: Session, client_id: str, agency: Agency, *addresses: str) -> RelyingParty:
    """A real application of the agency there, approved by its own way."""
    waiting = add_relying_party(db, client_id=client_id, agency=agency)
    waiting.state, waiting.submitted_at = RelyingPartyState.SUBMITTED, NOW
    waiting.redirect_uris = list(addresses)
    db.flush()
    assert decide(db, waiting.id, seen_hosts(db, waiting)) is Decision.DONE
    return waiting


def moved(db: Session, party: RelyingParty) -> None:
    current = stored_metadata(db, party)
    elsewhere = replace(current, redirect_uris=("https://moved.example/cb",))
    change_metadata(db, party=party, metadata=elsewhere, at=LATER)


def retired(db: Session, party: RelyingParty) -> None:
    assert take_step(db, relying_party_id=party.id, step="retire", at=LATER)


@pytest.mark.parametrize("leave", [moved, retired])
def test_an_operator_sees_whose_a_host_was(
    db: Session, leave: Callable[[Session, RelyingParty], None]
) -> None:
    """G8: whoever comes after another agency has that agency's subjects, knowingly alone."""
    theirs = live_at(db, "theirs", add_agency(db, code="G01"), ADDRESS)
    mine = add_relying_party(db, client_id="mine", agency=add_agency(db, code="G02"))
    mine.state, mine.submitted_at = RelyingPartyState.SUBMITTED, NOW
    mine.redirect_uris = [ADDRESS, "https://another.example/cb"]
    db.flush()
    before = seen_hosts(db, mine)
    leave(db, theirs)
    assert decide(db, mine.id, before) is Decision.OVERTAKEN
    assert decide(db, mine.id, NO_NEIGHBOURS) is Decision.OVERTAKEN
    found = find_neighbours(db, system_id=mine.system_id, metadata=stored_metadata(db, mine))
    assert [(n.host, n.agency, n.until) for n in found] == [(HOST, "G01", LATER)]
    assert check_hosts(found).is_met
    assert check_former_hosts(found, time_zone="UTC").seen == (f"{HOST} G01 {LATER:%d/%m/%Y}",)
    assert decide(db, mine.id, version_of_hosts(found)) is Decision.DONE, "a successor may"
    own = find_neighbours(db, system_id=theirs.system_id, metadata=ClientMetadata())
    assert own == ()


def test_who_returns_to_its_host_was_never_gone(db: Session) -> None:
    """The controls: an agency's own past is no neighbour, nor what never was approved."""
    agency = add_agency(db, code="G01")
    moved(db, live_at(db, "old", agency, ADDRESS))
    again = add_relying_party(db, client_id="new", agency=agency)
    metadata = ClientMetadata(redirect_uris=(ADDRESS, "https://rp.example/cb"))
    assert find_neighbours(db, system_id=again.system_id, metadata=metadata) == ()
    sandbox = add_relying_party(db, client_id="sandbox", agency=add_agency(db, code="G02"))
    sandbox.environment, sandbox.redirect_uris = Environment.SANDBOX, ["https://tried.example/cb"]
    db.flush()
    moved(db, sandbox)
    tried = ClientMetadata(redirect_uris=("https://tried.example/cb",))
    assert find_neighbours(db, system_id=again.system_id, metadata=tried) == ()
    assert check_former_hosts((), time_zone="UTC").is_met


def test_the_day_an_agency_left_is_the_countrys() -> None:
    """G8: 23:30 in London is the next morning in Hà Nội."""
    left = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    gone = Neighbour(HOST, "", is_there=False, agency="G01", until=left)
    days = [
        check_former_hosts([gone], time_zone=zone).seen[0].rpartition(" ")[2]
        for zone in ("Asia/Ho_Chi_Minh", "Europe/London")
    ]
    assert days == ["30/11/2026", "29/11/2026"]
