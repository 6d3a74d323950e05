"""Inviting people to try an application, by number, so that nobody learns who has an account."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.identifiers import give_number
from idp.relying_parties.models import Environment, RelyingParty
from idp.testers.admission import Trial, may_try
from idp.testers.invitations import MOST, Answer, invite_tester, list_testers, remove_tester
from tests.support.people import add_person, add_relying_party

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
