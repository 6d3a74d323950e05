"""From a message in the outbox to the letter that a person reads."""

import json
from dataclasses import field, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from idp.journal.activity import Told, find_event
from idp.journal.events import EVENTS
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.languages import DEFAULT, LANGUAGES
from idp.mail.names import called, name_of_way, service_of, service_told
from idp.mail.notices import AT_DESK, NOTICES, OF_KIND
from idp.mail.recovery_notices import REFUSED_BECAUSE
from idp.mail.words import (
    CLOSED,
    CODE,
    DESKS,
    EMAIL_CODE,
    FOOTER,
    FORMER,
    NEW_BROWSER,
    RECOVERY_CODE_MAIL,
    REPLACED,
    UNDONE,
    UNKNOWN_BROWSER,
    Words,
)
from idp.outbox.models import PRIVATE, OutboxMessage
from idp.people.codes import CODE_MAIL, LASTS, Purpose
from idp.people.contacts import (
    CLOSED_MAIL,
    FORMER_MAIL,
    REPLACED_MAIL,
    UNDONE_MAIL,
    find_addressee,
)
from idp.people.models import ContactKind
from idp.recovery.cancelling import cancel_token
from idp.recovery.notices import find_told, is_past
from idp.sessions.new_browser import NEW_BROWSER_MAIL
from idp.web.desks import sends_to_desk
from idp.web.formats import Formats
from idp.web.messages import Catalogue

NOTICE_MAIL = "mail.notice"
"""What the journal's events name that tell a person by mail."""
RECOVERY_MAIL = "mail.recovery"
"""The same of a recovery: the first that is accepted starts its wait."""

_CODES = {
    Purpose.CONTACT: CODE,
    Purpose.EMAIL: EMAIL_CODE,
    Purpose.RECOVERY: RECOVERY_CODE_MAIL,
}
_TO_FORMER = {
    FORMER_MAIL: FORMER,
    REPLACED_MAIL: REPLACED,
    UNDONE_MAIL: UNDONE,
    CLOSED_MAIL: CLOSED,
}


@immutable
class Letter:
    """What is sent, in the person's language; to `former` as well, if there is one."""

    address: str = field(repr=False)
    language: str
    subject: str
    paragraphs: tuple[str, ...] = field(repr=False)
    former: str = field(default="", repr=False)


