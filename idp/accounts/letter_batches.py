"""Printing codes by post: an official makes a batch of letters, which they alone read, for a while.

Here the register is asked where each goes. Codes are made as they are printed and kept as hashes;
what is printed stays sealed until the official says that it is on paper, and an hour at most. A
letter that has to be printed again has another code.
"""

import json
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, exists, func, select, tuple_, update
from sqlalchemy.orm import Session

from idp.accounts.colleague import Half, find_given
from idp.accounts.possession import POSSESSION, read_declared
from idp.journal.actors import find_actor
from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.letters import WAITS, grouped, letter_hash, new_letter_code, return_letter
from idp.people.models import LETTER, LetterBatch, Person, PersonLetter, PersonStatus
from idp.people.population import match_declaration
from idp.people.postal import PostalAddress
from idp.rate_limits import LETTERS_TO_ADDRESSEE, count
from idp.settings.people import ThrottleSettings

_Chosen = Select[PersonLetter, int, str]
_Row = Row[PersonLetter, int, str]
OPEN_FOR = timedelta(hours=1)
"""How long a batch can be read by who made it."""
MOST = 200
"""Letters of a batch."""
_PAGES = 10
"""How many times as many are looked at for one."""
_IN_ORDER = (PersonLetter.asked_at, PersonLetter.id)
_IS_FIRST = PersonLetter.printed_at == LetterBatch.made_at
"""Of a letter beside its batch: it was not printed before."""
_APART = WAITS + timedelta(days=1)
"""Who gave somebody a password within so long prints no letter to them."""


@immutable
class Letter:
    """What stands on the paper: `until` is the last instant at which the code is read."""

    reference: str
    name: str = field(repr=False)
    address: PostalAddress = field(repr=False)
    code: str = field(repr=False)
    """In groups."""
    until: datetime
    language: str


@immutable
class Batch:
    """Letters that can be read until `ends_at`, in the order in which they were asked for."""

    id: UUID
    made_at: datetime
    ends_at: datetime
    letters: tuple[Letter, ...] = field(repr=False)


@immutable
class Printed:
    """A batch of before: how many letters it had, and whose codes were not typed yet."""

    id: UUID
    made_at: datetime
    letters: int
    left: int
    again: int
    """Of these, how many may be printed again."""
    is_own: bool
    """Whether who asks made it."""
    is_open: bool
    """Whether it can still be read by who made it."""
    is_confirmed: bool


def count_waiting(db: Session, *, at: datetime) -> int:
    """How many letters wait to be printed, for whomever."""
    waiting = _waiting(at).with_only_columns(func.count()).order_by(None)
    return int(db.scalar(waiting) or 0)


def print_letters(
    db: Session,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    valid: timedelta,
    by: UUID | None,
    at: datetime,
    again: UUID | None = None,
) -> UUID | None:
    """Make a batch of letters that wait, or `again` those of one whose codes were not typed.

    For whom the register does not agree with, or has no address, there is no letter, and none waits
    any more. Letters to an addressee who had their share wait on. None is printed by whom it is for
    (`by`), or by who gave its person a password: who holds both has the account. Each is printed
    again once, counted as another, and its code ends when the first would have. None where there is
    nothing to print.
    """
    until = _to_the_end_of_its_day(at + valid)
    made = list[tuple[_Row, str, PostalAddress]]()
    for row in _choose(db, by=by, at=at, again=again):
        declared = read_declared(db, keyring, row.PersonLetter.person_id)
        entry = match_declaration(db, keyring=keyring, declaration=declared)
        address = entry.postal if entry else None
        if entry is None or address is None:
            if again is None:
                _settle(db, row.PersonLetter.id, printed_at=at, expires_at=until)
            continue
        addressee = address.key_of(entry.name)
        share = LETTERS_TO_ADDRESSEE.of(addressee, keyring=keyring, settings=settings)
        if count(db, share, at=at):
            made.append((row, entry.name, address))
        if len(made) == MOST:
            break
    if not made:
        return None
    batch = LetterBatch(
        id=uuid4(), made_at=at, made_by=_number(db), letters=len(made), ends_at=at + OPEN_FOR
    )
    db.add(batch)
    db.flush()
    for row, name, address in made:
        _make(db, keyring, row, name, address, batch=batch, until=until)
    again_of = {"again": str(again)} if again else {}
    _record(db, "letters.printed", batch.id, at=at, letters=len(made), **again_of)
    return batch.id


def _to_the_end_of_its_day(instant: datetime) -> datetime:
    """Paper says the day alone."""
    return clock.here(instant).replace(hour=23, minute=59, second=59, microsecond=0)


def _choose(db: Session, *, by: UUID | None, at: datetime, again: UUID | None) -> Iterator[_Row]:
    """The letters that who acts here may print, locked until commit; page by page.

    So those that wait on keep nobody else's from being printed.
    """
    given = find_given(db, half=Half.PASSWORD, since=at - _APART)
    chosen = (_of_batch(again, at) if again else _waiting(at)).where(
        PersonLetter.person_id.is_distinct_from(by), Person.subject_number.not_in(given)
    )
    page = chosen.with_for_update(skip_locked=True, of=PersonLetter).limit(MOST)
    for _ in range(_PAGES):
        rows = db.execute(page).all()
        yield from rows
        if len(rows) < MOST:
            return
        last = rows[-1].PersonLetter
        page = page.where(tuple_(*_IN_ORDER) > (last.asked_at, last.id))


