"""Asking somebody for an address or number, and for the code that went there.

The account does, and a sign-in at a service that cannot do without.
"""

from collections.abc import Mapping
from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.accounts.contacts import ContactRules, confirm_contact, send_contact_code
from idp.accounts.possession import Sending, UsedUp
from idp.accounts.text_steps import send_step_code
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession
from idp.web.language import language_of
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.trusted_proxy import client_ip
from idp.web.waits import hours_until

LONGEST = 300
"""Characters of an address or number that are read."""
EMPTY_CODE = Message("Enter the code of the message.")
WRONG_CODE = Message(
    "This code is not right, or no longer valid. Look at the newest message, or ask for a new code."
)
_SPENT = Message(
    "No more text messages are sent today, to anybody. Try again tomorrow; an e-mail address can "
    "be confirmed now."
)
_SPENT_AT_SIGN_IN = Message("No more text messages are sent today, to anybody. Use another way.")
TOO_SOON = Message("A code was asked for just now. Please wait a little.")


@immutable(kw_only=True)
class ContactField:
    """The words around the field of one kind, wherever it stands."""

    type: str
    autocomplete: str
    inputmode: str
    first: str
    outbox: str
    no_code: str
    empty: Message


CONTACT_FIELDS: Mapping[ContactKind, ContactField] = {
    ContactKind.EMAIL: ContactField(
        type="email",
        autocomplete="email",
        inputmode="email",
        first=N_("E-mail address"),
        outbox=N_("In this demonstration: read the mail"),
        no_code=N_("Look into the folder for unwanted mail, and at how the address is written."),
        empty=Message("Enter your e-mail address."),
    ),
    ContactKind.PHONE: ContactField(
        type="tel",
        autocomplete="tel",
        inputmode="tel",
        first=N_("Mobile phone number"),
        outbox=N_("In this demonstration: read the text message"),
        no_code=N_("Look at how the number is written, and whether the phone has reception."),
        empty=Message("Enter your mobile phone number."),
    ),
}


@immutable(kw_only=True)
class Judged:
    """What a form came to: what is wrong, by field, and whether a code is on its way.

    Neither: the contact is the person's from now on.
    """

    errors: Mapping[str, Message] = field(default_factory=dict)
    is_sent: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the right code was typed."""
        return not self.errors and not self.is_sent


def send_code(
    request: Request,
    db: Session,
    session: CurrentSession,
    *,
    kind: ContactKind,
    typed: str,
    sent_to: str,
) -> Judged:
    """Send a code to what was typed; `sent_to` is where the last one went, empty for none."""
    if not typed:
        return Judged(errors={kind: CONTACT_FIELDS[kind].empty})
    try:
        sending = send_contact_code(
            db,
            typed,
            kind=kind,
            rules=rules_of(request),
            session=session,
            source=client_ip(request),
            language=language_of(request),
            at=clock.now(),
        )
    except InvalidInput as error:
        return Judged(errors={kind: Message(error.public)})
    problem = _why_not_sent(sending, spent=_SPENT)
    is_sent = sending is Sending.SENT or (sending is Sending.WAIT and sent_to == typed)
    return Judged(errors={"": problem} if problem else {}, is_sent=is_sent)


def send_second(
    request: Request, db: Session, session: CurrentSession, number: str
) -> Message | None:
    """Send a code of a second step to that number; what is told to whom none was sent."""
    sending = send_step_code(
        db,
        number,
        rules=rules_of(request),
        session=session,
        source=client_ip(request),
        language=language_of(request),
        at=clock.now(),
    )
    return _why_not_sent(sending, spent=_SPENT_AT_SIGN_IN)


def _why_not_sent(sending: Sending | UsedUp, *, spent: Message) -> Message | None:
    """What a person is told to whom no code was sent; `spent`: nobody is sent any today."""
    if isinstance(sending, UsedUp):
        return no_more_codes(sending)
    return {Sending.SPENT: spent, Sending.WAIT: TOO_SOON}.get(sending)


def read_code(
    request: Request,
    db: Session,
    session: CurrentSession,
    *,
    kind: ContactKind,
    value: str,
    typed: str,
) -> Judged:
    """Take the code that went there."""
    if not typed.strip():
        return Judged(errors={"code": EMPTY_CODE}, is_sent=True)
    try:
        done = confirm_contact(
            db,
            typed,
            kind=kind,
            value=value,
            rules=rules_of(request),
            session=session,
            at=clock.now(),
        )
    except InvalidInput as error:
        return Judged(errors={kind: Message(error.public)})
    if isinstance(done, UsedUp):
        return Judged(errors={"": no_more_codes(done)})
    return Judged() if done else Judged(errors={"code": WRONG_CODE}, is_sent=True)


def errors_beside(code: OpenCode | None, errors: dict[str, Message]) -> dict[str, Message]:
    """What is wrong with a code that is read no more stands at no field: there is none."""
    if code is not None and code.tries_left:
        return errors
    return {"" if name == "code" else name: error for name, error in errors.items()}


def rules_of(request: Request) -> ContactRules:
    """How contacts are kept, and codes counted, for this request."""
    site = Site.of(request)
    return ContactRules(keyring=site.keyring, throttle=site.throttle, texts=site.texts)


def no_more_codes(codes: UsedUp) -> Message:
    """That all codes of a day, or of an hour, are used up."""
    return Message(
        "No more codes are sent or read for now: too many were. Try again in %(num)s hour.",
        "No more codes are sent or read for now: too many were. Try again in %(num)s hours.",
        num=hours_until(codes.until),
    )
