"""The address a person gives us: shown to be theirs by a code sent there, changed, changed back.

Notices go there, and services to which the person says so may learn it. It proves nobody's identity
and is no way to sign in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from idp.accounts.enrolment import lock_session
from idp.accounts.possession import Sending, UsedUp
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people.codes import Purpose, mail_code, take_code
from idp.people.contacts import (
    find_replaced_email,
    mailbox_of,
    normalise_email,
    replace_email,
    undo_replacement,
)
from idp.people.models import ContactKind
from idp.rate_limits import (
    CODE_TRIES,
    CODES_OF_PERSON,
    CODES_OF_SOURCE,
    CODES_TO_EMAIL,
    Allowance,
    count,
    take_back,
)
from idp.sessions.lookup import CurrentSession
from idp.settings.people import ThrottleSettings

_KIND = {"kind": ContactKind.EMAIL.value}


@dataclass(frozen=True, kw_only=True)
class EmailRules:
    """By which key ring addresses are kept, and how often codes may be sent and typed."""

    keyring: Keyring
    throttle: ThrottleSettings


def send_email_code(
    db: Session,
    typed: str,
    *,
    rules: EmailRules,
    session: CurrentSession,
    source: str,
    language: str,
    at: datetime,
) -> Sending | UsedUp:
    """Send a code to that address, good in this session alone. Raises InvalidInput.

    An address of which nobody has shown that it is theirs gets these codes and nothing else.
    """
    address = normalise_email(typed)
    counted: list[Allowance] = []
    for limit, value in (
        (CODES_OF_SOURCE, source),
        (CODES_OF_PERSON, str(session.person_id)),
        (CODES_TO_EMAIL, mailbox_of(address)),
    ):
        allowance = limit.of(value, keyring=rules.keyring, settings=rules.throttle)
        if not count(db, allowance, at=at):
            _take_back(db, counted)
            return UsedUp.of(db, allowance, at=at)
        counted.append(allowance)
    is_sent = mail_code(
        db,
        keyring=rules.keyring,
        purpose=Purpose.EMAIL,
        person_id=session.person_id,
        sid=session.sid,
        about=address,
        address=address,
        language=language,
        at=at,
    )
    if not is_sent:
        _take_back(db, counted)
        return Sending.WAIT
    return Sending.SENT


def confirm_email(
    db: Session,
    typed: str,
    *,
    email: str,
    rules: EmailRules,
    session: CurrentSession,
    at: datetime,
) -> bool | UsedUp:
    """Take the code that went to that address; right, it is the person's from now on.

    The address before is told, and the change can be undone for a day. Nothing is done for whom
    somebody signed out at this moment. Raises InvalidInput for what is no address.
    """
    tries = CODE_TRIES.of(
        f"{session.person_id} email", keyring=rules.keyring, settings=rules.throttle
    )
    if not count(db, tries, at=at):
        return UsedUp.of(db, tries, at=at)
    address = normalise_email(email)
    is_right = lock_session(db, session) and take_code(
        db,
        typed,
        keyring=rules.keyring,
        purpose=Purpose.EMAIL,
        person_id=session.person_id,
        sid=session.sid,
        about=address,
        at=at,
    )
    if is_right:
        replace_email(db, keyring=rules.keyring, person_id=session.person_id, value=address, at=at)
        _record(db, "contact.changed", session, at=at)
    return is_right


def undo_email(db: Session, *, keyring: Keyring, session: CurrentSession, at: datetime) -> bool:
    """Have the address that was there a day ago again; False where there is none to be had."""
    person_id = session.person_id
    if not lock_session(db, session):
        return False
    replaced = find_replaced_email(db, keyring=keyring, person_id=person_id, at=at)
    if replaced is None:
        return False
    if not undo_replacement(db, keyring=keyring, person_id=person_id, replaced=replaced, at=at):
        return False
    _record(db, "contact.undone", session, at=at)
    return True


def _record(db: Session, event: str, session: CurrentSession, *, at: datetime) -> None:
    record(db, event=event, at=at, subject_number=session.subject_number, data=_KIND)


def _take_back(db: Session, counted: list[Allowance]) -> None:
    for allowance in counted:
        take_back(db, allowance)
