"""The kinds of message to people, by mail and text: codes, worth nothing soon, and notices."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from idp.figures.digests import DIGEST_MAIL
from idp.kit import clock
from idp.kit.http import GuardedClient
from idp.mail.digests import read_letter
from idp.mail.gateway import TextMessage, send_text
from idp.mail.letters import NOTICE_MAIL, RECOVERY_MAIL, Writer, compose, host_of
from idp.mail.smtp import send, send_both
from idp.mail.text_messages import read_text
from idp.mail.texts import NOTICE_TEXT, RECOVERY_TEXT
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_MAIL, CODE_TEXT
from idp.people.contacts import (
    CLOSED_MAIL,
    CLOSED_TEXT,
    FORMER_MAIL,
    FORMER_TEXT,
    REPLACED_MAIL,
    REPLACED_TEXT,
    UNDONE_MAIL,
    UNDONE_TEXT,
)
from idp.people.text_budget import TextBudget, Use
from idp.recovery.notices import note_notice
from idp.sessions.new_browser import NEW_BROWSER_MAIL, NEW_BROWSER_TEXT
from idp.settings.server import MailSettings, SmsSettings

MAILS = (
    *(CODE_MAIL, NOTICE_MAIL, RECOVERY_MAIL, NEW_BROWSER_MAIL, DIGEST_MAIL),
    *(FORMER_MAIL, REPLACED_MAIL, UNDONE_MAIL, CLOSED_MAIL),
)
TEXTS = (
    *(CODE_TEXT, NOTICE_TEXT, RECOVERY_TEXT, NEW_BROWSER_TEXT),
    *(FORMER_TEXT, REPLACED_TEXT, UNDONE_TEXT, CLOSED_TEXT),
)
_RECOVERY = (RECOVERY_MAIL, RECOVERY_TEXT)
_CODES = (CODE_MAIL, CODE_TEXT)
_AT_ONCE = 4
_CODE_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 8, 20))
_NOTICE_WAITS = (
    *(timedelta(seconds=seconds) for seconds in (5, 30)),
    *(timedelta(minutes=minutes) for minutes in (2, 10, 60, 360, 900)),
)
_NOBODY = Attempt(is_delivered=False, status="nobody to write to", is_final=True)
_Prepare = Callable[[Session, OutboxMessage], Callable[[], Attempt]]


def mail_kinds(settings: MailSettings, writer: Writer) -> tuple[Kind, ...]:
    """All that are mail, sent through one server."""

    def prepare(db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        letter = read_letter(writer, db, message)
        if letter is None:
            return lambda: _NOBODY
        message_id = f"{message.id}@{host_of(writer.site)}"
        mail = compose(letter, sender=settings.sender, message_id=message_id)
        if not letter.former:
            return lambda: send(settings, mail)
        copied = replace(letter, address=letter.former)
        copy = compose(copied, sender=settings.sender, message_id=f"former.{message_id}")
        return lambda: send_both(settings, mail, copy)

    return _kinds(MAILS, prepare)


def text_kinds(
    settings: SmsSettings, writer: Writer, *, budget: TextBudget, http: GuardedClient
) -> tuple[Kind, ...]:
    """All that are text messages, sent through one gateway.

    News count against the day's budget when they are first handed over, codes when asked for.
    """

    def prepare(db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        text, key = read_text(writer, db, message), str(message.id)
        is_news = message.attempts == 1 and message.kind not in _CODES
        if text is not None and is_news and not _spend(db, budget, text, message):
            text = read_text(writer, db, message, saves=True)
        if text is None:
            return lambda: _NOBODY
        return lambda: send_text(settings, http, text, key=key)

    return _kinds(TEXTS, prepare)


def _spend(db: Session, budget: TextBudget, text: TextMessage, message: OutboxMessage) -> bool:
    """Count it for each number it goes to; whether the budget had room for the first."""
    is_of_browser = message.kind == NEW_BROWSER_TEXT
    if is_of_browser and not budget.spend_on_browser(db, message.recipient, at=clock.now()):
        return False
    has_room = budget.spend(db, Use.NEWS, at=clock.now())
    if has_room and text.former:
        budget.spend(db, Use.NEWS, at=clock.now())
    return has_room


def _kinds(names: Collection[str], prepare: _Prepare) -> tuple[Kind, ...]:
    """Codes are sent at most once, and soon or never; notices at least once."""
    return tuple(
        Kind(
            name=name,
            at_once=_AT_ONCE,
            waits=_CODE_WAITS if name in _CODES else _NOTICE_WAITS,
            prepare=prepare,
            note_outcome=_note_recovery if name in _RECOVERY else _note_nothing,
            is_at_most_once=name in _CODES,
        )
        for name in names
    )


def _note_nothing(_db: Session, _message: OutboxMessage, _attempt: Attempt) -> None:
    """The message's own row says what came of it, for thirty days."""


def _note_recovery(db: Session, message: OutboxMessage, attempt: Attempt) -> None:
    """The first notice of a recovery that is accepted starts its wait."""
    if attempt.is_delivered:
        note_notice(db, message.payload, at=clock.now())
