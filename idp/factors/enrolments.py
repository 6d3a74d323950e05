"""Enrolments under way: what was displayed in one session, until it is confirmed or over.

It is a row that counts for nothing yet, and belongs to the session that began it: nobody is handed
what was displayed elsewhere before.
"""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.factors.credentials import is_of
from idp.factors.kinds import Kind
from idp.factors.models import APP_SECRET, Authenticator
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable
from idp.people.models import Person

_LASTS = timedelta(minutes=30)


class Enroller(Protocol):
    """The session in which somebody sets up a factor; enough of a `CurrentSession`."""

    @property
    def sid(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def credentials_epoch(self) -> int: ...


@immutable
class Pending:
    """What is displayed, and since when."""

    secret: str = field(repr=False)
    begun_at: datetime


def begin(
    db: Session,
    kind: Kind,
    *,
    keyring: Keyring,
    session: Enroller,
    make: Callable[[], str],
    at: datetime,
) -> Pending:
    """What this session began with, while it is fresh, so that pages reload; else something new."""
    pending = find_pending(db, kind, keyring=keyring, session=session, at=at)
    if pending is None:
        is_mine = is_of(session.person_id, kind, is_confirmed=False)
        db.execute(delete(Authenticator).where(is_mine, Authenticator.created_at <= at - _LASTS))
        row_id, person_id = _row_id(session, kind), session.person_id
        values = row_values(keyring, row_id, kind=kind, person_id=person_id, secret=make(), at=at)
        statement = insert(Authenticator).values({**values, "last_step": 0})
        db.execute(statement.on_conflict_do_nothing(index_elements=[Authenticator.id]))
        pending = find_pending(db, kind, keyring=keyring, session=session, at=at)
    assert pending is not None  # noqa: S101 - written above, or by the same page opened twice
    return pending


def find_pending(
    db: Session, kind: Kind, *, keyring: Keyring, session: Enroller, at: datetime
) -> Pending | None:
    """What the session has under way of that kind."""
    row = db.execute(
        select(
            Authenticator.id,
            Authenticator.person_id,
            Authenticator.secret_encrypted,
            Authenticator.created_at,
        ).where(
            Authenticator.id == _row_id(session, kind),
            is_of(session.person_id, kind, is_confirmed=False),
            Authenticator.created_at > at - _LASTS,
        )
    ).one_or_none()
    if row is None:
        return None
    sealed = row.secret_encrypted or b""
    secret = APP_SECRET.open(keyring, sealed, id=row.id, person_id=row.person_id)
    return Pending(secret, row.created_at)


def lock_pending(
    db: Session, kind: Kind, *, keyring: Keyring, session: Enroller, at: datetime
) -> Pending | None:
    """The same for who is about to confirm it; the person's row stays locked until commit.

    None where the session's `credentials_epoch` is over: whom support helped at this moment gets no
    factor.
    """
    is_live = Person.credentials_epoch == session.credentials_epoch
    owner = select(Person.id).where(Person.id == session.person_id, is_live).with_for_update()
    if not db.scalar(owner):
        return None
    return find_pending(db, kind, keyring=keyring, session=session, at=at)


def replace_pending(
    db: Session, kind: Kind, *, keyring: Keyring, session: Enroller, secret: str
) -> None:
    """Put something else in the place of what the session has under way, for as long as that."""
    row_id, person_id = _row_id(session, kind), session.person_id
    db.execute(
        update(Authenticator)
        .where(Authenticator.id == row_id, is_of(person_id, kind, is_confirmed=False))
        .values(secret_encrypted=APP_SECRET.seal(keyring, secret, id=row_id, person_id=person_id))
        .execution_options(synchronize_session=False)
    )


def drop_pending(db: Session, kind: Kind, *, session: Enroller) -> None:
    """Forget what the session has under way of that kind: its person wants none."""
    is_mine = is_of(session.person_id, kind, is_confirmed=False)
    db.execute(delete(Authenticator).where(Authenticator.id == _row_id(session, kind), is_mine))


def delete_over(db: Session, *, at: datetime, limit: int) -> int:
    """Delete a batch of those that nobody can confirm any more; how many."""
    is_pending = Authenticator.confirmed_at.is_(None)
    return delete_older(db, Authenticator.created_at, is_pending, before=at - _LASTS, limit=limit)


def row_values(
    keyring: Keyring, row_id: UUID, *, kind: Kind, person_id: UUID, secret: str, at: datetime
) -> dict[str, Any]:
    """The columns of a row that holds a secret, and carries nothing until it is bound."""
    sealed = APP_SECRET.seal(keyring, secret, id=row_id, person_id=person_id)
    owner = {"id": row_id, "person_id": person_id, "kind": kind.name, "created_at": at}
    trust = {"carries_proofing": 0, "carries_from": at}
    return {**owner, **trust, "secret_encrypted": sealed}


def _row_id(session: Enroller, kind: Kind) -> UUID:
    """The id of the row that holds a session's enrolment; no other session finds it."""
    return uuid5(session.sid, kind.name)
