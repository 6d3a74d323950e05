"""What people ask about their data: asked, answered with a reason, extended once, done.

Each step is one conditional UPDATE, journaled, and the person is told. No operator decides about
their own request.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.sealed import SealedColumn
from idp.people.models import Person
from idp.personal_data.deadlines import due_days, extended
from idp.personal_data.models import (
    ANSWER,
    ASKED,
    EXTENDED_BECAUSE,
    DataRequest,
    RequestKind,
)
from idp.sessions.lookup import CurrentSession

MOST_OPEN = 5
"""So many requests of a person may wait at a time: whoever has more to say adds it there."""
MOST_TEXT = 1000
"""Characters of what somebody writes."""
_WAITS = DataRequest.answered_at.is_(None)
_UNDER_WAY = (DataRequest.is_accepted.is_(True), DataRequest.done_at.is_(None))
_OPEN = or_(_WAITS, and_(*_UNDER_WAY))


@immutable(kw_only=True)
class AskedRequest:
    """A request as its person and the operators read it; empty texts where there are none."""

    id: UUID
    subject_number: int
    kind: RequestKind
    asked: str = field(repr=False)
    received_at: datetime
    answer_due_on: date
    due_on: date
    is_accepted: bool | None
    answer: str = field(repr=False)
    answered_at: datetime | None
    answered_number: int | None
    extended_at: datetime | None
    extended_because: str = field(repr=False)
    done_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether somebody has something to do about it."""
        return self.answered_at is None or self.is_under_way

    @property
    def is_under_way(self) -> bool:
        """Whether it was taken on and is not done."""
        return bool(self.is_accepted) and self.done_at is None

    @property
    def next_on(self) -> date:
        """The last day for what comes next."""
        return self.answer_due_on if self.answered_at is None else self.due_on


def ask(
    db: Session,
    *,
    keyring: Keyring,
    session: CurrentSession,
    kind: RequestKind,
    text: str,
    at: datetime,
) -> bool:
    """Take in a request; False where the person has `MOST_OPEN` that wait."""
    person_id = session.person_id
    db.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    waiting = select(func.count()).where(DataRequest.person_id == person_id, _OPEN)
    if (db.scalar(waiting) or 0) >= MOST_OPEN:
        return False
    row_id, due = uuid4(), due_days(kind, on=clock.day_of(at))
    db.execute(
        insert(DataRequest).values(
            id=row_id,
            person_id=person_id,
            kind=kind,
            text_encrypted=ASKED.seal(keyring, text, id=row_id, person_id=person_id),
            received_at=at,
            answer_due_on=due.answer_on,
            due_on=due.done_on,
        )
    )
    _record(db, "data.requested", session.subject_number, kind, at=at)
    return True


def answer(
    db: Session,
    *,
    keyring: Keyring,
    request_id: UUID,
    is_accepted: bool,
    text: str,
    by: int,
    at: datetime,
) -> bool:
    """Take it on, or refuse it, with words for the person; False where another has answered."""
    sealed = _sealed(db, ANSWER, keyring=keyring, request_id=request_id, text=text)
    values = {"is_accepted": is_accepted, "answered_at": at, "answered_number": by}
    refused = {} if is_accepted else {"done_at": at, "done_number": by}
    event = "data.answered" if is_accepted else "data.refused"
    return _move(db, event, request_id, _WAITS, by=by, at=at, **sealed, **values, **refused)


