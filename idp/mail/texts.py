"""What text messages say, and how they are read from the outbox.

At most 160 characters of the alphabet that every telephone has (GSM 03.38): Vietnamese stands there
without its marks. No address and no dot between letters: telephones make a link of any. Who sends
it stands first.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from idp.factors.kinds import RECOVERY_CODE
from idp.journal.activity import find_event
from idp.mail.gateway import TextMessage
from idp.mail.letters import Writer, catalogue_of, is_of_contact, is_stale
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_TEXT
from idp.people.contacts import FORMER_TEXT, REPLACED_TEXT, UNDONE_TEXT, find_addressee
from idp.people.models import ContactKind
from idp.recovery.cancelling import cancel_code
from idp.recovery.machine import find_told
from idp.web.messages import N_

NOTICE_TEXT = "sms.notice"
"""What the journal's events name that tell a person by text message."""
RECOVERY_TEXT = "sms.recovery"
"""The same of a recovery, with the code that stops it: as with mail, the first starts its wait."""
CODE = N_(
    "OneDoor: Your code to confirm your phone number: %(code)s. Valid for 10 minutes. Give it to "
    "nobody."
)
_CHANGED = N_(
    "OneDoor: At %(at)s your account was given another phone number than this one. Not you? Sign "
    "in within 24 hours and take it back."
)
TO_FORMER: Mapping[str, str] = {
    FORMER_TEXT: N_(
        "OneDoor: At %(at)s a one-stop shop gave the account that had this number to the owner of "
        "its personal number."
    ),
    REPLACED_TEXT: _CHANGED,
    UNDONE_TEXT: N_(
        "OneDoor: At %(at)s the number your account had before took the place of this one. Not "
        "you? Go to a one-stop shop."
    ),
}
"""To a number that is its account's no more, by kind of message."""
NOTICES: Mapping[str, str] = {
    "recovery.begun": N_(
        "OneDoor: Somebody asked at %(at)s to get your account back. Not you? Sign in with your "
        "second step, or type code %(stop)s under Forgot your password."
    ),
    "recovery.waits": N_(
        "OneDoor: Somebody still waits to get your account back. Not you? Sign in with your second "
        "step, or type code %(stop)s under Forgot your password."
    ),
    "recovery.ready": N_(
        "OneDoor: Whoever asked can take your account over now. Not you? Sign in with your second "
        "step, or type code %(stop)s under Forgot your password."
    ),
    "recovery.done": N_(
        "OneDoor: A way back into your account was used at %(at)s, and it has a new password. Not "
        "you? Go to a one-stop shop."
    ),
    "recovery.taken_back": N_(
        "OneDoor: At %(at)s your account was taken back with the second step it had before. Not "
        "you? Go to a one-stop shop."
    ),
    "recovery.cancelled": N_(
        "OneDoor: Getting your account back was stopped at %(at)s. Nothing in it has changed."
    ),
    "recovery.refused": N_(
        "OneDoor: Getting your account back was refused at %(at)s. Nothing in it has changed. A "
        "one-stop shop helps further."
    ),
    "person.password_changed": N_(
        "OneDoor: Your password was changed at %(at)s and all devices are signed out. Not you? Go "
        "to a one-stop shop."
    ),
    "person.proofed": N_("OneDoor: Your identity level was changed at %(at)s."),
    "person.status_changed": N_(
        "OneDoor: Your account was suspended, closed or reopened at %(at)s."
    ),
    "identifier.evicted": N_(
        "OneDoor: At %(at)s somebody showed better proof that your personal number is theirs. They "
        "have it now."
    ),
    "contact.changed": N_(
        "OneDoor: The e-mail address of your account was changed at %(at)s. Not you? Sign in "
        "within 24 hours and take it back."
    ),
    "contact.undone": N_(
        "OneDoor: The change of your account's e-mail address was taken back at %(at)s."
    ),
    "factor.enrolled": N_(
        "OneDoor: A second step was set up for your account at %(at)s. Not you? Sign in and "
        "choose: It was not me."
    ),
    "factor.replaced": N_(
        "OneDoor: New recovery codes were made at %(at)s. The earlier ones no longer work. Not "
        "you? Change your password."
    ),
    "recovery_code.used": N_(
        "OneDoor: A recovery code was used to sign in at %(at)s. Not you? Change your password "
        "and make new codes."
    ),
    "factor.confirmed": N_("OneDoor: A second step carries your proven identity from %(at)s on."),
    "factor.locked": N_(
        "OneDoor: A second step of your account was locked at %(at)s. Not you? Change your "
        "password."
    ),
    "factor.unlocked": N_(
        "OneDoor: A second step of your account was unlocked at %(at)s. Not you? Change your "
        "password."
    ),
    "factor.suspended": N_(
        "OneDoor: A second step of your account was taken away at %(at)s. Not you? Have it back "
        "within 24 hours in your account."
    ),
    "factor.restored": N_(
        "OneDoor: A second step of your account was had back at %(at)s. Not you? Change your "
        "password."
    ),
    "session.disowned": N_(
        "OneDoor: At %(at)s you said that something in your account was not you. All devices are "
        "signed out; the old password is void."
    ),
    "factor.removed": N_(
        "OneDoor: A second step of your account was removed at %(at)s. Not you? Change your "
        "password."
    ),
}
"""By event."""
OF_KIND: Mapping[tuple[str, str], str] = {
    ("recovery.done", "waited"): N_(
        "OneDoor: Your account has a new password since %(at)s. Not you? Take it back within 30 "
        "days under Forgot your password."
    ),
    ("contact.changed", ContactKind.PHONE): N_(
        "OneDoor: News about your account has been sent to this number since %(at)s."
    ),
    ("contact.undone", ContactKind.PHONE): N_(
        "OneDoor: The change of your account's phone number was taken back at %(at)s."
    ),
    ("factor.enrolled", RECOVERY_CODE.name): N_(
        "OneDoor: Recovery codes for your account were made at %(at)s. Not you? Change your "
        "password and make new codes."
    ),
    ("factor.confirmed", RECOVERY_CODE.name): N_(
        "OneDoor: Recovery codes of your account carry your proven identity from %(at)s on."
    ),
}
"""By event and kind of factor or contact, where that is another piece of news."""
WITHOUT_MAIL = frozenset({"person.status_changed", "recovery_code.used", "factor.confirmed"})
"""Told by text message only where there is no e-mail address; the rest is told everywhere."""


