"""Who had a part in what waits does not approve it, and a service stays with its agency."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.add import add_systems
from idp.catalogue.models import InformationSystem, PublicService
from idp.kit.errors import InvalidInput
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.dynamic import (
    issue_initial_token,
    register_itself,
    spend_initial_token,
)
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.lookup import find_party, list_awaiting_review
from idp.relying_parties.models import Environment, RelyingParty
from idp.relying_parties.models import RelyingPartyState as State
from idp.relying_parties.register import change_metadata, register_party, stored_metadata
from idp.relying_parties.review import (
    Decision,
    approve,
    change_party,
    request_changes,
    request_production,
    submit,
    version_of,
)
from idp.relying_parties.secrets import rotate_secret
from idp.relying_parties.waiting import proposed_metadata, waits_for_operator, waits_for_owner
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
REGISTRAR, DEVELOPER, OWNER, OPERATOR = (uuid4() for _ in range(4))
PLAIN = ClientMetadata(
    client_name="Đổi giấy phép",
    redirect_uris=("https://gplx.example.vn/cb",),
    service=("1.001234",),
)
CHANGED = replace(PLAIN, redirect_uris=("https://new.example.vn/cb",))
FOREIGN = "1.005678"
"""The province's, on no system."""


@pytest.fixture
def sandbox(db: Session, register: Register) -> RelyingParty:
    return register_party(
        db,
        system_id=register.system_id,
        environment=Environment.SANDBOX,
        state=State.LIVE,
        metadata=PLAIN,
        at=NOW,
        by=REGISTRAR,
    ).party


@pytest.fixture
def drafted(db: Session, sandbox: RelyingParty) -> RelyingParty:
    """What a developer wrote for production."""
    values: dict[str, Any] = {"metadata": PLAIN, "at": NOW, "by": DEVELOPER, "is_submitted": False}
    party = request_production(db, sandbox=sandbox, **values)
    assert party is not None
    return party


def seen(db: Session, party: RelyingParty) -> str:
    return version_of(party, current=stored_metadata(db, party))


def submit_as(db: Session, party: RelyingParty, by: UUID = OWNER) -> Decision:
    return submit(db, relying_party_id=party.id, seen=seen(db, party), at=NOW, by=by)


def approve_as(db: Session, party: RelyingParty, by: UUID = OPERATOR) -> Decision:
    return approve(db, relying_party_id=party.id, seen=seen(db, party), at=NOW, by=by)


def make_live(db: Session, party: RelyingParty) -> RelyingParty:
    assert submit_as(db, party) is Decision.DONE
    assert approve_as(db, party) is Decision.DONE
    db.refresh(party)
    return party


def test_what_a_developer_wrote_goes_by_an_owner_to_an_operator(
    db: Session, drafted: RelyingParty
) -> None:
    """G3: three people, three steps; the operator is not asked before the owner submits."""
    assert (drafted.state, waits_for_owner(drafted)) == (State.DRAFT, True)
    assert list_awaiting_review(db) == []
    assert approve_as(db, drafted) is Decision.OVERTAKEN
    assert submit_as(db, drafted) is Decision.DONE
    assert [record.party.id for record in list_awaiting_review(db)] == [drafted.id]
    assert submit_as(db, drafted) is Decision.OVERTAKEN
    assert approve_as(db, drafted) is Decision.DONE
    assert (drafted.state, drafted.authored_by_ids) == (State.LIVE, [])


@pytest.mark.parametrize("by", [REGISTRAR, DEVELOPER, OWNER])
def test_who_had_a_part_does_not_approve(db: Session, drafted: RelyingParty, by: UUID) -> None:
    """G3: nor who registered the sandbox application, whatever posts they hold by then."""
    submit_as(db, drafted)
    assert approve_as(db, drafted, by) is Decision.OWN
    assert drafted.state is State.SUBMITTED
    assert approve_as(db, drafted) is Decision.DONE


