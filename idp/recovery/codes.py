"""The code to an account's own address: asked for, sent, and taken once.

Who asks types number and address. Whether they are an account's, nobody learns: the same statements
run and the same page follows. Nothing is sent where both are not right, so that nobody who knows a
number alone can disturb its owner.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.accounts.possession import Sending, UsedUp
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.letters import as_one_code
from idp.outbox.messages import enqueue_private
from idp.people.codes import CODE_MAIL, LASTS, Purpose, new_code
from idp.people.contact_values import mailbox_of, normalise_email
from idp.people.contacts import UNDONE_WITHIN
from idp.people.identifiers import find_holder, hashes_of, normalise_identifier
from idp.people.models import CONTACT, ContactKind, PersonContact, PersonStatus
from idp.rate_limits import CODE_TRIES, CODES_OF_SOURCE, CODES_TO_EMAIL, Allowance, count
from idp.recovery.models import Recovery, State
from idp.settings.people import ThrottleSettings

EVIDENCE_LASTS = timedelta(minutes=30)
"""How long after its code was taken a recovery can go on."""
_TRIES = 5
_RESEND = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """By which key ring, how often codes may be sent and typed, who asks and in which language."""

    keyring: Keyring
    throttle: ThrottleSettings
    source: str
    language: str


def browser_hash(keyring: Keyring, browser: str) -> bytes:
    """What a recovery keeps of the browser it was begun in."""
    return keyring.lasting_hash("recovery.browser", browser)


def find_recovery(db: Session, *, keyring: Keyring, browser: str) -> Recovery | None:
    """The last recovery of this browser, ended or not."""
    return db.scalar(
        select(Recovery)
        .where(Recovery.browser_hash == browser_hash(keyring, browser))
        .order_by(Recovery.begun_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def begin(
    db: Session,
    number: str,
    email: str,
    *,
    rules: Rules,
    browser: str,
    last: Recovery | None,
    at: datetime,
) -> Sending | UsedUp:
    """Begin one in this browser, in the place of one without effect; send a code. InvalidInput.

    `last` is what `find_recovery` says of it.
    """
    number = normalise_identifier(number, today=clock.day_of(at))
    address, keyring = normalise_email(email), rules.keyring
    if last is not None and last.state is State.BEGUN and last.begun_at > at - _RESEND:
        return Sending.WAIT
    over = _count_sending(db, rules, address=address, at=at)
    if over is not None:
        return over
    person_id = _owner_of(db, keyring, number=number, address=address, at=at)
    row_id, mine = uuid4(), browser_hash(keyring, browser)
    db.execute(
        delete(Recovery).where(
            Recovery.browser_hash == mine, Recovery.state.in_((State.BEGUN, State.PROVED))
        )
    )
    code = new_code(Purpose.RECOVERY)
    db.add(
        Recovery(
            id=row_id,
            browser_hash=mine,
            person_id=person_id,
            about_hash=keyring.lasting_hash("recovery.about", f"{number} {address}"),
            state=State.BEGUN,
            code_hash=_hash(keyring, row_id, code),
            code_tries=_TRIES,
            code_until=at + LASTS,
            begun_at=at,
        )
    )
    db.flush()
    _mail(db, keyring, person_id, row_id, code=code, address=address, language=rules.language)
    return Sending.SENT


def ask_again(
    db: Session,
    found: Recovery,
    *,
    email: str,
    rules: Rules,
    at: datetime,
) -> Sending | UsedUp | None:
    """Send another code for one whose wait is over; None for another address. InvalidInput."""
    address, keyring = normalise_email(email), rules.keyring
    if found.code_until - LASTS > at - _RESEND:
        return Sending.WAIT
    over = _count_sending(db, rules, address=address, at=at)
    if over is not None:
        return over
    if not _has_address(db, keyring, found.person_id, address=address, at=at):
        return None
    code = new_code(Purpose.RECOVERY)
    is_due = (Recovery.ready_at <= at, Recovery.state.in_((State.WAITING, State.READY)))
    db.execute(
        update(Recovery)
        .where(Recovery.id == found.id, *is_due)
        .values(
            code_hash=_hash(keyring, found.id, code),
            code_tries=_TRIES,
            code_until=at + LASTS,
            code_taken_at=None,
        )
    )
    _mail(
        db, keyring, found.person_id, found.id, code=code, address=address, language=rules.language
    )
    return Sending.SENT


def take_code(
    db: Session, found: Recovery, typed: str, *, rules: Rules, at: datetime
) -> bool | UsedUp:
    """Whether it is the code; it counts as a try. Right, what was begun is proved.

    Where the account has no second factor there is nothing more to show: it is ready.
    """
    value = found.about_hash.hex()
    tries = CODE_TRIES.of(value, keyring=rules.keyring, settings=rules.throttle)
    if not count(db, tries, at=at):
        return UsedUp.of(db, tries, at=at)
    is_right = (Recovery.code_hash == _hash(rules.keyring, found.id, as_one_code(typed)),)
    open_code = (
        Recovery.id == found.id,
        Recovery.code_taken_at.is_(None),
        Recovery.code_tries > 0,
        Recovery.code_until > at,
    )
    tried = update(Recovery).where(*open_code).values(code_tries=Recovery.code_tries - 1)
    if db.scalar(tried.returning(Recovery.id)) is None:
        return False
    taken = (
        update(Recovery)
        .where(Recovery.id == found.id, *is_right, Recovery.person_id.is_not(None))
        .values(code_taken_at=at)
        .returning(Recovery.person_id)
    )
    person_id = db.scalar(taken)
    if person_id is None:
        return False
    own = read_credentials(db, person_id=person_id)
    has_second = any(kind is not PASSWORD for kind in own.held)
    db.execute(
        update(Recovery)
        .where(Recovery.id == found.id, Recovery.state == State.BEGUN)
        .values(
            state=State.PROVED if has_second else State.READY,
            proved_at=at,
            epoch=own.credentials_epoch,
        )
    )
    return True


def drop_old_recoveries(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of recoveries begun before; how many."""
    return delete_older(db, Recovery.begun_at, before=before, limit=limit)


