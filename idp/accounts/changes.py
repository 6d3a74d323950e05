"""What changes a credential or a status ends access: one function does both, all others call it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session

from idp.factors.attempts import clear
from idp.factors.binding import bind, holds, unbind
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people.changes import raise_epoch
from idp.people.models import Person, PersonStatus
from idp.sessions.end import end_other_sessions
from idp.sessions.lookup import CurrentSession
from idp.tokens.end import end_person_access, end_session_grants


def change_account(
    db: Session, *conditions: ColumnElement[bool], person_id: UUID, at: datetime, **values: Any
) -> Row[int, int, bool] | None:
    """Write columns of a person, end every session and grant, and tell the relying parties.

    The person's row, as `raise_epoch` returns it; None where the conditions do not hold:
    then nothing changes and nothing ends.
    """
    changed = raise_epoch(db, *conditions, person_id=person_id, at=at, **values)
    if changed is not None:
        end_person_access(db, person_id=person_id)
    return changed


def set_status(db: Session, *, person_id: UUID, status: PersonStatus, at: datetime) -> bool:
    """Suspend, close or re-open an account; False if it had that status already."""
    is_new = Person.status != status
    changed = change_account(db, is_new, person_id=person_id, at=at, status=status)
    if changed is None:
        return False
    record(
        db,
        event="person.status_changed",
        at=at,
        subject_number=changed.subject_number,
        counted=not changed.is_test,
        data={"status": status.value},
    )
    return True


def set_password(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    password_hash: str,
    at: datetime,
    epoch: int | None = None,
) -> int | None:
    """Set a new password, end all access, forget failures; the `credentials_epoch` from now on.

    The second factor stays. None for nobody's account, and where `epoch` is given and over: whoever
    proved themselves then was overtaken.
    """
    still = [Person.credentials_epoch == epoch] if epoch is not None else []
    changed = change_account(db, *still, person_id=person_id, at=at, password_hash=password_hash)
    if changed is None:
        return None
    clear(db, keyring=keyring, person_id=person_id)
    number = changed.subject_number
    record(db, event="person.password_changed", at=at, subject_number=number)
    return int(changed.credentials_epoch)


def add_factor(db: Session, new: Authenticator, *, session: CurrentSession, at: datetime) -> bool:
    """The first factor of its kind, set up on the way to a service: nothing before it ends.

    False for whoever has one of that kind: they replace it with `replace_factor`.
    """
    if holds(db, person_id=session.person_id, kind=KINDS[new.kind]):
        return False
    _bind(db, new, subject_number=session.subject_number, at=at)
    return True


def replace_factor(
    db: Session, new: Authenticator, *, session: CurrentSession, at: datetime
) -> bool:
    """Put a factor in the place of the one before, if any, and end every other session.

    False for whoever has one of that kind and has not shown it in this session.
    """
    kind = KINDS[new.kind]
    if kind not in session.kinds and holds(db, person_id=session.person_id, kind=kind):
        return False
    unbind(db, person_id=session.person_id, kind=kind, at=at)
    _bind(db, new, subject_number=session.subject_number, at=at)
    for sid in end_other_sessions(db, person_id=session.person_id, keep_sid=session.sid):
        end_session_grants(db, sid=sid)
    return True


def give_factor(db: Session, new: Authenticator, *, at: datetime) -> None:
    """Give a person a factor unasked, for operators and the demo; as a loss if it replaces one."""
    remove_factor(db, person_id=new.person_id, kind=KINDS[new.kind], at=at)
    bind(db, new)


def remove_factor(db: Session, *, person_id: UUID, kind: Kind, at: datetime) -> bool:
    """Take away a factor that was lost, and end all access; whether there was one."""
    if not holds(db, person_id=person_id, kind=kind):
        return False
    change_account(db, person_id=person_id, at=at)
    return unbind(db, person_id=person_id, kind=kind, at=at)


def _bind(db: Session, new: Authenticator, *, subject_number: int, at: datetime) -> None:
    bind(db, new)
    data = {"kind": new.kind}
    record(db, event="factor.enrolled", at=at, subject_number=subject_number, data=data)
