"""Closing an account: at once nothing opens it any more but its owner's word that it stays.

When that time is over, `erase_next` erases who the person was. What the law has kept stays under
the analytics number: the journal, when they agreed to what, and for whom they acted.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from idp.accounts.changes import change_account
from idp.accounts.enrolment import lock_session
from idp.consents.changes import withdraw_all
from idp.factors.attempts import clear
from idp.factors.binding import forget_factors
from idp.factors.lost import find_back_until, who_may_be_back
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.changes import end_given
from idp.mandates.obligations import list_obligations
from idp.people.changes import forget_numbers
from idp.people.contacts import remove_contacts
from idp.people.identifiers import find_own_number
from idp.people.models import Person, PersonStatus, Sex
from idp.satisfaction.asking import forget_question
from idp.sessions.lookup import CurrentSession
from idp.tokens.end import shorten_access

_NOBODY: Mapping[str, Any] = {
    "name": "",
    "birthdate": "",
    "sex": Sex.OTHER,
    "nationality": "",
    "residence_code": None,
    "claims": {},
    "proofing": 0,
    "matched_at": None,
    "password_encrypted": None,
}
"""What a person's row says once nobody can be told from it."""


def begin_closing(
    db: Session, *, session: CurrentSession, closes_at: datetime, today: date, at: datetime
) -> bool:
    """End all access, and have the account erased at that instant; the person is told.

    False where they hold a post or act for an organization, for a session that was overtaken, and
    where they did so before. The caller asked for a fresh sign-in.
    """
    person_id = session.person_id
    if not lock_session(db, session) or list_obligations(db, person_id=person_id, on=today):
        return False
    is_open = Person.closes_at.is_(None)
    changed = change_account(db, is_open, person_id=person_id, at=at, closes_at=closes_at)
    if changed is None:
        return False
    _record(db, "closing.begun", session, at=at, data={"until": closes_at.isoformat()})
    return True


def undo_closing(db: Session, *, session: CurrentSession, at: datetime) -> int | None:
    """Have the account stay, with all that was in it; the `credentials_epoch` from then on.

    Whoever else had signed in meanwhile is signed out. None where its time is over, it was not to
    be erased, or the session was overtaken.
    """
    in_time = (
        Person.closes_at > at,
        Person.status == PersonStatus.ACTIVE,
        Person.credentials_epoch == session.credentials_epoch,
    )
    changed = change_account(db, *in_time, person_id=session.person_id, at=at, closes_at=None)
    if changed is None:
        return None
    _record(db, "closing.undone", session, at=at, data={})
    return int(changed.credentials_epoch)


def find_waiting(db: Session, *, person_id: UUID, at: datetime) -> datetime | None:
    """Until when an account whose time is over is not erased; None: it is, at any moment."""
    return find_back_until(db, person_id=person_id, at=at)


@immutable
class Erased:
    """Whose account was erased, for rooms above, which keep something by the one or the other.

    `number` is the one it had; empty where it was only claimed.
    """

    person_id: UUID
    number: str = field(repr=False)


def erase_next(db: Session, *, keyring: Keyring, today: date, at: datetime) -> Erased | None:
    """Erase one account whose time is over, the longest due first; None where there is none.

    One conditional UPDATE decides between this and its owner's word. Their contacts are told first;
    the number is free. One that can be taken back from whoever closed it waits until it cannot.
    What their sessions and tokens were leaves a day later.
    """
    due = select(Person.id).where(Person.closes_at <= at, not_(who_may_be_back(at)))
    due = due.order_by(Person.closes_at).limit(1)
    person_id = db.scalar(due.with_for_update(skip_locked=True, key_share=True))
    if person_id is None:
        return None
    is_due = Person.closes_at <= at
    values = {**_NOBODY, "status": PersonStatus.CLOSED, "closes_at": None}
    changed = change_account(db, is_due, person_id=person_id, at=at, **values)
    if changed is None:
        return None
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    remove_contacts(db, keyring=keyring, person_id=person_id, at=at, is_erased=True)
    forget_numbers(db, person_id=person_id)
    forget_factors(db, person_id=person_id)
    forget_question(db, person_id=person_id)
    clear(db, keyring=keyring, person_id=person_id)
    withdraw_all(db, person_id=person_id)
    end_given(db, person_id=person_id, on=today, at=at, in_register_too=True)
    shorten_access(db, person_id=person_id, at=at)
    number, counted = changed.subject_number, not changed.is_test
    record(
        db,
        event="person.status_changed",
        at=at,
        subject_number=number,
        counted=counted,
        data={"status": PersonStatus.CLOSED.value},
    )
    record(db, event="closing.done", at=at, subject_number=number, counted=counted)
    return Erased(person_id, own.number if own and not own.claim else "")


def _record(
    db: Session, event: str, session: CurrentSession, *, at: datetime, data: dict[str, str]
) -> None:
    number = session.subject_number
    record(db, event=event, at=at, subject_number=number, counted=False, data=data)
