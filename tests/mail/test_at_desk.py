"""What an official did for somebody at a desk is told as that: where, when, and what to do."""

import pytest
from sqlalchemy import Engine, delete

from idp.accounts.changes import give_factor, set_password
from idp.factors.recovery_codes import new_sheet
from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit import clock
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from tests.mail.conftest import Mailbox
from tests.mail.test_mail import ADDRESS, KEYRING, send
from tests.support.people import add_person

PRINTED = "Recovery codes were printed for you at a one-stop shop"


@pytest.mark.parametrize("is_second", [False, True])
def test_a_sheet_from_a_desk_is_told(engine: Engine, mailbox: Mailbox, is_second: bool) -> None:
    """The first, and one that voids another."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        person.locale = "en"
        verified = {"kind": ContactKind.EMAIL, "value": ADDRESS, "verified_at": at}
        add_contact(db, keyring=KEYRING, person_id=person.id, at=at, **verified)  # type: ignore[arg-type]
        acted_by(db, Actor(Capacity.DESK, 7))
        for _ in range(1 + is_second):
            db.execute(delete(OutboxMessage))
            _, sheet = new_sheet(KEYRING, person_id=person.id, at=at)
            give_factor(db, sheet, by="desk", at=at)
    send(engine, mailbox.settings)
    [letter] = mailbox.letters
    said = " ".join(letter.get_content().split())
    assert letter["Subject"] == PRINTED
    assert "an official compared a person with your ID card" in said
    assert "within 14 days" in said
    assert "/help/desks" in said


@pytest.mark.parametrize("is_at_desk", [True, False])
def test_a_password_says_whether_an_official_set_it(
    engine: Engine, mailbox: Mailbox, is_at_desk: bool
) -> None:
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        person.locale = "en"
        verified = {"kind": ContactKind.EMAIL, "value": ADDRESS, "verified_at": at}
        add_contact(db, keyring=KEYRING, person_id=person.id, at=at, **verified)  # type: ignore[arg-type]
        if is_at_desk:
            acted_by(db, Actor(Capacity.DESK, 7))
        new = {"person_id": person.id, "password_hash": "new", "kept": ()}
        db.execute(delete(OutboxMessage))
        assert set_password(db, keyring=KEYRING, at=at, is_own=not is_at_desk, **new) is not None  # type: ignore[arg-type]
    send(engine, mailbox.settings)
    subjects = [letter["Subject"] for letter in mailbox.letters]
    at_desk, alone = "An official set a new password for you", "Your password was changed"
    assert subjects == [at_desk if is_at_desk else alone]
