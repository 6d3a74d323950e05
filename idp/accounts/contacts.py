"""What a person gives us to be reached at: shown to be theirs by a code, changed, changed back.

Notices go there, and services to which the person says so may learn it. It proves nobody's identity
and is no way to sign in.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from idp.accounts.enrolment import lock_session
from idp.accounts.possession import Sending, UsedUp, send_counted
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.codes import Purpose, take_code
from idp.people.contact_values import mailbox_of
from idp.people.contacts import (
    ReplacedContact,
    find_replaced,
    is_first,
    normalise_contact,
    replace_contact,
    take_away,
    undo_replacement,
)
from idp.people.models import ContactKind
from idp.people.text_budget import TextBudget
from idp.rate_limits import (
    CODE_TRIES,
    CODES_OF_PERSON,
    CODES_OF_SOURCE,
    CODES_TO_EMAIL,
    CODES_TO_PHONE,
    STEP_CODES,
    RateLimit,
    count,
)
from idp.sessions.lookup import CurrentSession
from idp.settings.people import ThrottleSettings


@immutable
class _Codes:
    """What codes to a kind of contact are counted by. The kind is also what they are for."""

    limit: RateLimit
    counted_as: Callable[[str], str] = str


_CODES = {
    ContactKind.EMAIL: _Codes(CODES_TO_EMAIL, mailbox_of),
    ContactKind.PHONE: _Codes(CODES_TO_PHONE),
}


@immutable(kw_only=True)
class ContactRules:
    """By which key ring contacts are kept, and how often codes may be sent and typed."""

    keyring: Keyring
    throttle: ThrottleSettings
    texts: TextBudget


def send_contact_code(
    db: Session,
    typed: str,
    *,
    kind: ContactKind,
    rules: ContactRules,
    session: CurrentSession,
    source: str,
    language: str,
    at: datetime,
    purpose: Purpose | None = None,
) -> Sending | UsedUp:
    """Send a code to that address or number, good in this session alone. Raises InvalidInput.

    To confirm it, unless for another `purpose`. One of which nobody has shown that it is theirs
    gets these codes and nothing else.
    """
    value, codes = normalise_contact(typed, kind=kind), _CODES[kind]
    allowances = [
        limit.of(by, keyring=rules.keyring, settings=rules.throttle)
        for limit, by in (
            (CODES_OF_SOURCE, source),
            (CODES_OF_PERSON, str(session.person_id)),
            (STEP_CODES, f"{session.person_id} {value}")
            if purpose is Purpose.SECOND
            else (codes.limit, codes.counted_as(value)),
        )
    ]
    return send_counted(
        db,
        allowances,
        budget=rules.texts if kind is ContactKind.PHONE else None,
        keyring=rules.keyring,
        purpose=purpose or Purpose(kind),
        person_id=session.person_id,
        sid=session.sid,
        about=value,
        address=value,
        language=language,
        at=at,
    )


def confirm_contact(
    db: Session,
    typed: str,
    *,
    kind: ContactKind,
    value: str,
    rules: ContactRules,
    session: CurrentSession,
    at: datetime,
) -> bool | UsedUp:
    """Take the code that went there; right, it is the person's from now on.

    The contact before is told, and the change can be undone for a day. Nothing is done for whom
    somebody signed out at this moment. Raises InvalidInput for what is no address or number.
    """
    tries = CODE_TRIES.of(
        f"{session.person_id} {kind}", keyring=rules.keyring, settings=rules.throttle
    )
    if not count(db, tries, at=at):
        return UsedUp.of(db, tries, at=at)
    value, person_id = normalise_contact(value, kind=kind), session.person_id
    is_right = lock_session(db, session) and take_code(
        db,
        typed,
        keyring=rules.keyring,
        purpose=Purpose(kind),
        person_id=person_id,
        sid=session.sid,
        about=value,
        at=at,
    )
    if is_right:
        replace_contact(
            db, keyring=rules.keyring, kind=kind, person_id=person_id, value=value, at=at
        )
        _record(db, "contact.changed", session, kind=kind, at=at, changed_at=at.isoformat())
    return is_right


def undo_contact(
    db: Session, *, kind: ContactKind, keyring: Keyring, session: CurrentSession, at: datetime
) -> bool:
    """Have the contact that was there a day ago again; False where there is none to be had."""
    person_id = session.person_id
    if not lock_session(db, session):
        return False
    replaced = find_replaced(db, keyring=keyring, kind=kind, person_id=person_id, at=at)
    if replaced is None:
        return False
    if not undo_replacement(db, keyring=keyring, person_id=person_id, replaced=replaced, at=at):
        return False
    _record(db, "contact.undone", session, kind=kind, at=at)
    return True


def undo_change(
    db: Session,
    *,
    kind: ContactKind,
    changed_at: datetime,
    keyring: Keyring,
    session: CurrentSession,
    at: datetime,
) -> bool:
    """Undo the change of that instant and what followed it: it was not its person; whether it was.

    Where nothing was there before, nothing is. The caller has locked the session.
    """
    before = find_before(
        db, kind=kind, changed_at=changed_at, keyring=keyring, session=session, at=at
    )
    of_person: dict[str, Any] = {"keyring": keyring, "person_id": session.person_id, "at": at}
    if before is None:
        return False
    if before:
        undo_replacement(db, replaced=before, **of_person)
    else:
        take_away(db, kind=kind, **of_person)
    _record(db, "contact.undone", session, kind=kind, at=at)
    return True


def find_before(
    db: Session,
    *,
    kind: ContactKind,
    changed_at: datetime,
    keyring: Keyring,
    session: CurrentSession,
    at: datetime,
) -> ReplacedContact | Literal[""] | None:
    """What stood before the change of that instant, empty for nothing; None: it is past undoing."""
    person_id = session.person_id
    replaced = find_replaced(
        db, keyring=keyring, kind=kind, person_id=person_id, at=at, changed_at=changed_at
    )
    if replaced is not None:
        return replaced
    if is_first(db, kind=kind, person_id=person_id, added_at=changed_at, at=at):
        return ""
    return None


def _record(
    db: Session,
    event: str,
    session: CurrentSession,
    *,
    kind: ContactKind,
    at: datetime,
    **data: str,
) -> None:
    data["kind"] = kind.value
    record(db, event=event, at=at, subject_number=session.subject_number, data=data)
