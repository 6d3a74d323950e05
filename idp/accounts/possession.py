"""Showing possession of the contact that the population register holds of a person.

A code goes there only if what they declared agrees with the register, and it has an address of
theirs. Nobody is told whether it did: the statements are the same, and so is what a page says.

Shown once, the number is theirs. Shown again, by whoever has no second factor that carries that
yet, one that they set up in the same session carries it at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.changes import change_account
from idp.accounts.enrolment import is_just_proven
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed, Unchanged, confirm_shown, set_proofing
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.holding import Because, hold_posts
from idp.people.codes import Purpose, mail_code, take_code
from idp.people.contacts import add_contact
from idp.people.declaration import Declaration
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind, Person
from idp.people.population import match_declaration
from idp.people.profile import read_profile
from idp.people.text_budget import TextBudget, Use
from idp.rate_limits import (
    CODE_TRIES,
    CODES_TO_CONTACT,
    FAILURES,
    Allowance,
    count,
    count_all,
    find_end,
    take_all_back,
)
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
    SPENT = "spent"
    """The text messages of the day are used up, everybody's."""


@immutable
class UsedUp:
    """All of a day are used up: nothing is sent or read before `until`, right or wrong."""

    until: datetime

    @classmethod
    def of(cls, db: Session, allowance: Allowance, *, at: datetime) -> "UsedUp":
        """Of an allowance that has just turned out to be used up."""
        return cls(find_end(db, allowance, at=at) or at)


def may_show(db: Session, session: CurrentSession, *, at: datetime) -> bool:
    """Whether a code would raise what its person can reach.

    Of whoever was seen face to face, and whoever has a second factor that carries their proofing,
    a mailbox says nothing: who reads it and knows the password would be them. Of whoever only says
    who they are it says more than an app does.
    """
    if not session.proofing:
        return True
    if is_just_proven(session, at=at):
        return False
    own = read_credentials(db, person_id=session.person_id)
    return session.proofing == POSSESSION and {PASSWORD}.issuperset(own.confirmed(at=at))


def send_code(
    db: Session,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    language: str,
    at: datetime,
) -> Sending | UsedUp:
    """Send a code to the contact in the register, good in this session alone."""
    person_id = session.person_id
    declared = read_declared(db, keyring, person_id)
    allowance = CODES_TO_CONTACT.of(declared.key, keyring=keyring, settings=settings)
    entry = match_declaration(db, keyring=keyring, declaration=declared)
    return send_counted(
        db,
        [allowance],
        keyring=keyring,
        purpose=Purpose.CONTACT,
        person_id=person_id,
        sid=session.sid,
        about=str(person_id),
        address=entry.email if entry else "",
        language=language,
        at=at,
    )


def send_counted(
    db: Session,
    allowances: Sequence[Allowance],
    *,
    budget: TextBudget | None = None,
    at: datetime,
    **code: Any,
) -> Sending | UsedUp:
    """Count a code against each of these and a day's text messages, and send it (`mail_code`).

    One that is refused, or has to wait, counts against none of them.
    """
    over = count_all(db, allowances, at=at)
    if over is not None:
        return UsedUp.of(db, over, at=at)
    if budget is not None and not budget.spend(db, Use.CODE, at=at):
        take_all_back(db, allowances)
        return Sending.SPENT
    if mail_code(db, at=at, **code):
        return Sending.SENT
    take_all_back(db, allowances)
    if budget is not None:
        budget.take_back(db, Use.CODE, at=at)
    return Sending.WAIT


def confirm_code(
    db: Session,
    typed: str,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    address: str,
    at: datetime,
) -> Proofed | Unchanged | NumberTaken | UsedUp | None:
    """Take the code: who typed it has shown possession, and what they signed in with is theirs.

    A wrong one counts against the address as any wrong secret: one that tries many people's waits.

    The address it was sent to is theirs from then on. None for a wrong one, for one too many of
    that code, and where it would raise nothing (`may_show`).
    """
    person_id = session.person_id
    done = take_shown(
        db,
        lambda: take_code(
            db,
            typed,
            keyring=keyring,
            purpose=Purpose.CONTACT,
            person_id=person_id,
            sid=session.sid,
            about=str(person_id),
            at=at,
        ),
        tries=CODE_TRIES.of(str(person_id), keyring=keyring, settings=settings),
        keyring=keyring,
        settings=settings,
        session=session,
        address=address,
        by="contact",
        at=at,
    )
    if isinstance(done, Proofed):
        _keep_contact(db, keyring, person_id, at=at)
    return done


def take_shown(
    db: Session,
    take: Callable[[], bool],
    *,
    tries: Allowance,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    address: str,
    by: str,
    at: datetime,
) -> Proofed | Unchanged | NumberTaken | UsedUp | None:
    """Have `take` read a code that shows possession, counted against these tries and the source.

    `by` is what was shown, as the journal says it.
    """
    person_id = session.person_id
    source = FAILURES.of(address, keyring=keyring, settings=settings)
    if waits_until := find_end(db, source, at=at):
        return UsedUp(waits_until)
    if not count(db, tries, at=at):
        return UsedUp.of(db, tries, at=at)
    if not may_show(db, session, at=at):
        return None
    if not take():
        count(db, source, at=at)
        return None
    if session.proofing:
        done = _show_again(db, session, at=at)
    else:
        done = set_proofing(
            db,
            keyring=keyring,
            person_id=person_id,
            proofing=POSSESSION,
            at=at,
            epoch=session.credentials_epoch,
        )
    if isinstance(done, Proofed):
        confirm_shown(db, done, shown=session.shown, by=by, at=at)
    return done


def _show_again(
    db: Session, session: CurrentSession, *, at: datetime
) -> Proofed | Unchanged | NumberTaken:
    """End all access of whoever is proven as before, unless somebody was faster."""
    is_same = (
        Person.credentials_epoch == session.credentials_epoch,
        Person.proofing == session.proofing,
    )
    changed = change_account(db, *is_same, person_id=session.person_id, at=at)
    if changed is None:
        return Unchanged(session.person_id)
    hold_posts(db, person_id=session.person_id, because=Because.PROOFING, at=at)
    return Proofed(session.person_id, int(changed.credentials_epoch))


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


def read_declared(db: Session, keyring: Keyring, person_id: UUID) -> Declaration:
    """Who the person says they are; without a number where they neither hold nor claim one."""
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    number = own.number if own else ""
    return Declaration(number, profile.name, profile.birthdate, profile.sex)