def extend(
    db: Session, *, keyring: Keyring, request_id: UUID, reason: str, by: int, at: datetime
) -> bool:
    """Give it more time, once, as long as it is under way; False where that is over."""
    row = db.execute(
        select(DataRequest.kind, DataRequest.due_on, DataRequest.received_at)
        .where(DataRequest.id == request_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return False
    kind, due_on, received_at = row
    until = extended(kind, due_on=due_on, received_on=clock.day_of(received_at))
    sealed = _sealed(db, EXTENDED_BECAUSE, keyring=keyring, request_id=request_id, text=reason)
    values = {"due_on": until, "extended_at": at, "extended_number": by}
    once = (*_UNDER_WAY, DataRequest.extended_at.is_(None))
    return _move(db, "data.extended", request_id, *once, by=by, at=at, **sealed, **values)


def finish(
    db: Session, *, keyring: Keyring, request_id: UUID, text: str, by: int, at: datetime
) -> bool:
    """Note that it was done, with words for the person in the place of the answer."""
    sealed = _sealed(db, ANSWER, keyring=keyring, request_id=request_id, text=text)
    values = {"done_at": at, "done_number": by}
    return _move(db, "data.done", request_id, *_UNDER_WAY, by=by, at=at, **sealed, **values)


def list_own(
    db: Session, *, keyring: Keyring, session: CurrentSession, limit: int, offset: int = 0
) -> list[AskedRequest]:
    """A person's requests; first the one that was last sent, answered or done. One statement."""
    steps = (DataRequest.received_at, DataRequest.extended_at, DataRequest.answered_at)
    order = (func.greatest(*steps, DataRequest.done_at).desc(), DataRequest.id)
    return _read(db, keyring, *_own(session), order=order, limit=limit, offset=offset)


def list_requests(db: Session, *, limit: int, offset: int = 0) -> list[AskedRequest]:
    """All, by their next last day, so that what is overdue is first; then what is over.

    Without what was written: whoever reads that opens the one.
    """
    due = case((_WAITS, DataRequest.answer_due_on), else_=DataRequest.due_on)
    order = (
        case((_OPEN, 0), else_=1),
        case((_OPEN, due)),
        DataRequest.done_at.desc(),
        DataRequest.received_at,
        DataRequest.id,
    )
    return _read(db, None, order=order, limit=limit, offset=offset)


def find_request(
    db: Session, *, keyring: Keyring, request_id: UUID, whose: CurrentSession | None = None
) -> AskedRequest | None:
    """One of them, or of that person's own; None for none. One statement."""
    which = [DataRequest.id == request_id, *(_own(whose) if whose else ())]
    found = _read(db, keyring, *which, order=(), limit=1)
    return found[0] if found else None


def is_any_open(db: Session) -> bool:
    """Whether an operator has something to do."""
    return db.scalar(select(DataRequest.id).where(_OPEN).limit(1)) is not None


def forget_requests(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Erase what was written in the requests of who has the account no more; that and when stays.

    What was open is over, answered by nobody: whoever reads an answer would be somebody else.
    """
    words = dict.fromkeys(("text_encrypted", "answer_encrypted", "extended_because_encrypted"))
    own = DataRequest.person_id == person_id
    answered_at = func.coalesce(DataRequest.answered_at, at)
    over = {"is_accepted": False, "answered_at": answered_at, "done_at": at}
    db.execute(update(DataRequest).where(own, _OPEN).values(over))
    db.execute(update(DataRequest).where(own).values(words))


def _own(session: CurrentSession) -> tuple[ColumnElement[bool], ...]:
    """What they asked since the account is theirs."""
    since = session.held_since
    of_person = DataRequest.person_id == session.person_id
    return (of_person,) if since is None else (of_person, DataRequest.received_at >= since)


def _sealed(
    db: Session, column: SealedColumn, *, keyring: Keyring, request_id: UUID, text: str
) -> Mapping[str, Any]:
    """The column's value for that row; none where there is no such row."""
    whose = db.scalar(select(DataRequest.person_id).where(DataRequest.id == request_id))
    if whose is None:
        return {}
    return {column.column.name: column.seal(keyring, text, id=request_id, person_id=whose)}


def _move(
    db: Session,
    event: str,
    request_id: UUID,
    *conditions: ColumnElement[bool],
    by: int,
    at: datetime,
    **values: Any,
) -> bool:
    moved = db.execute(
        update(DataRequest)
        .where(DataRequest.id == request_id, *conditions, DataRequest.person_id == Person.id)
        .where(Person.subject_number != by)
        .values(values)
        .returning(Person.subject_number, DataRequest.kind)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        return False
    _record(db, event, moved.subject_number, moved.kind, at=at)
    return True


def _record(db: Session, event: str, number: int, kind: RequestKind, *, at: datetime) -> None:
    data = {"kind": kind.value}
    record(db, event=event, at=at, subject_number=number, counted=False, data=data)


def _read(
    db: Session,
    keyring: Keyring | None,
    *conditions: ColumnElement[bool],
    order: tuple[Any, ...],
    limit: int,
    offset: int = 0,
) -> list[AskedRequest]:
    rows = db.execute(
        select(DataRequest, Person.subject_number)
        .join(Person, Person.id == DataRequest.person_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [_in_clear(row, number, keyring) for row, number in rows]


def _in_clear(row: DataRequest, number: int, keyring: Keyring | None) -> AskedRequest:
    def opened(column: SealedColumn) -> str:
        sealed = getattr(row, column.column.name)
        if sealed is None or keyring is None:
            return ""
        return column.open(keyring, sealed, id=row.id, person_id=row.person_id)

    return AskedRequest(
        id=row.id,
        subject_number=number,
        kind=row.kind,
        asked=opened(ASKED),
        received_at=row.received_at,
        answer_due_on=row.answer_due_on,
        due_on=row.due_on,
        is_accepted=row.is_accepted,
        answer=opened(ANSWER),
        answered_at=row.answered_at,
        answered_number=row.answered_number,
        extended_at=row.extended_at,
        extended_because=opened(EXTENDED_BECAUSE),
        done_at=row.done_at,
    )
