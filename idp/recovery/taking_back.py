"""Taking an account back after a recovery that waited was somebody else's.

Its owner shows what the account had before: the password, and a second factor that was set aside.
Where it had no password, a recovery code stands for it beside the passkey.
Of several recoveries the first counts: what was there before it was nobody else's.
"""

from dataclasses import field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.accounts.taking_back import give_account_back
from idp.factors.kinds import Kind
from idp.factors.recovery_codes import use_code
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.models import Person, PersonStatus
from idp.recovery.codes import browser_hash
from idp.recovery.machine import (
    CODES_MADE_BEFORE,
    TAKEN_BACK_WITHIN,
    UNHEARD,
    overtake,
    was_just_shown,
)
from idp.recovery.models import FORMER_PASSWORD, Recovery, State


@immutable
class Former:
    """What an account had before it was got back by waiting."""

    recovery_id: UUID
    person_id: UUID
    lost_at: datetime
    """When the recovery was finished, and its second factors set aside."""
    password_hash: str | None = field(repr=False)
    """None where it had none."""
    codes_made_by: datetime
    """Recovery codes made later stand for no password."""


def find_former(
    db: Session, *, keyring: Keyring, person_id: UUID | None, at: datetime
) -> Former | None:
    """What whoever takes this account back must show; None: there is nothing. One statement."""
    row = db.scalar(
        select(Recovery)
        .join(Person, Person.id == Recovery.person_id)
        .where(Recovery.person_id == person_id, Person.status == PersonStatus.ACTIVE)
        .where(Recovery.state == State.DONE, Recovery.proofing_before.is_not(None))
        .where(Recovery.ended_at > at - TAKEN_BACK_WITHIN)
        .order_by(Recovery.ended_at)
        .limit(1)
    )
    if row is None or row.person_id is None or row.ended_at is None:
        return None
    sealed = row.former_password_encrypted
    password_hash = None if sealed is None else FORMER_PASSWORD.open(keyring, sealed, id=row.id)
    made_by = row.begun_at - CODES_MADE_BEFORE
    return Former(row.id, row.person_id, row.ended_at, password_hash, made_by)


def take_code_before(
    db: Session, former: Former, typed: str, *, keyring: Keyring, at: datetime
) -> bool:
    """Take one of the codes that the account had before, where it had no password; else none.

    One statement either way: nobody learns by the time whether there was a password.
    """
    used = use_code(
        db,
        keyring=keyring,
        person_id=former.person_id,
        typed=typed if former.password_hash is None else "",
        at=at,
        lost_at=former.lost_at,
        made_by=former.codes_made_by,
    )
    return used is not None


def begin_taking_back(
    db: Session,
    former: Former,
    *,
    keyring: Keyring,
    browser: str,
    shown: Kind,
    factor_id: UUID,
    at: datetime,
) -> None:
    """All was right: this browser may take the account back, in the place of what it began."""
    mine = browser_hash(keyring, browser)
    db.execute(delete(Recovery).where(Recovery.browser_hash == mine, UNHEARD))
    db.add(
        Recovery(
            browser_hash=mine,
            person_id=former.person_id,
            about_hash=b"",
            state=State.READY,
            shown=shown.name,
            shown_id=factor_id,
            takes_back=former.recovery_id,
            code_hash=b"",
            code_tries=0,
            code_until=at,
            code_taken_at=at,
            begun_at=at,
            proved_at=at,
        )
    )
    db.flush()


def find_undone(db: Session, found: Recovery) -> Recovery | None:
    """The recovery that this one would undo."""
    return db.get(Recovery, found.takes_back) if found.takes_back else None


def take_back(
    db: Session, found: Recovery, *, keyring: Keyring, password_hash: str, at: datetime
) -> bool:
    """Undo it: the account is as before, with a new password. False where it can be no more.

    What whoever has the account now changes meanwhile keeps nobody from it; an operator who
    suspends it does.
    """
    claimed = (
        update(Recovery)
        .where(Recovery.id == found.id, Recovery.state == State.READY, was_just_shown(at))
        .where(Recovery.takes_back.is_not(None))
        .where(Recovery.person_id == Person.id, Person.status == PersonStatus.ACTIVE)
        .values(state=State.DONE, ended_at=at)
        .returning(Recovery.takes_back)
        .execution_options(synchronize_session=False)
    )
    undone_id = db.scalar(claimed)
    undone = db.get(Recovery, undone_id) if undone_id else None
    if undone is None or undone.person_id is None or undone.ended_at is None:
        return False
    is_back = give_account_back(
        db,
        keyring=keyring,
        person_id=undone.person_id,
        lost_at=undone.ended_at,
        proofing=undone.proofing_before or 0,
        password_hash=password_hash,
        at=at,
    )
    if not is_back:
        over = {"state": State.CANCELLED, "reason": "overtaken"}
        db.execute(update(Recovery).where(Recovery.id == found.id).values(over))
        return False
    before: dict[str, None] = {"former_password_encrypted": None, "proofing_before": None}
    taken = {"reason": "taken_back", "ended_at": at, **before}
    of_person = (Recovery.person_id == undone.person_id, Recovery.state == State.DONE)
    later = (Recovery.is_slow, Recovery.ended_at >= undone.ended_at)
    db.execute(update(Recovery).where(*of_person, *later).values(taken))
    overtake(db, person_id=undone.person_id, at=at)
    number = db.scalar(select(Person.subject_number).where(Person.id == undone.person_id))
    record(db, event="recovery.taken_back", at=at, subject_number=number, counted=False)
    return True
