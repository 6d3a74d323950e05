"""Something in every encrypted column of the schema, and how the program reads it."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.letter_batches import read_batch
from idp.accounts.models import VOID_PASSWORD, DisownedEvent
from idp.factors.credentials import read_credentials
from idp.factors.totp import verify_code
from idp.interactions.models import Interaction
from idp.interactions.opening import Credit, Opening, open_interaction, read_login_hint
from idp.journal.models import JournalEntry, Outcome
from idp.journal.record import record
from idp.journal.sources import Asker, asked_by, read_source
from idp.keys.cache import SigningKeys
from idp.keys.creation import ensure_keys
from idp.keys.models import SigningKey
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.mail.letters import Writer
from idp.outbox.messages import enqueue_private
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_MAIL
from idp.people.contacts import add_contact
from idp.people.identifiers import give_number, hash_number
from idp.people.models import (
    LETTER,
    PASSWORD_HASH,
    REGISTER_NUMBER,
    ContactKind,
    LetterBatch,
    Person,
    PersonLetter,
    PopulationRecord,
    Sex,
)
from idp.people.population import PopulationEntry, import_population, population_register
from idp.people.profile import read_profile
from idp.personal_data.models import (
    ANSWER,
    ASKED,
    EXTENDED_BECAUSE,
    DataRequest,
    RequestKind,
)
from idp.personal_data.requests import find_request
from idp.recovery.models import FORMER_PASSWORD, Recovery, State
from idp.recovery.taking_back import find_former
from idp.relying_parties.models import Environment
from idp.schema import metadata
from idp.testers.invitations import invite_tester, list_testers
from idp.tokens.codes import find_pushed_request, store_pushed_request
from tests.support.people import add_agency, add_person, add_relying_party, give_app

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SOON = timedelta(minutes=5)
Reader = tuple[str, Any, Callable[[], object]]
"""A column by its purpose, the key of a row, and how the program reads it there.

What is true is the value; a refusal is nothing, or an exception.
"""


def fill(db: Session, keyring: Keyring, number: str, *, row_id: UUID) -> list[Reader]:
    """The values of one person, a sign-in and the register; `row_id` is the interaction's."""
    return [
        *_of_person(db, keyring, number),
        *_of_tester(db, keyring, number),
        *_of_sign_in(db, keyring, row_id),
        *_of_register(db, keyring, number),
        *_of_journal(db, keyring),
        *_of_outbox(db, keyring, number),
        *_of_request(db, keyring, number),
        *_of_letter(db, keyring, number),
    ]