def test_who_changed_the_sandbox_application_does_not_approve_its_twin(
    db: Session, sandbox: RelyingParty
) -> None:
    """G3: what is taken over from the sandbox is taken over with every hand in it."""
    assert change_party(db, party=sandbox, metadata=CHANGED, at=NOW, by=OPERATOR)
    twin = request_production(db, sandbox=sandbox, metadata=CHANGED, at=NOW, by=OWNER)
    assert twin is not None
    assert {*twin.authored_by_ids} == {REGISTRAR, OPERATOR, OWNER}
    assert approve_as(db, twin, OPERATOR) is Decision.OWN
    assert approve_as(db, twin, uuid4()) is Decision.DONE


@pytest.mark.parametrize("by", [DEVELOPER, OWNER])
def test_who_had_a_part_in_a_change_does_not_approve_it(
    db: Session, drafted: RelyingParty, by: UUID
) -> None:
    """G3: the same for a live application; who had a part in what is live already may."""
    party = make_live(db, drafted)
    change_party(db, party=party, metadata=CHANGED, at=NOW, by=DEVELOPER, is_submitted=False)
    assert (waits_for_owner(party), waits_for_operator(party)) == (True, False)
    assert approve_as(db, party) is Decision.OVERTAKEN
    assert submit_as(db, party) is Decision.DONE
    assert approve_as(db, party, by) is Decision.OWN
    assert party.redirect_uris == [*PLAIN.redirect_uris]
    assert approve_as(db, party, REGISTRAR) is Decision.DONE
    assert party.redirect_uris == [*CHANGED.redirect_uris]


def test_who_wrote_over_it_does_not_wash_off_who_wrote_before(
    db: Session, drafted: RelyingParty
) -> None:
    """G3: every hand in what waits is kept, until it is decided."""
    change_party(db, party=drafted, metadata=CHANGED, at=NOW, by=OWNER)
    assert drafted.state is State.SUBMITTED
    assert approve_as(db, drafted, DEVELOPER) is Decision.OWN


def test_a_developers_change_takes_a_submission_back_to_the_owner(
    db: Session, drafted: RelyingParty
) -> None:
    """G3: what an owner submitted is not swapped for something else afterwards."""
    submit_as(db, drafted)
    change_party(db, party=drafted, metadata=CHANGED, at=NOW, by=DEVELOPER, is_submitted=False)
    assert drafted.state is State.DRAFT
    assert approve_as(db, drafted) is Decision.OVERTAKEN


def test_an_owner_submits_what_they_saw(db: Session, drafted: RelyingParty) -> None:
    """G9: the version goes along."""
    before = seen(db, drafted)
    change_party(db, party=drafted, metadata=CHANGED, at=NOW, by=DEVELOPER, is_submitted=False)
    late = submit(db, relying_party_id=drafted.id, seen=before, at=NOW, by=OWNER)
    assert late is Decision.OVERTAKEN
    assert submit_as(db, drafted) is Decision.DONE


def test_what_operators_change_meanwhile_is_looked_at_again(
    db: Session, drafted: RelyingParty
) -> None:
    """G9: approved is what was shown, not only what the agency last sent."""
    party = make_live(db, drafted)
    change_party(db, party=party, metadata=CHANGED, at=NOW, by=OWNER)
    before = seen(db, party)
    change_metadata(db, party=party, metadata=replace(PLAIN, service=()), at=NOW)
    late = approve(db, relying_party_id=party.id, seen=before, at=NOW, by=OPERATOR)
    assert late is Decision.OVERTAKEN
    assert approve_as(db, party) is Decision.DONE


