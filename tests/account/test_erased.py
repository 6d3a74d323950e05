"""An erased account: every table that refers to people is walked, and so is what stays of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ColumnElement, Connection, String, Table, or_, select, update
from sqlalchemy.orm import Session

from idp.accounts.models import DisownedEvent
from idp.accounts.registration import Registered
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.sealed import Sealed
from idp.people.codes import Purpose
from idp.people.identifiers import hashes_of
from idp.people.models import Person, PersonCode, PersonLetter
from idp.recovery.models import Recovery, State
from idp.relying_parties.models import Environment
from idp.testers.invitations import invite_tester
from idp.work import clean_up, end_overdue, erase
from tests.account.test_close import signed_in
from tests.account.test_data import DATA, fill
from tests.personal_data.test_sections import TABLES, refers_to_people
from tests.signin.conftest import Account, World
from tests.support.people import add_agency, add_relying_party

STAYS: Mapping[str, str] = {
    "person": "the row others refer to: its analytics number, and nothing of who it was",
    "journal_entry": "what happened, under that number",
    "consent": "that there was one, and until when",
    "mandate": "for whom they acted, and until when",
    "data_request": "that there was one, and when; its words are gone",
    "disowned_event": "that something was reported, and answered",
    "outbox_message": "that it was told; its address is sealed, and gone once that is settled",
}
"""Tables in which rows may refer to who was erased."""
SHORT_LIVED = {
    *(
        "outbox_message",
        "interaction",
        "sign_in_session",
        "person_code",
        "person_letter",
        "recovery",
    ),
}
"""Tables whose rows go by themselves."""
BY_STAFF = {"relying_party", "initial_access_token"}
SEALED_STILL = {("outbox_message", "private_encrypted")}


def rows_about(db: Session, table: Table, account: Account, world: World) -> list[Any]:
    """Rows that refer to the person, by whichever of what they are known by."""
    conditions = list(_conditions(table, account, hashed_by=partial(hashes_of, world.keyring)))
    return list(db.execute(select(table).where(or_(*conditions))).mappings()) if conditions else []


def _conditions(
    table: Table, account: Account, *, hashed_by: Callable[[str], Sequence[bytes]]
) -> Iterator[ColumnElement[bool]]:
    who = account.registered
    for column in table.columns:
        if any(key.column.table.name == "person" for key in column.foreign_keys) or (
            column.name.endswith("person_id") or (table.name, column.name) == ("person", "id")
        ):
            yield column == who.person_id
        elif isinstance(column.type, BigInteger) and "subject_number" in column.name:
            yield column == who.subject_number
        elif column.name in {"number_hash", "value_hash"}:
            yield column.in_(hashed_by(account.number))
        elif column.name == "recipient" and isinstance(column.type, String):
            yield column.in_([str(who.person_id), str(who.subject_number)])


def live(world: World, name: str) -> Account:
    """Somebody of whom something is held wherever that may be."""
    account = world.add_account()
    person_id, at = account.registered.person_id, clock.now()
    fill(world, account, email=f"{name}@example.vn", client_id=name)
    signed_in(world, account, name).post(f"{DATA}/requests", kind="copy", text="Xin bản sao.")
    with world.transaction() as db:
        _add_rest(db, world, account, name=name, person_id=person_id)
        closing = update(Person).where(Person.id == person_id)
        db.execute(closing.values(closes_at=at + timedelta(days=30)))
    return account


def _add_rest(db: Session, world: World, account: Account, *, name: str, person_id: UUID) -> None:
    at = clock.now()
    sandbox = add_relying_party(db, client_id=f"{name}-try", agency=add_agency(db, code=f"{name}t"))
    sandbox.environment = Environment.SANDBOX
    invited = {"relying_party_id": sandbox.id, "number": account.number, "at": at}
    assert invite_tester(db, keyring=world.keyring, **invited) == "invited"
    db.add(
        PersonCode(
            person_id=person_id,
            purpose=Purpose.EMAIL,
            sid=uuid4(),
            code_hash=b"a code",
            sends=1,
            tries_left=5,
            resend_at=at,
            expires_at=at,
        )
    )
    db.add(
        PersonLetter(
            person_id=person_id,
            reference=name,
            asked_at=at,
            tries_left=10,
            expires_at=at + timedelta(days=21),
        )
    )
    db.add(
        Recovery(
            browser_hash=person_id.bytes,
            person_id=person_id,
            about_hash=b"",
            state=State.CANCELLED,
            is_slow=True,
            code_hash=b"",
            code_tries=0,
            code_until=at,
            begun_at=at,
            ended_at=at,
        )
    )
    of_them = JournalEntry.subject_number == account.registered.subject_number
    entry_id = db.scalars(select(JournalEntry.id).where(of_them).limit(1)).one()
    db.add(DisownedEvent(entry_id=entry_id, person_id=person_id, reported_at=at))


def let_a_month_pass(world: World) -> None:
    """What a node does beside its requests, as long as there is anything; two days more than 30."""
    kept_for, country = world.settings.journal.sources_kept_for, world.settings.country
    for ahead in (31, 32):
        with clock.shifted(timedelta(days=ahead)):
            tasks: tuple[Callable[[Connection], int], ...] = (
                partial(erase, keyring=world.keyring),
                end_overdue,
                partial(clean_up, sources_kept_for=kept_for, today=country.today),
            )
            for task in tasks:
                done = 1
                while done:
                    with world.app.state.runtime.engine.begin() as connection:
                        done = task(connection)


def test_every_table_is_walked_after_an_account_was_erased(world: World) -> None:
    account, other = live(world, "walk-gone"), live(world, "walk-here")
    with world.transaction() as db:
        before = {name: rows_about(db, table, account, world) for name, table in TABLES.items()}
        db.execute(
            update(Person)
            .where(Person.id == other.registered.person_id)
            .values(closes_at=clock.now() + timedelta(days=90))
        )
    filled = {name for name, rows in before.items() if rows}
    assert filled >= {*STAYS, "tester", "person_identifier", "person_contact", "person_code"}
    assert filled >= {"authenticator", "known_device", "recovery"}, "the control"
    let_a_month_pass(world)
    with world.transaction() as db:
        for name, table in TABLES.items():
            left = rows_about(db, table, account, world)
            assert not left or name in STAYS, f"{name} still refers to who was erased"
            for row in left:
                look_at(name, table, row)
            if name in filled - SHORT_LIVED:
                assert rows_about(db, table, other, world), f"the control: {name} is kept"
        kept = db.get_one(Person, account.registered.person_id)
        assert (kept.name, kept.birthdate, kept.password_encrypted) == ("", "", None)


def look_at(name: str, table: Table, row: Mapping[str, Any]) -> None:
    """What stays holds nothing sealed, and no name, address or number in clear."""
    for column in table.columns:
        if isinstance(column.type, Sealed) and (name, column.name) not in SEALED_STILL:
            assert row[column.name] is None, f"{name}.{column.name} is still there"
    text = str(dict(row))
    for trace in ("Nguyễn Thị Hoa", "example.vn", "1990-05-17", "192.0.2.1"):
        assert trace not in text, f"{name} says {trace}"


def test_the_walk_knows_every_table_that_refers_to_people() -> None:
    """By what who was erased would be found there; but where a row is of whoever wrote it."""
    somebody = Account(Registered(uuid4(), 1, 0, 0, ()), "001190000123", "")
    for name, table in TABLES.items():
        if refers_to_people(table) and name not in BY_STAFF:
            assert list(_conditions(table, somebody, hashed_by=lambda number: [number.encode()]))