def _count_sending(db: Session, rules: Rules, *, address: str, at: datetime) -> UsedUp | None:
    for limit, value in ((CODES_OF_SOURCE, rules.source), (CODES_TO_EMAIL, mailbox_of(address))):
        allowance: Allowance = limit.of(value, keyring=rules.keyring, settings=rules.throttle)
        if not count(db, allowance, at=at):
            return UsedUp.of(db, allowance, at=at)
    return None


def _owner_of(
    db: Session, keyring: Keyring, *, number: str, address: str, at: datetime
) -> UUID | None:
    """The active account of that number whose address counts, and is this one."""
    holder = find_holder(db, number_hashes=hashes_of(keyring, number))
    person_id = holder.person_id if holder else None
    has_it = _has_address(db, keyring, person_id, address=address, at=at)
    is_active = holder is not None and holder.status == PersonStatus.ACTIVE
    return person_id if has_it and is_active else None


def _has_address(
    db: Session, keyring: Keyring, person_id: UUID | None, *, address: str, at: datetime
) -> bool:
    """Whether it counts; none does while the one before can be had back. One statement."""
    of_person = (PersonContact.person_id == person_id, PersonContact.kind == ContactKind.EMAIL)
    rows = db.scalars(
        select(PersonContact)
        .where(*of_person, PersonContact.verified_at.is_not(None))
        .order_by(PersonContact.created_at.desc())
    ).all()
    if any(row.ended_at is not None and row.ended_at > at - UNDONE_WITHIN for row in rows):
        return False
    counting = [row for row in rows if row.ended_at is None][:1]
    return any(
        CONTACT.open(keyring, row.value_encrypted, id=row.id, person_id=row.person_id) == address
        for row in counting
    )


def _mail(
    db: Session,
    keyring: Keyring,
    person_id: UUID | None,
    row_id: UUID,
    *,
    code: str,
    address: str,
    language: str,
) -> None:
    purpose = Purpose.RECOVERY
    message = {"address": address, "language": language, "code": code, "purpose": purpose}
    enqueue_private(
        db,
        kind=CODE_MAIL,
        recipient=str(person_id or row_id),
        key=_hash(keyring, row_id, code).hex(),
        text=json.dumps(message),
        keyring=keyring,
        is_meant=person_id is not None,
    )


def _hash(keyring: Keyring, row_id: UUID, code: str) -> bytes:
    return keyring.lasting_hash("code.recovery", f"{row_id} {code}")
