"""Showing possession of the contact that the population register holds of a person.

A code goes there only if what they declared agrees with the register, and it has an address of
theirs. Nobody is told whether it did: the statements are the same, and so is what a page says.
"""

import json
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed, Unchanged, confirm_shown, set_proofing
from idp.kit.crypto import Keyring
from idp.outbox.messages import enqueue_private
from idp.people.codes import CODE_MAIL, Purpose, new_code, open_code, take_code
from idp.people.contacts import add_contact
from idp.people.declaration import Declaration
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind
from idp.people.population import match_declaration
from idp.people.profile import read_profile
from idp.rate_limits import CODE_TRIES, CODES_TO_CONTACT, count, take_back
from idp.sessions.lookup import CurrentSession
from idp.settings.people import ThrottleSettings

POSSESSION = 1
"""The proofing of who matches and has shown a possession."""


class Sending(StrEnum):
    """What came of asking for a code."""

    SENT = "sent"
    """If there is anywhere to send it."""
    WAIT = "wait"
    """The one before was asked for just now."""
    USED_UP = "used_up"
    """No more today."""


def send_code(
    db: Session,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    language: str,
    at: datetime,
) -> Sending:
    """Send a code to the contact in the register, good in this session alone."""
    person_id = session.person_id
    declared = _declared(db, keyring, person_id)
    allowance = CODES_TO_CONTACT.of(declared.key, keyring=keyring, settings=settings)
    if not count(db, allowance, at=at):
        return Sending.USED_UP
    entry = match_declaration(db, keyring=keyring, declaration=declared)
    address, code = entry.email if entry else "", new_code(Purpose.CONTACT)
    code_hash = open_code(
        db,
        code,
        keyring=keyring,
        purpose=Purpose.CONTACT,
        person_id=person_id,
        sid=session.sid,
        about=str(person_id),
        at=at,
    )
    if code_hash is None:
        take_back(db, allowance)
        return Sending.WAIT
    enqueue_private(
        db,
        kind=CODE_MAIL,
        recipient=str(person_id),
        key=code_hash.hex(),
        text=json.dumps({"address": address, "language": language, "code": code}),
        keyring=keyring,
        is_meant=bool(address),
    )
    return Sending.SENT


def confirm_code(
    db: Session,
    typed: str,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    at: datetime,
) -> Proofed | Unchanged | NumberTaken | None:
    """Take the code: who typed it has shown possession, and what they signed in with is theirs.

    The address it was sent to is theirs from then on. None for a wrong one, or one too many.
    """
    person_id = session.person_id
    tries = CODE_TRIES.of(str(person_id), keyring=keyring, settings=settings)
    if not count(db, tries, at=at):
        return None
    if not take_code(db, typed, keyring=keyring, person_id=person_id, sid=session.sid, at=at):
        return None
    done = set_proofing(
        db,
        keyring=keyring,
        person_id=person_id,
        proofing=POSSESSION,
        at=at,
        epoch=session.credentials_epoch,
    )
    if isinstance(done, Proofed):
        confirm_shown(db, done, kinds=session.kinds, by="contact", at=at)
        _keep_contact(db, keyring, person_id, at=at)
    return done


def _keep_contact(db: Session, keyring: Keyring, person_id: UUID, *, at: datetime) -> None:
    """Make the register's address theirs, unless they have one: notices go there."""
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    entry = match_declaration(db, keyring=keyring, declaration=profile.declared)
    if entry is not None and entry.email and not profile.email:
        add_contact(
            db,
            keyring=keyring,
            person_id=person_id,
            kind=ContactKind.EMAIL,
            value=entry.email,
            at=at,
            verified_at=at,
        )


def _declared(db: Session, keyring: Keyring, person_id: UUID) -> Declaration:
    """Who the person says they are; without a number where they neither hold nor claim one."""
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    number = own.number if own else ""
    return Declaration(number, profile.name, profile.birthdate, profile.sex)
