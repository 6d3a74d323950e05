"""From a message in the outbox to the one text that a person reads (`texts` has the words)."""

from sqlalchemy.orm import Session

from idp.journal.activity import find_event
from idp.mail.gateway import TextMessage
from idp.mail.letters import Writer, catalogue_of, is_of_contact, is_stale
from idp.mail.names import called, name_of_way, plain, service_of, service_told
from idp.mail.texts import (
    CODES,
    NEW_BROWSER,
    NOTICE_TEXT,
    NOTICES,
    OF_KIND,
    RECOVERY_TEXT,
    TO_FORMER,
    WITHOUT_MAIL,
)
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_TEXT, Purpose
from idp.people.contacts import find_addressee
from idp.people.models import ContactKind
from idp.recovery.cancelling import cancel_code
from idp.recovery.notices import find_told, is_past
from idp.sessions.new_browser import NEW_BROWSER_TEXT
from idp.web.messages import Catalogue

LONGEST = 160
"""Characters of one message."""


def read_text(
    writer: Writer, db: Session, message: OutboxMessage, *, saves: bool = False
) -> TextMessage | None:
    """The text of a message; None when there is nobody to write to, or nothing any more.

    `saves`: news go by text message only to whoever has no e-mail address, or only since a day:
    whoever added it may be somebody else. Those of a recovery go to both. That of a new browser
    goes to nobody: whoever knows the password makes any number of them.
    """
    if message.kind in (NOTICE_TEXT, RECOVERY_TEXT):
        return _notice(writer, db, message, saves=saves and message.kind == NOTICE_TEXT)
    if message.kind == NEW_BROWSER_TEXT:
        return None if saves else _new_browser(writer, db, message)
    private = writer.private(message)
    if private is None:
        return None
    number, language = private["address"], private["language"]
    if message.kind == CODE_TEXT:
        if is_stale(message):
            return None
        words = CODES[Purpose(private["purpose"])]
        return _text(number, language, words, code=private["code"])
    return _text(number, language, TO_FORMER[message.kind], at=writer.minute(private["at"]))


def _notice(
    writer: Writer, db: Session, message: OutboxMessage, *, saves: bool
) -> TextMessage | None:
    told, number = find_event(db, entry_id=int(message.key)), int(message.recipient)
    found = {
        kind: find_addressee(db, keyring=writer.keyring, kind=kind, subject_number=number)
        for kind in ContactKind
    }
    phone, mail = found[ContactKind.PHONE], found[ContactKind.EMAIL]
    if told is None or phone is None or is_past(told.event, find_told(db, message.payload)):
        return None
    if (saves or told.event in WITHOUT_MAIL) and mail is not None and not mail.is_new:
        return None
    words = OF_KIND.get((told.event, told.kind), NOTICES[told.event])
    former = "" if is_of_contact(told.event, told.kind, ContactKind.PHONE) else phone.former
    at, catalogue = writer.minute(told.at.isoformat()), catalogue_of(phone.language)
    values = {"at": at}
    if message.kind == RECOVERY_TEXT:
        values["stop"] = _stopping(writer, db, message)
    if told.until is not None:
        values["until"] = writer.minute(told.until.isoformat())
    where = {"party_id": told.relying_party_id, "service_id": told.service_id}
    service = service_of(db, catalogue, phone.language, **where)
    names = (called(catalogue, told.kind, ""), name_of_way(db, message.payload))
    said = fit(catalogue, words, kind=names[0], name=names[1], service=service, **values)
    return TextMessage(phone.value, phone.language, said, former)


def _new_browser(writer: Writer, db: Session, message: OutboxMessage) -> TextMessage | None:
    """To who has no address, or only since a day: whoever signed in may have added theirs."""
    number, told = int(message.recipient), message.payload
    phone, mail = (
        find_addressee(db, keyring=writer.keyring, kind=kind, subject_number=number)
        for kind in (ContactKind.PHONE, ContactKind.EMAIL)
    )
    if phone is None or (mail is not None and not mail.is_new):
        return None
    catalogue, at = catalogue_of(phone.language), writer.minute(told["at"])
    service = service_told(db, catalogue, phone.language, told)
    said = fit(catalogue, NEW_BROWSER, kind="", name="", service=service, at=at)
    return TextMessage(phone.value, phone.language, said, phone.former)


def _stopping(writer: Writer, db: Session, message: OutboxMessage) -> str:
    """The code that stops its recovery."""
    found = find_told(db, message.payload)
    return cancel_code(writer.keyring, found.id) if found else ""


def fit(
    catalogue: Catalogue, words: str, *, kind: str, name: str, service: str, **values: str
) -> str:
    """The words with as much of the names as one message has room for."""
    kind, name, service = plain(kind), plain(name).replace('"', ""), plain(service)
    room = LONGEST - len(catalogue.gettext(words, **values, name=kind, service=""))
    whole = f'{kind} "{cut}"' if (cut := name[: max(0, room - 3)].strip()) else kind
    return catalogue.gettext(words, **values, name=whole, service=service[: max(0, room)].strip())


def _text(number: str, language: str, words: str, **values: str) -> TextMessage:
    return TextMessage(number, language, catalogue_of(language).gettext(words, **values))