def read_text(writer: Writer, db: Session, message: OutboxMessage) -> TextMessage | None:
    """The text of a message; None when there is nobody to write to, or nothing any more."""
    if message.kind in (NOTICE_TEXT, RECOVERY_TEXT):
        return _notice(writer, db, message)
    private = writer.private(message)
    if private is None:
        return None
    number, language = private["address"], private["language"]
    if message.kind == CODE_TEXT:
        if is_stale(message):
            return None
        return _text(number, language, CODE, code=private["code"])
    return _text(number, language, TO_FORMER[message.kind], at=writer.minute(private["at"]))


def _notice(writer: Writer, db: Session, message: OutboxMessage) -> TextMessage | None:
    told, number = find_event(db, entry_id=int(message.key)), int(message.recipient)
    found = {
        kind: find_addressee(db, keyring=writer.keyring, kind=kind, subject_number=number)
        for kind in ContactKind
    }
    phone = found[ContactKind.PHONE]
    if told is None or phone is None:
        return None
    if told.event in WITHOUT_MAIL and found[ContactKind.EMAIL]:
        return None
    words = OF_KIND.get((told.event, told.kind), NOTICES[told.event])
    former = "" if is_of_contact(told.event, told.kind, ContactKind.PHONE) else phone.former
    at = writer.minute(told.at.isoformat())
    stop = _stopping(writer, db, number) if message.kind == RECOVERY_TEXT else ""
    return _text(phone.value, phone.language, words, former=former, at=at, stop=stop)


def _stopping(writer: Writer, db: Session, number: int) -> str:
    """The code that stops the recovery of this person."""
    found = find_told(db, subject_number=number)
    return cancel_code(writer.keyring, found.id) if found else ""


def _text(
    number: str, language: str, words: str, *, former: str = "", **values: str
) -> TextMessage:
    said = catalogue_of(language).gettext(words, **values)
    return TextMessage(number, language, said, former)
