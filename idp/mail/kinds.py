"""The kinds of mail in the outbox: codes, which are worth nothing soon, and notices."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from idp.mail.letters import NOTICE_MAIL, Writer, compose, host_of
from idp.mail.smtp import send, send_both
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_MAIL
from idp.people.contacts import FORMER_MAIL, REPLACED_MAIL, UNDONE_MAIL
from idp.sessions.new_browser import NEW_BROWSER_MAIL
from idp.settings.server import MailSettings

KINDS = (CODE_MAIL, NOTICE_MAIL, FORMER_MAIL, REPLACED_MAIL, UNDONE_MAIL, NEW_BROWSER_MAIL)
_AT_ONCE = 4
_CODE_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 8, 20))
_NOTICE_WAITS = (
    *(timedelta(seconds=seconds) for seconds in (5, 30)),
    *(timedelta(minutes=minutes) for minutes in (2, 10, 60, 360, 900)),
)
_NOBODY = Attempt(is_delivered=False, status="nobody to write to", is_final=True)


def mail_kinds(settings: MailSettings, writer: Writer) -> tuple[Kind, ...]:
    """All of them, sent through one server."""

    def prepare(db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        letter = writer.read(db, message)
        if letter is None:
            return lambda: _NOBODY
        message_id = f"{message.id}@{host_of(writer.site)}"
        mail = compose(letter, sender=settings.sender, message_id=message_id)
        if not letter.former:
            return lambda: send(settings, mail)
        copied = replace(letter, address=letter.former)
        copy = compose(copied, sender=settings.sender, message_id=f"former.{message_id}")
        return lambda: send_both(settings, mail, copy)

    waits = dict.fromkeys(KINDS, _NOTICE_WAITS) | {CODE_MAIL: _CODE_WAITS}
    return tuple(
        Kind(
            name=name,
            at_once=_AT_ONCE,
            waits=waits[name],
            prepare=prepare,
            note_outcome=_note_nothing,
        )
        for name in KINDS
    )


def _note_nothing(_db: Session, _message: OutboxMessage, _attempt: Attempt) -> None:
    """The message's own row says what came of it, for thirty days."""