@immutable(kw_only=True)
class Writer:
    """Writes letters: by that key ring, naming that site, with times of that zone."""

    keyring: Keyring
    site: str
    zone: ZoneInfo

    def read(self, db: Session, message: OutboxMessage) -> Letter | None:
        """The letter of a message; None when there is nobody to write to, or nothing any more."""
        if message.kind == CODE_MAIL:
            return self._code(message)
        if message.kind in _TO_FORMER:
            return self._former(message)
        if message.kind == NEW_BROWSER_MAIL:
            return self._new_browser(db, message)
        return self._notice(db, message)

    def _code(self, message: OutboxMessage) -> Letter | None:
        private = self.private(message)
        if private is None or is_stale(message):
            return None
        language, code = private["language"], private["code"]
        words = _CODES[Purpose(private.get("purpose", Purpose.CONTACT))]
        return self._letter(private["address"], language, words, (FOOTER,), code=code)

    def _former(self, message: OutboxMessage) -> Letter | None:
        private = self.private(message)
        if private is None:
            return None
        language = private["language"]
        when = self._time(language, datetime.fromisoformat(private["at"]))
        words = _TO_FORMER[message.kind]
        return self._letter(private["address"], language, words, (FOOTER,), at=when)

    def _notice(self, db: Session, message: OutboxMessage) -> Letter | None:
        told = find_event(db, entry_id=int(message.key))
        number = int(message.recipient)
        addressee = find_addressee(
            db, keyring=self.keyring, kind=ContactKind.EMAIL, subject_number=number
        )
        if told is None or addressee is None:
            return None
        if is_past(told.event, find_told(db, message.payload)):
            return None
        event, about = told.event, (told.event, told.kind)
        when = self._time(addressee.language, told.at)
        values = self._stopping(db, message) if message.kind == RECOVERY_MAIL else {}
        words = OF_KIND.get(about, NOTICES[event])
        if event == "recovery.refused" and values.get("because"):
            words = REFUSED_BECAUSE
        if told.is_at_desk:
            words = AT_DESK.get(about, words)
        end = (words.not_you, FOOTER)
        values |= self._naming(db, told, message, language=addressee.language)
        if told.until is not None:
            values["until"] = self._time(addressee.language, told.until)
        letter = self._letter(addressee.value, addressee.language, words, end, at=when, **values)
        if is_of_contact(event, told.kind, ContactKind.EMAIL):
            return letter
        return replace(letter, former=addressee.former)

    def _naming(
        self, db: Session, told: Told, message: OutboxMessage, *, language: str
    ) -> dict[str, str]:
        """The way to sign in, the service, and of what was disowned, what and when it was."""
        catalogue = catalogue_of(language)
        about = find_event(db, entry_id=told.about) if told.about else None
        of = about or told
        where = {"party_id": of.relying_party_id, "service_id": of.service_id}
        named = {
            "name": called(catalogue, told.kind, name_of_way(db, message.payload)),
            "service": service_of(db, catalogue, known_language(language), **where),
        }
        if about is None:
            return named
        what = catalogue.gettext(EVENTS[about.event].words)
        return {**named, "what": what, "when": self._time(language, about.at)}

    def _stopping(self, db: Session, message: OutboxMessage) -> dict[str, str]:
        """How its recovery is stopped, how many hours that waits, and why it was refused."""
        found = find_told(db, message.payload)
        if found is None:
            return {"stop": "", "hours": "", "because": ""}
        token = cancel_token(self.keyring, found.id)
        hours = str(found.wait_seconds // 3600)
        stop = f"{self.site}/recovery/stop/{token}"
        return {"stop": stop, "hours": hours, "because": found.because}

    def _new_browser(self, db: Session, message: OutboxMessage) -> Letter | None:
        number, told = int(message.recipient), message.payload
        addressee = find_addressee(
            db, keyring=self.keyring, kind=ContactKind.EMAIL, subject_number=number
        )
        if addressee is None:
            return None
        language, words = addressee.language, NEW_BROWSER
        catalogue = catalogue_of(language)
        letter = self._letter(
            addressee.value,
            language,
            words,
            (words.not_you, FOOTER),
            at=self._time(language, datetime.fromisoformat(told["at"])),
            device=told["device"] or catalogue.gettext(UNKNOWN_BROWSER),
            service=service_told(db, catalogue, known_language(language), told),
        )
        return replace(letter, former=addressee.former)

    def private(self, message: OutboxMessage) -> dict[str, str] | None:
        """What is encrypted in a message; None once it is settled."""
        if message.private_encrypted is None:
            return None
        text = PRIVATE.open(self.keyring, message.private_encrypted, id=message.id)
        private: dict[str, str] = json.loads(text)
        return private

    def minute(self, at: str) -> str:
        """An instant as a text message says it: in no language, in the letters it may have."""
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%H:%M %d/%m/%Y}"

    def _time(self, language: str, at: datetime) -> str:
        return Formats(LANGUAGES[known_language(language)].locale, self.zone).datetime(at)

    def _letter(
        self, address: str, language: str, words: Words, end: tuple[str, ...], **values: str
    ) -> Letter:
        catalogue, values = catalogue_of(language), {**values, "site": self.site}
        texts = [*words.paragraphs, *end]
        if any(map(sends_to_desk, texts)):
            texts.insert(-1, DESKS)
        said = tuple(catalogue.gettext(text, **values) for text in texts)
        return Letter(address, known_language(language), catalogue.gettext(words.subject), said)


def compose(letter: Letter, *, sender: str, message_id: str) -> EmailMessage:
    """The letter as it travels (RFC 5322). Nobody's vacation answers it (RFC 3834)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, letter.address, letter.subject
    mail["Date"], mail["Message-ID"] = format_datetime(clock.now()), f"<{message_id}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join(letter.paragraphs) + "\n")
    mail["Content-Language"] = letter.language
    return mail


def host_of(site: str) -> str:
    """What a message's id ends with."""
    return urlsplit(site).hostname or "localhost"


def is_stale(message: OutboxMessage) -> bool:
    """Whether the code in it is valid no longer."""
    return message.created_at < clock.now() - LASTS


def is_of_contact(event: str, kind: str, contact: ContactKind) -> bool:
    """Whether it is the news of which a replaced contact of that kind hears in words of its own."""
    return event in ("contact.changed", "contact.undone") and kind == contact


def known_language(language: str) -> str:
    """The language, or the default one where there is no such."""
    return language if language in LANGUAGES else DEFAULT


@cache
def catalogue_of(language: str) -> Catalogue:
    """The translations into a person's language; into the default one, where it is unknown."""
    return Catalogue.load(LANGUAGES[known_language(language)])