def test_a_declared_production_party_waits_for_its_owner_and_an_operator(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """G3: the operator whom a command names proves nothing, so two people answer in browsers.

    Whom it names has a part in it besides; that alone never makes anybody else free.
    """
    declared = read_declarations(declare(environment='"production"', client_id='"web"'))
    colleague, bystander = uuid4(), uuid4()
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW, "by": colleague, "needs_owner": True}
    [applied] = apply_declarations(db, declared, **values)
    assert (applied.action, applied.client_secret) == ("drafted", None)
    record = find_party(db, client_id="web")
    assert record is not None
    party = record.party
    assert (waits_for_owner(party), list_awaiting_review(db)) == (True, [])
    assert approve_as(db, party) is Decision.OVERTAKEN, "whoever ran the command under that name"
    assert submit_as(db, party) is Decision.DONE
    for by in (colleague, OWNER):
        assert approve_as(db, party, by) is Decision.OWN
    assert approve_as(db, party) is Decision.DONE
    assert party.state is State.LIVE

    moved = '["https://new.example.vn/cb"]'
    text = declare(environment='"production"', client_id='"web"', redirect_uris=moved)
    [changed] = apply_declarations(db, read_declarations(text), **values)
    assert changed.action == "drafted"
    assert approve_as(db, party) is Decision.OVERTAKEN
    assert party.redirect_uris == ["https://gplx.example.vn/cb"]
    assert submit_as(db, party) is Decision.DONE
    assert approve_as(db, party, colleague) is Decision.OWN
    assert approve_as(db, party, bystander) is Decision.DONE
    assert party.redirect_uris == ["https://new.example.vn/cb"]


def test_a_command_takes_a_submission_back_to_the_owner(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """G3: what an owner submitted is not swapped by a command; what it leaves as it is stays."""
    where = {"environment": '"production"', "client_id": '"web"'}
    moved = declare(**where, redirect_uris='["https://new.example.vn/cb"]')
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW, "needs_owner": True}
    for text, action, state in (
        (declare(**where), "drafted", State.DRAFT),
        (declare(**where), "unchanged", State.SUBMITTED),
        (moved, "drafted", State.DRAFT),
    ):
        [applied] = apply_declarations(db, read_declarations(text), **values)
        record = find_party(db, client_id="web")
        assert record is not None
        assert (applied.action, record.party.state) == (action, state)
        submit_as(db, record.party)


def test_who_updates_a_sandbox_application_by_a_file_has_a_part_in_its_production(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """G3: as who changes it on a page; what was applied by nobody in particular adds nobody."""
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW, "needs_owner": True}
    apply_declarations(db, read_declarations(declare(client_id='"web"')), **values)
    record = find_party(db, client_id="web")
    assert record is not None
    for by, authors in ((None, []), (OPERATOR, [OPERATOR])):
        moved = f'["https://{len(authors)}.example.vn/cb"]'
        text = declare(client_id='"web"', redirect_uris=moved)
        [changed] = apply_declarations(db, read_declarations(text), **values, by=by)
        assert changed.action == "updated"
        assert record.party.authored_by_ids == authors


def test_who_let_software_register_itself_does_not_approve_what_it_registered(
    db: Session, sandbox: RelyingParty
) -> None:
    """G3: who made the initial access token has a part in its clients, and in their production."""
    system = db.get_one(InformationSystem, sandbox.system_id)
    values: dict[str, Any] = {"uses": 1, "lifetime": timedelta(hours=1), "at": NOW}
    token = issue_initial_token(db, system_code=system.code, **values, by=OPERATOR)
    initial = spend_initial_token(db, token=token, at=NOW)
    assert initial is not None
    made = register_itself(db, initial=initial, metadata=PLAIN, at=NOW).party
    twin = request_production(db, sandbox=made, metadata=PLAIN, at=NOW, by=OWNER)
    assert twin is not None
    assert approve_as(db, twin, OPERATOR) is Decision.OWN
    assert approve_as(db, twin, uuid4()) is Decision.DONE


