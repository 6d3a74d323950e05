"""“This was not me”: what a person does not know ends all access to their account, in one act.

Known browsers go with the epoch. What was shown by who says it is theirs, and stays. A contact that
was changed is as before. An operator answers each report.
"""

from collections.abc import Collection
from dataclasses import field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.accounts.changes import change_account, keep_factors, set_password
from idp.accounts.contacts import find_before, undo_change
from idp.accounts.enrolment import lock_session
from idp.accounts.models import VOID_PASSWORD, DisownedEvent
from idp.accounts.other_hands import take_from_others
from idp.accounts.reports import find_disowned
from idp.factors.credentials import read_credentials
from idp.journal.activity import Activity, find_disownable
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.holding import Because, hold_posts
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession

SHOWN_FOR = timedelta(days=365)
"""For so long a person sees an event, and may say that it was not them."""
_TO_CHOOSE = timedelta(minutes=30)
"""So long somebody may take over a new password: a sign-in's time."""


@immutable
class ContactBefore:
    """What a contact is again once its change is disowned: `value` is empty for none."""

    kind: ContactKind
    changed_at: datetime
    value: str = field(repr=False)


def find_own(
    db: Session, *, session: CurrentSession, entry_id: int, at: datetime
) -> Activity | None:
    """The event that this person may say was not them, and has not yet."""
    if find_disowned(db, entry_ids=[entry_id]):
        return None
    return find_disownable(
        db,
        subject_number=session.subject_number,
        entry_id=entry_id,
        since=session.own_since(at - SHOWN_FOR),
    )


def contact_before(
    db: Session, event: Activity, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> ContactBefore | None:
    """What disowning that event brings back; None where it is no change, or one past undoing."""
    if event.kind is None or event.changed_at is None:
        return None
    kind, changed_at = ContactKind(event.kind), datetime.fromisoformat(event.changed_at)
    before = find_before(
        db, kind=kind, changed_at=changed_at, keyring=keyring, session=session, at=at
    )
    if before is None:
        return None
    return ContactBefore(kind, changed_at, before.value if before else "")


def disown(
    db: Session,
    *,
    keyring: Keyring,
    session: CurrentSession,
    entry_id: int,
    at: datetime,
    in_other_hands: Collection[UUID] = (),
) -> int | None:
    """End every session, token and known browser, and void the password; tell parties and person.

    Factors go that somebody else may have set up (as `changes.disown_factors`), and those rest or
    are void that somebody else may have (`other_hands`). A contact that the event changed is as
    before; posts wait. The `credentials_epoch` from now on; None, and nothing is done, for
    another's event, one that was disowned before, and a session that was overtaken. The caller
    asked for a fresh sign-in.
    """
    event = find_own(db, session=session, entry_id=entry_id, at=at)
    if event is None or not lock_session(db, session):
        return None
    person_id = session.person_id
    report = {"entry_id": entry_id, "person_id": person_id, "reported_at": at}
    said = insert(DisownedEvent).values(report).on_conflict_do_nothing()
    if db.scalar(said.returning(DisownedEvent.entry_id)) is None:
        return None
    keep_factors(db, person_id=person_id, kept=session.shown, at=at, only_pending=True)
    own = read_credentials(db, person_id=person_id)
    take_from_others(db, session=session, own=own, in_other_hands=in_other_hands, at=at)
    _undo_contact(db, event, keyring=keyring, session=session, at=at)
    was = own.password_hash(keyring)
    void = VOID_PASSWORD.seal(keyring, was, entry_id=entry_id, person_id=person_id) if was else None
    changed = change_account(db, person_id=person_id, at=at, password_encrypted=None)
    if changed is None:
        return None
    hold_posts(db, person_id=person_id, because=Because.PASSWORD, at=at)
    epoch = int(changed.credentials_epoch)
    is_this = DisownedEvent.entry_id == entry_id
    kept = {"credentials_epoch": epoch, "void_password_encrypted": void}
    db.execute(update(DisownedEvent).where(is_this).values(kept))
    record(
        db,
        event="session.disowned",
        at=at,
        subject_number=session.subject_number,
        counted=False,
        data={"event": event.event, "entry": entry_id},
    )
    return epoch


def _undo_contact(
    db: Session, event: Activity, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> None:
    before = contact_before(db, event, keyring=keyring, session=session, at=at)
    if before is None:
        return
    undo_change(
        db,
        kind=before.kind,
        changed_at=before.changed_at,
        keyring=keyring,
        session=session,
        at=at,
    )


def may_choose_password(db: Session, *, session: CurrentSession, at: datetime) -> bool:
    """Whether this session is that of who has just said it, and has no password yet."""
    return db.scalar(select(DisownedEvent.entry_id).where(*_is_open(session, at))) is not None


def find_void_hash(
    db: Session, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> str | None:
    """The hash of the password that was void, which is not to be chosen again; None: there is none.

    Whoever was signed in may know it.
    """
    row = db.scalar(select(DisownedEvent).where(*_is_open(session, at)))
    if row is None or row.void_password_encrypted is None:
        return None
    place = {"entry_id": row.entry_id, "person_id": row.person_id}
    return VOID_PASSWORD.open(keyring, row.void_password_encrypted, **place)


def forget_void_hashes(db: Session, *, at: datetime, limit: int) -> int:
    """Forget a batch of those in whose place nobody may choose another any more; how many."""
    over = (
        select(DisownedEvent.entry_id)
        .where(
            DisownedEvent.void_password_encrypted.is_not(None),
            DisownedEvent.reported_at <= at - _TO_CHOOSE,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = update(DisownedEvent).where(DisownedEvent.entry_id.in_(over))
    forgotten = gone.values(void_password_encrypted=None).returning(DisownedEvent.entry_id)
    return len(db.scalars(forgotten).all())


def choose_password(
    db: Session, *, keyring: Keyring, session: CurrentSession, password_hash: str, at: datetime
) -> int | None:
    """Set the new password in the place of the void one, once; the epoch from then on, else None.

    Who does it showed the account's own factors when they said it.
    """
    claimed = (
        update(DisownedEvent)
        .where(*_is_open(session, at))
        .values(password_set_at=at, void_password_encrypted=None)
        .returning(DisownedEvent.entry_id)
    )
    if db.scalar(claimed) is None:
        return None
    return set_password(
        db,
        keyring=keyring,
        person_id=session.person_id,
        password_hash=password_hash,
        kept=session.shown,
        at=at,
        epoch=session.credentials_epoch,
        is_own=True,
    )


def _is_open(session: CurrentSession, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        DisownedEvent.person_id == session.person_id,
        DisownedEvent.credentials_epoch == session.credentials_epoch,
        DisownedEvent.password_set_at.is_(None),
        DisownedEvent.reported_at > at - _TO_CHOOSE,
    )
