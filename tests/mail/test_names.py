"""Notices name the way to sign in, the service and the time: in words that nobody can abuse."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from idp.accounts.changes import confirm_factor, remove_factor
from idp.factors.kinds import TOTP
from idp.factors.models import Authenticator
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import transaction
from idp.mail.letters import NOTICE_MAIL, Letter
from idp.mail.names import plain, readable
from idp.mail.text_messages import read_text
from idp.mail.texts import NOTICE_TEXT
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind, Person
from idp.relying_parties.models import RelyingParty
from tests.mail.senders import KEYRING, WRITER
from tests.support.people import add_person, add_relying_party, give_app

NAME = "Máy của mẹ"


def owner(engine: Engine, *, language: str, name: str = NAME) -> tuple[UUID, int]:
    """Who has an app of that name, an address and a telephone."""
    at = clock.now() - timedelta(days=9)
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))
        person = add_person(db)
        db.execute(update(Person).where(Person.id == person.id).values(locale=language))
        give_app(db, keyring=KEYRING, person_id=person.id)
        db.execute(update(Authenticator).values(name=name))
        db.execute(delete(OutboxMessage))
        for kind, value in (("email", "hoa@example.vn"), ("phone", "0912345678")):
            add_contact(
                db,
                keyring=KEYRING,
                person_id=person.id,
                kind=ContactKind(kind),
                value=value,
                at=at,
                verified_at=at,
            )
        return person.id, person.subject_number


def read(engine: Engine) -> tuple[Letter, str]:
    """The newest notice, as mail and as text message."""
    with transaction(engine) as db:
        by_kind = {row.kind: row for row in db.scalars(select(OutboxMessage))}
        letter = WRITER.read(db, by_kind[NOTICE_MAIL])
        text = read_text(WRITER, db, by_kind[NOTICE_TEXT])
        assert letter is not None
        return letter, text.text if text else ""


def party_in(db: Session) -> RelyingParty:
    return db.scalars(select(RelyingParty)).first() or add_relying_party(db)


@pytest.mark.parametrize(
    ("language", "in_mail", "in_text"),
    [
        ("en", "Authenticator app “Máy của mẹ” was removed", 'Authenticator app "May cua me" was'),
        ("vi", "Ứng dụng xác thực “Máy của mẹ” đã bị gỡ", 'Ung dung xac thuc "May cua me" bi go'),
    ],
)
def test_a_notice_names_the_app(engine: Engine, language: str, in_mail: str, in_text: str) -> None:
    """Also one that is gone by then."""
    person_id, _ = owner(engine, language=language)
    with transaction(engine) as db:
        assert remove_factor(db, person_id=person_id, kind=TOTP, at=clock.now())
    letter, text = read(engine)
    assert in_mail in letter.paragraphs[0]
    assert in_text in text


def test_without_a_name_it_is_the_kind(engine: Engine) -> None:
    """The journal has no name, nor which one it was."""
    person_id, number = owner(engine, language="en", name="")
    with transaction(engine) as db:
        db.execute(update(Person).where(Person.id == person_id).values(proofing=2))
        db.execute(update(Authenticator).values(carries_proofing=0))
        assert confirm_factor(db, person_id=person_id, kind=TOTP, by="desk", at=clock.now())
        entries = select(JournalEntry.data).where(JournalEntry.subject_number == number)
        written = str(db.scalars(entries).all())
        ids = db.scalars(select(Authenticator.id)).all()
    letter, _ = read(engine)
    assert letter.paragraphs[0].startswith("Authenticator app carries your proven identity")
    assert not [one for one in ids if str(one) in written]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Pixel 8 Pro", "Pixel 8 Pro"),
        ("Máy của mẹ (2024)", "Máy của mẹ (2024)"),
        ("xem evil.example/x ngay", "xem evil example x ngay"),
        ("Gọi 0912 345 678 để hủy", "Gọi để hủy"),
        ("Gọi +84-912-345-678", "Gọi"),
        ("Gọi ⁰⁹¹²³⁴⁵⁶⁷⁸ để hủy", "Gọi để hủy"),
        ("Gọi ⓪①②③④⑤⑥⑦⑧⑨", "Gọi"),
        ("Gọi 0912’345'678", "Gọi"),
        ("⒈⒉⒊⒋⒌⒍⒎⒏", ""),
        ("Máy 2² (³)", "Máy 22 (3)"),
        ("a\r\nBcc: b@c.vn", "a Bcc b c vn"),
        ("“”<b>%(site)s</b>", "b (site)s b"),
    ],
)
def test_a_name_is_no_address_no_number_and_no_line(typed: str, said: str) -> None:
    assert readable(typed) == said


@pytest.mark.parametrize("make", [readable, lambda text: plain(readable(text))])
def test_what_is_left_of_a_name_reads_the_same_again(make: Callable[[str], str]) -> None:
    for typed in ("Máy mẹ", "x" * 40, "1 2 3 4 5 6 7 8", "…", ""):
        assert make(make(typed)) == make(typed)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_used_code_names_the_service(engine: Engine, language: str) -> None:
    """Mail and text; where nobody else was signed in to, the account's own pages."""
    _, number = owner(engine, language=language)
    with transaction(engine) as db:
        party = party_in(db)
        party_id, name = party.id, party.client_name
        values = {"subject_number": number, "relying_party_id": party_id}
        record(db, event="recovery_code.used", at=clock.now(), **values)
        message = db.scalars(select(OutboxMessage).where(OutboxMessage.kind == NOTICE_MAIL)).one()
        letter = WRITER.read(db, message)
        assert letter is not None
        assert name in letter.paragraphs[0]
        record(db, event="recovery_code.used", at=clock.now(), subject_number=number)
        newest = select(OutboxMessage).where(OutboxMessage.kind == NOTICE_MAIL)
        own = WRITER.read(db, db.scalars(newest.where(OutboxMessage.id != message.id)).one())
        assert own is not None
        assert name not in own.paragraphs[0]


def test_what_was_disowned_is_named_with_its_service_and_time(engine: Engine) -> None:
    _, number = owner(engine, language="en")
    with transaction(engine) as db:
        values = {"subject_number": number, "relying_party_id": party_in(db).id}
        record(db, event="signin.succeeded", sign_in_id=uuid4(), **values)
        entry = db.scalar(select(func.max(JournalEntry.id)))
        data = {"event": "signin.succeeded", "entry": entry}
        record(db, event="session.disowned", subject_number=number, data=data)
    letter, _ = read(engine)
    assert "Signed in, " in letter.paragraphs[1]