def read_batch(
    db: Session, *, keyring: Keyring, batch_id: UUID, at: datetime, form: str = ""
) -> Batch | None:
    """The letters of a batch, for who made it, until they are on paper; None for anybody else.

    `form`: as what they are handed out, which the journal keeps.
    """
    batch = db.get(LetterBatch, batch_id)
    if batch is None or batch.ends_at <= at or batch.made_by != _number(db):
        return None
    of_batch = select(PersonLetter).where(PersonLetter.batch_id == batch_id)
    there = of_batch.where(PersonLetter.payload_encrypted.is_not(None))
    letters = [_open(keyring, one) for one in db.scalars(there.order_by(PersonLetter.asked_at))]
    if form:
        _record(db, "letters.read", batch_id, at=at, form=form)
    return Batch(batch.id, batch.made_at, batch.ends_at, tuple(letters))


def confirm_printed(db: Session, *, batch_id: UUID, at: datetime) -> bool:
    """Erase what was read, once it is on paper; False for who did not make it, or was late."""
    own = (LetterBatch.id == batch_id, LetterBatch.made_by.is_not_distinct_from(_number(db)))
    over = update(LetterBatch).where(*own, LetterBatch.ends_at > at)
    over = over.values(ends_at=at, confirmed_at=at).returning(LetterBatch.id)
    if db.scalar(over.execution_options(synchronize_session=False)) is None:
        return False
    of_batch = update(PersonLetter).where(PersonLetter.batch_id == batch_id)
    db.execute(of_batch.values(payload_encrypted=None))
    _record(db, "letters.confirmed", batch_id, at=at)
    return True


def list_printed(db: Session, *, at: datetime, limit: int, offset: int = 0) -> list[Printed]:
    """The batches of before, newest first."""
    left = select(func.count()).select_from(PersonLetter).where(*_is_left(at))
    left = left.where(PersonLetter.batch_id == LetterBatch.id)
    newest = select(LetterBatch, left.scalar_subquery(), left.where(_IS_FIRST).scalar_subquery())
    newest = newest.order_by(LetterBatch.made_at.desc())
    me = _number(db)
    return [
        Printed(
            batch.id,
            batch.made_at,
            batch.letters,
            int(number),
            int(once_more),
            is_own=batch.made_by == me,
            is_open=batch.ends_at > at,
            is_confirmed=batch.confirmed_at is not None,
        )
        for batch, number, once_more in db.execute(newest.limit(limit).offset(offset)).all()
    ]


def note_returned(db: Session, *, reference: str, at: datetime) -> bool:
    """Note that the post brought this letter back; its person is told. False for no such letter."""
    number = return_letter(db, reference=reference, at=at)
    if number is None:
        return False
    record(db, event="letter.returned", at=at, subject_number=number, counted=False)
    return True


def _waiting(at: datetime) -> _Chosen:
    return _printable(PersonLetter.printed_at.is_(None), PersonLetter.expires_at > at)


def _of_batch(batch_id: UUID, at: datetime) -> _Chosen:
    is_first = exists().where(LetterBatch.id == PersonLetter.batch_id, _IS_FIRST)
    return _printable(PersonLetter.batch_id == batch_id, is_first, *_is_left(at))


def _printable(*conditions: ColumnElement[bool]) -> _Chosen:
    """Letters of people whom they can help still, longest waiting first."""
    return (
        select(PersonLetter, Person.subject_number, Person.locale)
        .join(Person, Person.id == PersonLetter.person_id)
        .where(Person.status == PersonStatus.ACTIVE, Person.proofing <= POSSESSION, *conditions)
        .order_by(*_IN_ORDER)
    )


def _is_left(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of a letter that went out: its code may be typed still."""
    return (
        PersonLetter.code_hash.is_not(None),
        PersonLetter.used_at.is_(None),
        PersonLetter.returned_at.is_(None),
        PersonLetter.expires_at > at,
    )


def _make(
    db: Session,
    keyring: Keyring,
    row: _Row,
    name: str,
    address: PostalAddress,
    *,
    batch: LetterBatch,
    until: datetime,
) -> None:
    letter, code = row.PersonLetter, new_letter_code()
    told = json.dumps([name, *address.lines, grouped(code), row.locale], ensure_ascii=False)
    _settle(
        db,
        letter.id,
        printed_at=letter.printed_at or batch.made_at,
        batch_id=batch.id,
        expires_at=until if letter.printed_at is None else letter.expires_at,
        code_hash=letter_hash(keyring, letter.person_id, code),
        payload_encrypted=LETTER.seal(keyring, told, id=letter.id, person_id=letter.person_id),
    )


def _settle(db: Session, letter_id: UUID, **values: Any) -> None:
    db.execute(update(PersonLetter).where(PersonLetter.id == letter_id).values(values))


def _open(keyring: Keyring, row: PersonLetter) -> Letter:
    key = {"id": row.id, "person_id": row.person_id}
    name, *lines, code, language = json.loads(
        LETTER.open(keyring, row.payload_encrypted or b"", **key)
    )
    address = PostalAddress(*lines)
    return Letter(row.reference, name, address, code, row.expires_at, language)


def _number(db: Session) -> int | None:
    """Who acts here, as an analytics number; None for a command that names nobody."""
    actor = find_actor(db)
    return actor.number if actor else None


def _record(db: Session, event: str, batch_id: UUID, *, at: datetime, **data: Any) -> None:
    record(db, event=event, at=at, counted=False, data={"batch": str(batch_id), **data})
