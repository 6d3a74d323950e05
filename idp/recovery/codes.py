"""The code to an account's own address or telephone: asked for, sent, and taken once.

Who asks types number and contact. Whether they are an account's, nobody learns: the same statements
run and the same page follows. Nothing is sent where both are not right, so that nobody who knows a
number alone can disturb its owner.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.accounts.possession import Sending, UsedUp
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.errors import errors_in_each
from idp.kit.immutable import immutable
from idp.kit.letters import as_one_code
from idp.outbox.messages import enqueue_private
from idp.people.codes import CODE_MAIL, CODE_TEXT, LASTS, Purpose, new_code
from idp.people.identifiers import normalise_identifier
from idp.people.models import ContactKind
from idp.people.text_budget import TextBudget, Use
from idp.rate_limits import (
    CODE_TRIES,
    CODES_OF_SOURCE,
    RECOVERY_CODES,
    RECOVERY_CODES_OF_SOURCE,
    Allowance,
    count,
    count_all,
    source_of,
    take_all_back,
)
from idp.recovery.contacts import TypedContact, has_contact, owner_of, read_contact
from idp.recovery.models import Recovery, State
from idp.settings.people import ThrottleSettings

EVIDENCE_LASTS = timedelta(minutes=30)
"""How long after its code was taken a recovery can go on."""
_TRIES = 5
_RESEND = timedelta(seconds=30)


@immutable(kw_only=True)
class Rules:
    """By which key ring, how often codes may be sent and typed, who asks and in which language.

    `offered`: by which kinds of contact people can be reached.
    """

    keyring: Keyring
    throttle: ThrottleSettings
    texts: TextBudget
    offered: frozenset[ContactKind]
    source: str
    language: str

    def codes_for(self, whose: str) -> list[Allowance]:
        """How many codes may be asked for: by that source, by it for them, and for them by all.

        `whose` is what was typed, whole: who knows less than both uses up nothing of an owner's.
        """
        here = f"{source_of(self.source)} {whose}"
        counted = (
            (CODES_OF_SOURCE, self.source),
            (RECOVERY_CODES_OF_SOURCE, here),
            (RECOVERY_CODES, whose),
        )
        given: dict[str, Any] = {"keyring": self.keyring, "settings": self.throttle}
        return [limit.of(value, **given) for limit, value in counted]


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
    contact: str,
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
    to, keyring = read_contact(contact, offered=rules.offered), rules.keyring
    if last is not None and last.state is State.BEGUN and last.begun_at > at - _RESEND:
        return Sending.WAIT
    about = keyring.lasting_hash("recovery.about", f"{number} {to.value}")
    over = _count(db, rules, about.hex(), kind=to.kind, at=at)
    if over is not None:
        return over
    person_id = owner_of(db, keyring, number=number, contact=to, at=at)
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
            about_hash=about,
            contact=to.kind,
            state=State.BEGUN,
            code_hash=_hash(keyring, row_id, code),
            code_tries=_TRIES,
            code_until=at + LASTS,
            begun_at=at,
        )
    )
    db.flush()
    _send(db, rules, row_id, code, to=to, person_id=person_id, at=at)
    return Sending.SENT


def find_errors(number: str, contact: str, *, rules: Rules, at: datetime) -> dict[str, str]:
    """What is wrong with each of what `begin` takes."""

    def check(number: str | None = None, contact: str | None = None) -> None:
        if number is not None:
            normalise_identifier(number, today=clock.day_of(at))
        if contact is not None:
            read_contact(contact, offered=rules.offered)

    return errors_in_each(check, {"number": number, "contact": contact}, good={})


def ask_again(
    db: Session,
    found: Recovery,
    *,
    contact: str,
    rules: Rules,
    at: datetime,
) -> Sending | UsedUp | None:
    """Send another code for one whose wait is over; None for another contact. InvalidInput."""
    to, keyring = read_contact(contact, offered={found.contact}), rules.keyring
    if found.code_until - LASTS > at - _RESEND:
        return Sending.WAIT
    over = _count(db, rules, found.about_hash.hex(), kind=to.kind, at=at)
    if over is not None:
        return over
    if not has_contact(db, keyring, found.person_id, contact=to, at=at):
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
    _send(db, rules, found.id, code, to=to, person_id=found.person_id, at=at)
    return Sending.SENT


def take_code(
    db: Session, found: Recovery, typed: str, *, rules: Rules, at: datetime
) -> bool | UsedUp:
    """Whether it is the code; it counts as a try. Right, what was begun is proved.

    Where the account has no second factor there is nothing more to show: it is ready. Not by a
    telephone number, which never is enough alone.

    Typed wrong too often, it waits for that source: whoever knows both keeps no owner from theirs,
    and of all codes for one pair no more are read than are sent, five times each.
    """
    value = f"{source_of(rules.source)} {found.about_hash.hex()}"
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
    has_more = found.contact is ContactKind.PHONE or any(one is not PASSWORD for one in own.held)
    db.execute(
        update(Recovery)
        .where(Recovery.id == found.id, Recovery.state == State.BEGUN)
        .values(
            state=State.PROVED if has_more else State.READY,
            proved_at=at,
            epoch=own.credentials_epoch,
        )
    )
    return True


def drop_old_recoveries(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of recoveries begun before; how many."""
    return delete_older(db, Recovery.begun_at, before=before, limit=limit)


def _count(
    db: Session, rules: Rules, whose: str, *, kind: ContactKind, at: datetime
) -> Sending | UsedUp | None:
    """Count a code that is asked for; None where one may be sent. What is refused counts nowhere.

    That a day's text messages are spent is said alike, whoever's number it is.
    """
    allowances = rules.codes_for(whose)
    over = count_all(db, allowances, at=at)
    if over is not None:
        return UsedUp.of(db, over, at=at)
    if kind is ContactKind.PHONE and rules.texts.is_spent(db, Use.RECOVERY, at=at):
        take_all_back(db, allowances)
        return Sending.SPENT
    return None


def _send(
    db: Session,
    rules: Rules,
    row_id: UUID,
    code: str,
    *,
    to: TypedContact,
    person_id: UUID | None,
    at: datetime,
) -> None:
    """Have it sent, if there is somebody to send it to: else the same statements, and nothing."""
    is_meant, is_text = person_id is not None, to.kind is ContactKind.PHONE
    if is_text:
        is_meant &= rules.texts.spend(db, Use.RECOVERY, at=at, is_meant=is_meant)
    message = {
        "address": to.value,
        "language": rules.language,
        "code": code,
        "purpose": Purpose.RECOVERY,
    }
    enqueue_private(
        db,
        kind=CODE_TEXT if is_text else CODE_MAIL,
        recipient=str(person_id or row_id),
        key=_hash(rules.keyring, row_id, code).hex(),
        text=json.dumps(message),
        keyring=rules.keyring,
        is_meant=is_meant,
    )


def _hash(keyring: Keyring, row_id: UUID, code: str) -> bytes:
    return keyring.lasting_hash("code.recovery", f"{row_id} {code}")