@pytest.mark.parametrize("is_live", [False, True])
def test_what_was_sent_back_keeps_its_authors(
    db: Session, drafted: RelyingParty, is_live: bool
) -> None:
    """G3: who wrote something does not approve what others make of it."""
    if is_live:
        make_live(db, drafted)
        change_party(db, party=drafted, metadata=CHANGED, at=NOW, by=DEVELOPER)
    else:
        submit_as(db, drafted)
    values: dict[str, Any] = {"seen": seen(db, drafted), "reason": "why", "at": NOW}
    assert request_changes(db, relying_party_id=drafted.id, **values) is Decision.DONE
    db.refresh(drafted)
    again = replace(CHANGED, client_name="Another name")
    assert change_party(db, party=drafted, metadata=again, at=NOW, by=OWNER)
    assert approve_as(db, drafted, DEVELOPER) is Decision.OWN
    assert approve_as(db, drafted) is Decision.DONE


@pytest.mark.parametrize("state", [s for s in State if s is not State.LIVE])
def test_only_a_live_sandbox_application_asks_for_production(
    db: Session, sandbox: RelyingParty, state: State
) -> None:
    """G18: a suspended one does not come back by another door; nor a retired one."""
    sandbox.state = state
    db.flush()
    assert request_production(db, sandbox=sandbox, metadata=PLAIN, at=NOW, by=OWNER) is None
    sandbox.state = State.LIVE
    db.flush()
    assert request_production(db, sandbox=sandbox, metadata=PLAIN, at=NOW, by=OWNER)


def test_a_production_application_makes_no_other(db: Session, drafted: RelyingParty) -> None:
    """G18: only a sandbox application has a twin."""
    party = make_live(db, drafted)
    assert request_production(db, sandbox=party, metadata=PLAIN, at=NOW, by=OWNER) is None


def test_a_request_stops_with_its_sandbox_application(
    db: Session, sandbox: RelyingParty, drafted: RelyingParty
) -> None:
    """G18: suspended after it asked, it is not submitted, not changed, and not approved."""
    take_step(db, relying_party_id=sandbox.id, step="suspend", at=NOW)
    assert submit_as(db, drafted) is Decision.STOPPED
    assert not change_party(db, party=drafted, metadata=CHANGED, at=NOW, by=OWNER)
    take_step(db, relying_party_id=sandbox.id, step="resume", at=NOW)
    assert submit_as(db, drafted) is Decision.DONE
    take_step(db, relying_party_id=sandbox.id, step="suspend", at=NOW)
    assert approve_as(db, drafted) is Decision.STOPPED
    take_step(db, relying_party_id=sandbox.id, step="resume", at=NOW)
    assert approve_as(db, drafted) is Decision.DONE


@pytest.mark.parametrize("step", ["suspend", "retire"])
def test_nothing_changes_while_it_is_suspended(
    db: Session, drafted: RelyingParty, step: Any
) -> None:
    """G18: no change is proposed, submitted or approved, and no secret made by its agency."""
    party = make_live(db, drafted)
    change_party(db, party=party, metadata=CHANGED, at=NOW, by=OWNER)
    take_step(db, relying_party_id=party.id, step=step, at=NOW)
    db.refresh(party)
    assert list_awaiting_review(db) == []
    assert approve_as(db, party) is Decision.OVERTAKEN
    version, reason = seen(db, party), "No."
    sent_back = request_changes(db, relying_party_id=party.id, seen=version, reason=reason, at=NOW)
    assert sent_back is Decision.OVERTAKEN
    assert not change_party(db, party=party, metadata=PLAIN, at=NOW, by=OWNER)
    assert rotate_secret(db, relying_party_id=party.id, at=NOW) is None
    assert party.redirect_uris == [*PLAIN.redirect_uris]


