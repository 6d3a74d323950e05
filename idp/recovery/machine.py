"""What moves a recovery on: evidence, time, its owner. Each step is one conditional UPDATE."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Row, literal_column, not_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.accounts.changes import set_password
from idp.accounts.proofing import set_proofing
from idp.accounts.taking_back import set_factors_aside
from idp.factors.credentials import Credentials, read_credentials
from idp.factors.kinds import KINDS, PASSKEY, PASSWORD, SMS, Kind
from idp.factors.recovery_codes import was_made_by
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people.codes import LASTS
from idp.people.models import Person, PersonContact
from idp.recovery.codes import EVIDENCE_LASTS
from idp.recovery.models import FORMER_PASSWORD, Recovery, State
from idp.recovery.notices import told_of
from idp.sessions.evidence import Shown

OPEN_FOR = timedelta(hours=72)
"""How long a recovery whose wait is over can be finished."""
REACHED_WITHIN = timedelta(hours=24)
"""One of which no notice was accepted by then is refused."""
TAKEN_BACK_WITHIN = timedelta(days=30)
"""How long its owner can take an account back after one that waited was finished."""
CODES_MADE_BEFORE = timedelta(days=7)
"""Codes that stand for a password that was not there were made so long before it was begun: whoever
has the phone may have made others."""
MOST_CANCEL_TRIES = 30_000
"""How many codes may be typed to stop one, from all networks together: whoever waits and has one
network never uses up the owner's, and a guess stops one in three thousand, which gives nobody in.
"""
_STOPPED = ("link", "code", "sign_in", "operator", "taken_back")
"""Why one ended that its owner, or an operator, did not want."""
_DAY, _RESTS, _WITHIN, _MOST = timedelta(days=1), timedelta(days=7), timedelta(days=90), 3
OPEN: ColumnElement[bool] = Recovery.is_slow & Recovery.state.in_((State.WAITING, State.READY))
"""One that waits, or whose wait is over."""
UNHEARD: ColumnElement[bool] = Recovery.is_slow.is_(False) & Recovery.state.in_(
    (State.BEGUN, State.PROVED, State.READY)
)
"""One under way in its browser that nobody was told of: it leaves nothing behind."""
_Claimed = Row[UUID | None, int | None, str, bool, UUID | None]
_Condition = ColumnElement[bool] | InstrumentedAttribute[bool]
_SIGNED_IN: ColumnElement[bool] = literal_column(
    """EXISTS (
    SELECT FROM sign_in_session AS s, jsonb_array_elements(s.evidence) AS e
    WHERE s.person_id = recovery.person_id
    AND CAST(e ->> 'at' AS timestamptz) > recovery.proved_at
    AND (e ->> 'kind' <> 'password' OR NOT EXISTS (
        SELECT FROM authenticator AS a WHERE a.person_id = recovery.person_id
        AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL)))""",
    Boolean(),
)
"""Whoever shows what is said to be lost has it: the second factor, or the only one."""
_CONTACT_REPLACED: ColumnElement[bool] = (
    select(PersonContact.id)
    .where(
        PersonContact.person_id == Recovery.person_id,
        PersonContact.kind == Recovery.contact,
        PersonContact.ended_at > Recovery.code_until - LASTS,
    )
    .correlate(Recovery)
    .exists()
)
"""Another contact took the place of the one that the code went to, after it was sent."""


class Waiting(StrEnum):
    """What came of asking to wait."""

    WAITS = "waits"
    ANOTHER = "another"
    """One is open already, in another browser."""
    TOO_MANY = "too_many"
    """Three within 90 days, or its owner stopped one within 7."""
    OVER = "over"
    """There is nothing to wait for any more."""


def show_factor(db: Session, found: Recovery, kind: Kind, *, factor_id: UUID, at: datetime) -> bool:
    """A second factor was right beside the code: ready at once. What waits elsewhere is over."""
    ready = (
        update(Recovery)
        .where(Recovery.id == found.id, Recovery.state == State.PROVED, was_just_shown(at))
        .values(state=State.READY, shown=kind.name, shown_id=factor_id)
        .returning(Recovery.person_id)
    )
    person_id = db.scalar(ready)
    if person_id is None:
        return False
    overtake(db, person_id=person_id, at=at)
    return True


def wait(
    db: Session, found: Recovery, *, lasts: timedelta, is_noticed: bool, at: datetime
) -> Waiting:
    """Without a second factor: tell the owner, and wait. `is_noticed`: notices are shown at once.

    Once a notice is accepted the clock runs (`notices.note_notice`).
    """
    lock = select(Person.subject_number).where(Person.id == found.person_id).with_for_update()
    number = db.scalar(lock)
    slow = select(Recovery).where(Recovery.person_id == found.person_id, Recovery.is_slow)
    others = db.scalars(slow.where(Recovery.begun_at > at - _WITHIN)).all()
    if any(one.state in (State.WAITING, State.READY) for one in others):
        return Waiting.ANOTHER
    stopped = [one for one in others if one.reason in _STOPPED]
    if len(others) >= _MOST or any(one.ended_at > at - _RESTS for one in stopped if one.ended_at):
        return Waiting.TOO_MANY
    begun = (
        update(Recovery)
        .where(Recovery.id == found.id, Recovery.state == State.PROVED, was_just_shown(at))
        .values(
            state=State.WAITING,
            is_slow=True,
            cancel_tries=MOST_CANCEL_TRIES,
            wait_seconds=int(lasts.total_seconds()),
            noticed_at=at if is_noticed else None,
            ready_at=at + lasts if is_noticed else None,
        )
        .returning(Recovery.id)
    )
    if number is None or db.scalar(begun) is None:
        return Waiting.OVER
    told = told_of(found.id)
    record(db, event="recovery.begun", at=at, subject_number=number, counted=False, told=told)
    return Waiting.WAITS


def advance(db: Session, *, at: datetime) -> int:
    """What time and owners have done to all that are open; how many moved."""
    unnoticed = (Recovery.noticed_at.is_(None), Recovery.proved_at <= at - REACHED_WITHIN)
    late = Recovery.ready_at <= at - OPEN_FOR
    moved = end(db, State.CANCELLED, "sign_in", OPEN, _SIGNED_IN, at=at)
    moved += end(db, State.REFUSED, "unreached", OPEN, *unnoticed, at=at)
    moved += _tell(db, "recovery.expired", OPEN, late, at=at, state=State.EXPIRED, ended_at=at)
    is_due = (Recovery.state == State.WAITING, Recovery.ready_at <= at)
    moved += _tell(db, "recovery.ready", *is_due, at=at, state=State.READY)
    _forget_former(db, before=at - TAKEN_BACK_WITHIN)
    due = Recovery.noticed_at + (Recovery.reminders + 1) * _DAY
    again = (Recovery.state == State.WAITING, due <= at)
    return moved + _tell(db, "recovery.waits", *again, at=at, reminders=Recovery.reminders + 1)


def finish(
    db: Session, found: Recovery, *, keyring: Keyring, password_hash: str, at: datetime
) -> bool:
    """Set the new password and end all access; False where it is not, or no more, allowed.

    What waited sets every other factor aside, with the password before, for whoever takes the
    account back (`taking_back`), and nothing is proven of the person until it is shown again. What
    showed a factor keeps that one, and what is proven.
    """
    row = _claim(db, found, at=at)
    if row is None:
        return False
    own = read_credentials(db, person_id=row.person_id)
    shown = [Shown(KINDS[row.shown], at, factor_id=row.shown_id)] if row.shown else []
    has_more = any(kind is not PASSWORD for kind in own.held)
    is_over = has_more and not shown and not row.is_slow  # a factor was added meanwhile
    new = {"keyring": keyring, "password_hash": password_hash, "kept": shown, "epoch": row.epoch}
    if is_over or set_password(db, person_id=row.person_id, at=at, **new) is None:
        overtaken = {"state": State.CANCELLED, "reason": "overtaken"}
        db.execute(update(Recovery).where(Recovery.id == found.id).values(overtaken))
        return False
    data = {"shown": row.shown}
    if row.is_slow:
        rests = _set_aside(db, found.id, own, keyring=keyring, at=at)
        set_proofing(db, keyring=keyring, person_id=row.person_id, proofing=0, at=at)
        data |= {"kind": "waited"} if rests else {}
    record(
        db,
        event="recovery.done",
        at=at,
        subject_number=own.subject_number,
        counted=False,
        data=data,
        told=told_of(found.id),
    )
    return True


def _claim(db: Session, found: Recovery, *, at: datetime) -> _Claimed | None:
    """Take it, once, if it may be finished: whose it is, since which epoch, and by what."""
    at_once = Recovery.is_slow.is_(False) & (Recovery.state == State.READY)
    waited = OPEN & (Recovery.ready_at <= at)
    waited &= (Recovery.ready_at > at - OPEN_FOR) & (Recovery.code_taken_at >= Recovery.ready_at)
    done = (
        update(Recovery)
        .where(Recovery.id == found.id, was_just_shown(at), at_once | waited)
        .where(Recovery.takes_back.is_(None))
        .where(Recovery.is_slow.is_(False) | not_(_SIGNED_IN), not_(_CONTACT_REPLACED))
        .values(state=State.DONE, ended_at=at)
        .returning(
            Recovery.person_id, Recovery.epoch, Recovery.shown, Recovery.is_slow, Recovery.shown_id
        )
        .execution_options(synchronize_session=False)
    )
    return db.execute(done).one_or_none()


def _set_aside(
    db: Session, recovery_id: UUID, before: Credentials, *, keyring: Keyring, at: datetime
) -> bool:
    """Keep what takes the account back, as it was before; whether there is anything.

    It is the password with a second factor, but for a telephone; where there was none, a passkey
    with a recovery code.
    """
    until, password = at + TAKEN_BACK_WITHIN, before.password_hash(keyring)
    rests = set_factors_aside(db, person_id=before.person_id, until=until, at=at)
    if not rests or {PASSWORD, SMS}.issuperset(before.held):
        return False
    if password is None and not _has_codes(db, recovery_id, before, at=at):
        return False
    sealed = FORMER_PASSWORD.seal(keyring, password, id=recovery_id) if password else None
    kept = {"former_password_encrypted": sealed, "proofing_before": before.proofing}
    db.execute(update(Recovery).where(Recovery.id == recovery_id).values(kept))
    return True


def _has_codes(db: Session, recovery_id: UUID, before: Credentials, *, at: datetime) -> bool:
    """Whether a passkey and codes that are old enough were set aside at that instant."""
    begun_at = db.scalars(select(Recovery.begun_at).where(Recovery.id == recovery_id)).one()
    made_by, person_id = begun_at - CODES_MADE_BEFORE, before.person_id
    has_passkey = PASSKEY in before.held
    return has_passkey and was_made_by(db, person_id=person_id, lost_at=at, made_by=made_by)


def overtake(db: Session, *, person_id: UUID, at: datetime) -> None:
    """End what waits for that account: somebody showed more."""
    end(db, State.CANCELLED, "overtaken", Recovery.person_id == person_id, OPEN, at=at)


def _forget_former(db: Session, *, before: datetime) -> None:
    """Delete the passwords before of what can be undone no more."""
    has_one = Recovery.former_password_encrypted.is_not(None)
    gone = update(Recovery).where(has_one, Recovery.ended_at <= before)
    db.execute(gone.values(former_password_encrypted=None))


def was_just_shown(at: datetime) -> ColumnElement[bool]:
    """Whether what was shown for it was shown a short while ago."""
    return Recovery.code_taken_at > at - EVIDENCE_LASTS


def end(
    db: Session,
    state: State,
    reason: str,
    *which: _Condition,
    at: datetime,
    **values: object,
) -> int:
    """End those, and journal it, each for its person; how many."""
    event = "recovery.refused" if state is State.REFUSED else "recovery.cancelled"
    return _tell(db, event, *which, at=at, state=state, reason=reason, ended_at=at, **values)


def _tell(
    db: Session,
    event: str,
    *which: _Condition,
    at: datetime,
    **values: object,
) -> int:
    """Move those on and journal it, each for its person."""
    moved = (
        update(Recovery)
        .where(*which)
        .values(values)
        .returning(Recovery.id, Recovery.person_id)
        .execution_options(synchronize_session=False)
    )
    rows = db.execute(moved).all()
    whose = Person.id.in_([row.person_id for row in rows])
    people = db.execute(select(Person.id, Person.subject_number).where(whose))
    numbers = {person.id: person.subject_number for person in people}
    reason = str(values.get("reason") or "") or None
    about: dict[str, Any] = {"event": event, "at": at, "reason": reason, "counted": False}
    for row in rows:
        number = numbers[row.person_id]
        record(db, **about, subject_number=number, told=told_of(row.id))
    return len(rows)