def _of_person(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    now, person_id = clock.now(), add_person(db).id
    give_number(db, keyring=keyring, person_id=person_id, number=number, at=now)
    email = {"kind": ContactKind.EMAIL, "value": f"{number}@example.vn"}
    add_contact(db, keyring=keyring, person_id=person_id, at=now, **email)  # type: ignore[arg-type]
    give_app(db, keyring=keyring, person_id=person_id, at=now, secret=SECRET)
    later = now + timedelta(minutes=5)
    typed = pyotp.TOTP(SECRET).at(later)

    def profile() -> object:
        return read_profile(db, keyring=keyring, person_id=person_id)

    person = db.get_one(Person, person_id)
    person.password_encrypted = PASSWORD_HASH.seal(keyring, "a hash", id=person_id)
    db.flush()

    def password() -> object:
        return read_credentials(db, person_id=person_id).password_hash(keyring)

    yield "person.password_encrypted", person_id, password

    def code() -> object:
        return verify_code(db, keyring=keyring, person_id=person_id, typed=typed, at=later)

    former = Recovery(
        browser_hash=b"",
        about_hash=b"",
        person_id=person_id,
        state=State.DONE,
        is_slow=True,
        code_hash=b"",
        code_tries=0,
        code_until=now,
        begun_at=now,
        ended_at=now,
    )
    former.former_password_encrypted = FORMER_PASSWORD.seal(keyring, "a hash", id=former.id)
    former.proofing_before = 0
    db.add(former)
    db.flush()

    def password_before() -> object:
        found = find_former(db, keyring=keyring, person_id=person_id, at=now)
        return found.password_hash if found else None

    yield "recovery.former_password_encrypted", former.id, password_before

    report = DisownedEvent(entry_id=1, person_id=person_id, reported_at=now)
    place = {"entry_id": report.entry_id, "person_id": person_id}
    report.void_password_encrypted = VOID_PASSWORD.seal(keyring, "a hash", **place)
    db.add(report)
    db.flush()

    def void_password() -> object:
        db.refresh(report)
        assert report.void_password_encrypted
        return VOID_PASSWORD.open(keyring, report.void_password_encrypted, **place)

    yield "disowned_event.void_password_encrypted", report.entry_id, void_password

    for purpose, read in (
        ("person_identifier.value_encrypted", profile),
        ("person_contact.value_encrypted", profile),
        ("authenticator.secret_encrypted", code),
    ):
        table = metadata.tables[purpose.partition(".")[0]]
        key = db.scalars(select(table.c.id).where(table.c.person_id == person_id)).one()
        yield purpose, key, read


def _of_request(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    row_id, person_id, now = uuid4(), add_person(db).id, clock.now()
    sealed = {
        column.column.name: column.seal(
            keyring, f"{column.purpose} {number}", id=row_id, person_id=person_id
        )
        for column in (ASKED, ANSWER, EXTENDED_BECAUSE)
    }
    days = {"received_at": now, "answer_due_on": now.date(), "due_on": now.date()}
    kind = RequestKind.COPY
    db.add(DataRequest(id=row_id, person_id=person_id, kind=kind, **days, **sealed))  # type: ignore[arg-type]
    db.flush()

    def read(name: str) -> object:
        db.expire_all()
        found = find_request(db, keyring=keyring, request_id=row_id)
        return getattr(found, name)

    for column, name in (
        (ASKED, "asked"),
        (ANSWER, "answer"),
        (EXTENDED_BECAUSE, "extended_because"),
    ):
        yield column.purpose, row_id, partial(read, name)


def _of_tester(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    agency = add_agency(db, code=f"T{number}")
    party = add_relying_party(db, client_id=f"of-{number}", agency=agency)
    party.environment, now = Environment.SANDBOX, clock.now()
    db.flush()
    invited = {"relying_party_id": party.id, "keyring": keyring}
    assert invite_tester(db, number=number, at=now, **invited) == "invited"

    def testers() -> object:
        return list_testers(db, **invited)

    [tester] = list_testers(db, **invited)
    yield "tester.number_encrypted", tester.id, testers


def _of_sign_in(db: Session, keyring: Keyring, interaction_id: UUID) -> Iterator[Reader]:
    opening = Opening(
        return_path="/", lifetime=SOON, credit=Credit(), login_hint="hint", keyring=keyring
    )
    interaction = open_interaction(db, opening, browser_hash=b"mine", interaction_id=interaction_id)

    def hint() -> object:
        stored = select(Interaction).where(Interaction.id == interaction.id)
        found = db.scalars(stored.execution_options(populate_existing=True)).one()
        return read_login_hint(found, keyring=keyring)

    yield "interaction.login_hint_encrypted", interaction.id, hint
    handle_hash = uuid4().bytes
    store_pushed_request(
        db,
        handle_hash=handle_hash,
        client_id="rp",
        parameters="{}",
        keyring=keyring,
        lifetime=SOON,
    )

    def pushed() -> object:
        return find_pushed_request(db, handle_hash=handle_hash, client_id="rp", keyring=keyring)

    yield "pushed_request.parameters_encrypted", handle_hash, pushed


def _of_register(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    email = f"{number}@mail.example"
    entry = PopulationEntry(
        *(number, "Nguyễn Thị Hoa", "1990-01-02", Sex.FEMALE, None, email),
        *(f"Số {number}", "phường Cửa Nam", "thành phố Hà Nội"),
    )
    import_population(db, [entry], keyring=keyring, at=clock.now())
    key = hash_number(keyring, number)

    def registered() -> object:
        return population_register(db, keyring=keyring).find(number=number)

    def own_number() -> object:
        stored = select(PopulationRecord.number_encrypted)
        sealed = db.scalars(stored.where(PopulationRecord.number_hash == key)).one()
        return REGISTER_NUMBER.open(keyring, sealed or b"", number_hash=key)

    yield "population_record.entry_encrypted", key, registered
    yield "population_record.number_encrypted", key, own_number
    yield "population_record.email_encrypted", key, registered
    yield "population_record.address_encrypted", key, registered


def _of_letter(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    now, person_id, letter_id = clock.now(), add_person(db).id, uuid4()
    batch = LetterBatch(made_at=now, letters=1, ends_at=now + SOON)
    db.add(batch)
    db.flush()
    told = json.dumps([number, "Số 8", "phường Cửa Nam", "thành phố Hà Nội", "A-B", "vi"])
    db.add(
        PersonLetter(
            id=letter_id,
            person_id=person_id,
            reference=str(letter_id),
            asked_at=now,
            tries_left=1,
            expires_at=now + SOON,
            batch_id=batch.id,
            payload_encrypted=LETTER.seal(keyring, told, id=letter_id, person_id=person_id),
        )
    )
    db.flush()

    def letter() -> object:
        db.expire_all()
        return read_batch(db, keyring=keyring, batch_id=batch.id, at=now)

    yield "person_letter.payload_encrypted", letter_id, letter


def _of_journal(db: Session, keyring: Keyring) -> Iterator[Reader]:
    sign_in_id = uuid4()
    asked_by(db, Asker(lambda: "203.0.113.7 port 51234", keyring))
    record(db, event="signin.refused", sign_in_id=sign_in_id, outcome=Outcome.REFUSED)
    asked = select(JournalEntry.source_id).where(JournalEntry.sign_in_id == sign_in_id)
    source_id = db.scalars(asked).one()
    assert source_id

    def source() -> object:
        return read_source(db, source_id=source_id, keyring=keyring)

    yield "journal_source.source_encrypted", source_id, source


def _of_outbox(db: Session, keyring: Keyring, number: str) -> Iterator[Reader]:
    private = json.dumps({"address": f"{number}@example.vn", "language": "en", "code": "123456"})
    enqueue_private(db, kind=CODE_MAIL, recipient=number, key="1", text=private, keyring=keyring)
    key = db.scalars(select(OutboxMessage.id).where(OutboxMessage.recipient == number)).one()
    writer = Writer(keyring=keyring, site="https://id.example", zone=ZoneInfo("UTC"))

    def letter() -> object:
        stored = select(OutboxMessage).where(OutboxMessage.id == key)
        message = db.scalars(stored.execution_options(populate_existing=True)).one()
        return writer.read(db, message)

    yield "outbox_message.private_encrypted", key, letter


def fill_keys(db: Session, keyring: Keyring) -> Iterator[Reader]:
    """Two signing keys."""
    ensure_keys(db, keyring=keyring)

    def start() -> object:
        with patch("idp.keys.cache.transaction", lambda _: nullcontext(db)):
            return SigningKeys(db.connection().engine, keyring).start()

    for kid in db.scalars(select(SigningKey.kid).limit(2)).all():
        yield "signing_key.private_encrypted", kid, start