def test_an_operator_replaces_the_secret_of_a_suspended_application(
    db: Session, drafted: RelyingParty
) -> None:
    """G18: the control: what leaked is replaced before it is resumed; never of a retired one."""
    party = make_live(db, drafted)
    assert rotate_secret(db, relying_party_id=party.id, at=NOW)
    take_step(db, relying_party_id=party.id, step="suspend", at=NOW)
    assert rotate_secret(db, relying_party_id=party.id, at=NOW, also_suspended=True)
    take_step(db, relying_party_id=party.id, step="retire", at=NOW)
    assert rotate_secret(db, relying_party_id=party.id, at=NOW, also_suspended=True) is None


def test_a_retired_client_is_not_declared_back(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """G18: by no file either."""
    declared = read_declarations(declare(client_id='"web"'))
    apply_declarations(db, declared, issuer=ISSUER, at=NOW)
    record = find_party(db, client_id="web")
    assert record is not None
    take_step(db, relying_party_id=record.party.id, step="retire", at=NOW)
    db.expire_all()
    with pytest.raises(InvalidInput, match="retired"):
        apply_declarations(db, declared, issuer=ISSUER, at=NOW)


WAYS = ["register", "request", "change", "propose", "store", "declare"]


@pytest.mark.parametrize("way", WAYS)
def test_a_service_stays_with_its_agency(
    db: Session,
    register: Register,
    sandbox: RelyingParty,
    drafted: RelyingParty,
    declare: Callable[..., str],
    way: str,
) -> None:
    """G28: no way of registering or changing names another agency's service; its own pass."""
    party = make_live(db, drafted) if way == "propose" else sandbox

    def take(code: str) -> None:
        asked = replace(PLAIN, service=(code,))
        if way == "register":
            values: dict[str, Any] = {"environment": Environment.SANDBOX, "state": State.LIVE}
            register_party(db, system_id=register.system_id, metadata=asked, at=NOW, **values)
        elif way == "request":
            change_party(db, party=drafted, metadata=asked, at=NOW)
        elif way in ("change", "propose"):
            change_party(db, party=party, metadata=asked, at=NOW)
        elif way == "store":
            change_metadata(db, party=party, metadata=asked, at=NOW)
        else:
            text = declare(service=f'"{code}"')
            apply_declarations(db, read_declarations(text), issuer=ISSUER, at=NOW)

    with pytest.raises(InvalidInput, match=FOREIGN):
        take(FOREIGN)
    take("1.001234")


def test_a_service_that_the_agencys_system_serves_is_its_own(
    db: Session, register: Register, sandbox: RelyingParty
) -> None:
    """G28: the control: the catalogue says so; by another agency's system it is not."""
    other = InformationSystem(
        code="elsewhere", agency_id=register.province_id, name_vi="Khác", name_en="Other"
    )
    ids = add_systems(db, [other])
    service = db.query(PublicService).filter_by(procedure_code=FOREIGN).one()
    asked = replace(PLAIN, service=(FOREIGN,))
    for system_id, is_own in ((ids["elsewhere"], False), (register.system_id, True)):
        service.system_id = system_id
        db.flush()
        if is_own:
            change_party(db, party=sandbox, metadata=asked, at=NOW)
        else:
            with pytest.raises(InvalidInput):
                change_party(db, party=sandbox, metadata=asked, at=NOW)
    assert stored_metadata(db, sandbox).service == (FOREIGN,)


def test_what_an_operator_lets_a_portal_front_stays(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """G28: an explicit act of an operator; the agency keeps it, and adds no other."""
    text = declare(service=f'["1.001234", "{FOREIGN}"]', client_id='"portal"')
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW}
    with pytest.raises(InvalidInput):
        apply_declarations(db, read_declarations(text), **values)
    apply_declarations(db, read_declarations(text), may_front=True, **values)
    record = find_party(db, client_id="portal")
    assert record is not None
    moved = replace(record.metadata, redirect_uris=CHANGED.redirect_uris)
    assert change_party(db, party=record.party, metadata=moved, at=NOW)
    assert stored_metadata(db, record.party).service == ("1.001234", FOREIGN)
    assert proposed_metadata(record.party, current=moved) is None
