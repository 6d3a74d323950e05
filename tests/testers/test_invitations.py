"""Inviting people to try an application, by number, so that nobody learns who has an account."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.identifiers import give_number
from idp.relying_parties.models import Environment, RelyingParty
from idp.testers.admission import Trial, may_try
from idp.testers.invitations import (
    MOST,
    MOST_INVITED,
    MOST_INVITED_IN,
    Answer,
    invite_tester,
    list_testers,
    remove_tester,
)
from tests.support.people import add_agency, add_person, add_relying_party

OLD = Keyring(["k" * 32], "l" * 32)
NEW = Keyring(["k" * 32], "m" * 32, other_lookup_secrets=["l" * 32], subject_secret="l" * 32)
NUMBER = "001190000123"

Invite = Callable[..., Answer]


@pytest.fixture
def sandbox(db: Session) -> RelyingParty:
    party = add_relying_party(db)
    party.environment = Environment.SANDBOX
    db.flush()
    return party


@pytest.fixture
def invite(db: Session, sandbox: RelyingParty) -> Invite:
    def invite(number: str = NUMBER, *, keyring: Keyring = OLD) -> Answer:
        return invite_tester(
            db,
            keyring=keyring,
            relying_party_id=sandbox.id,
            number=number,
            at=clock.now(),
        )

    return invite


def test_the_answer_is_the_same_whether_an_account_holds_the_number(
    db: Session, sandbox: RelyingParty, invite: Invite
) -> None:
    person = add_person(db)
    give_number(db, keyring=OLD, person_id=person.id, number=NUMBER, at=clock.now())
    assert [invite(), invite("001190000124")] == ["invited", "invited"]
    assert [invite(), invite("001190000124")] == ["known", "known"]
    listed = list_testers(db, keyring=OLD, relying_party_id=sandbox.id)
    assert [tester.masked_number for tester in listed] == ["••••••••0123", "••••••••0124"]


def test_who_invited_and_took_back_stands_in_the_journal_without_a_number(
    db: Session, sandbox: RelyingParty, invite: Invite
) -> None:
    acted_by(db, Actor(Capacity.AGENCY, 7))
    invite()
    [tester] = list_testers(db, keyring=OLD, relying_party_id=sandbox.id)
    acted_by(db, Actor(Capacity.AGENCY, 8))
    remove_tester(
        db,
        keyring=OLD,
        relying_party_id=sandbox.id,
        tester_id=tester.id,
        at=clock.now(),
    )
    rows = db.execute(
        select(JournalEntry.event, JournalEntry.actor_number, JournalEntry.data)
        .where(JournalEntry.relying_party_id == sandbox.id)
        .order_by(JournalEntry.id)
    )
    assert [tuple(row) for row in rows] == [("tester.invited", 7, {}), ("tester.removed", 8, {})]


def test_an_application_has_so_many_testers_and_no_more(
    db: Session, sandbox: RelyingParty, invite: Invite
) -> None:
    """G22: a sandbox that serves everybody would be a way around the review."""
    answers = [invite(f"0011900{number:05d}") for number in range(MOST)]
    assert {*answers} == {"invited"}
    assert invite() == "full"
    first, *_ = list_testers(db, keyring=OLD, relying_party_id=sandbox.id)
    remove_tester(
        db,
        keyring=OLD,
        relying_party_id=sandbox.id,
        tester_id=first.id,
        at=clock.now(),
    )
    assert invite() == "invited"


def test_places_that_are_emptied_do_not_serve_everybody(
    db: Session, sandbox: RelyingParty, invite: Invite
) -> None:
    """G22: an agency invites so many in a month, whoever was removed and for whichever application.

    Neither who is invited already nor who finds no place uses any of it up, nor does it another's.
    """
    system = db.get_one(InformationSystem, sandbox.system_id)
    agency = db.get_one(Agency, system.agency_id)
    second = add_relying_party(db, client_id="second", agency=agency)
    other = add_relying_party(db, client_id="other", agency=add_agency(db, code="G98"))
    second.environment = other.environment = Environment.SANDBOX
    db.flush()
    values = {"keyring": OLD, "at": clock.now()}

    def use_up(party: RelyingParty, numbers: range) -> set[Answer]:
        answers: set[Answer] = set()
        for number in numbers:
            answer = invite_tester(
                db, **values, relying_party_id=party.id, number=f"0011900{number:05d}"
            )
            answers.add(answer)
            for tester in list_testers(db, keyring=OLD, relying_party_id=party.id):
                remove_tester(db, **values, relying_party_id=party.id, tester_id=tester.id)
        return answers

    half = MOST_INVITED // 2
    assert use_up(sandbox, range(half)) == {"invited"}
    assert use_up(second, range(half, MOST_INVITED - 1)) == {"invited"}
    assert [invite(), invite(), invite()] == ["invited", "known", "known"]
    assert use_up(second, range(3)) == {"often"}
    assert use_up(other, range(3)) == {"invited"}
    values["at"] += MOST_INVITED_IN
    assert use_up(second, range(3)) == {"invited"}


@pytest.mark.parametrize(("held", "kept"), [(OLD, NEW), (NEW, OLD), (OLD, OLD)])
def test_an_invitation_holds_while_the_look_up_key_is_rotated(
    db: Session, sandbox: RelyingParty, invite: Invite, held: Keyring, kept: Keyring
) -> None:
    """One walk renews the hashes of both tables, one after the other."""
    person, other = add_person(db), add_person(db)
    for one, number in ((person, NUMBER), (other, "001190000124")):
        give_number(db, keyring=held, person_id=one.id, number=number, at=clock.now())
    invite(keyring=kept)
    trial, today = Trial(sandbox.id, sandbox.system_id), clock.now().date()
    asked = [may_try(db, trial, keyring=NEW, person_id=one.id, on=today) for one in (person, other)]
    assert asked == [True, False]


def test_a_real_service_has_no_testers(db: Session, sandbox: RelyingParty, invite: Invite) -> None:
    sandbox.environment = Environment.PRODUCTION
    db.flush()
    with pytest.raises(ValueError, match="sandbox"):
        invite()
