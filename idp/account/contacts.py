"""My e-mail address and my phone number: given, shown to be mine by a code, and changed back."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.contact_words import WORDS, ContactWords
from idp.account.entry import owner_page
from idp.account.part import AccountPart
from idp.accounts.contacts import (
    ContactRules,
    confirm_contact,
    send_contact_code,
    undo_contact,
)
from idp.accounts.possession import Sending, UsedUp
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contacts import ReplacedContact, find_replaced
from idp.people.models import ContactKind
from idp.people.profile import read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.trusted_proxy import client_ip
from idp.web.waits import hours_until

router = Router()
_LONGEST = 300
_EMPTY_CODE = Message("Enter the code of the message.")
_WRONG = Message(
    "This code is not right, or no longer valid. Look at the newest message, or ask for a new code."
)
_SPENT = Message(
    "No more text messages are sent today, to anybody. Try again tomorrow; an e-mail address can "
    "be confirmed now."
)
_WAIT = Message("A code was asked for just now. Please wait a little.")


@dataclass(frozen=True)
class ContactPage:
    """The contact there is, the one that a code was sent to, and what can be had back.

    `outbox` is the demo's page of what was sent; empty elsewhere.
    """

    name: str
    path: str
    kind: str
    words: ContactWords
    value: str = field(repr=False)
    is_verified: bool
    is_offered: bool
    typed: str = field(repr=False)
    code: OpenCode | None
    resend_seconds: int
    replaced: ReplacedContact | None
    outbox: str
    errors: dict[str, Message]


@dataclass(frozen=True)
class _Contact:
    """The forms of one kind of contact."""

    kind: ContactKind

    @property
    def path(self) -> str:
        return f"/account/{self.kind}"

    @property
    def words(self) -> ContactWords:
        return WORDS[self.kind]

    def show(self, request: Request, db: Session, session: CurrentSession) -> Response:
        """What there is and the form for another, for someone who has just signed in."""
        keyring, at, person_id = Site.of(request).keyring, clock.now(), session.person_id
        profile = read_profile(db, keyring=keyring, person_id=person_id)
        left, part = read_left(request, whose=session.sid), AccountPart.of(request)
        code = find_code(
            db, purpose=Purpose(self.kind), person_id=person_id, sid=session.sid, at=at
        )
        page = ContactPage(
            name=session.name,
            path=self.path,
            kind=self.kind.value,
            words=self.words,
            value=getattr(profile, self.kind),
            is_verified=getattr(profile, f"{self.kind}_verified"),
            is_offered=self.kind in part.reached_by,
            typed=left.get(self.kind, ""),
            code=code if left.get("is_sent") else None,
            resend_seconds=code.resend_seconds(at=at) if code else 0,
            replaced=find_replaced(db, keyring=keyring, kind=self.kind, person_id=person_id, at=at),
            outbox=part.shown_by.get(self.kind, ""),
            errors=errors_in(left),
        )
        return render(request, "account/contact.html", page)

    def send(
        self, request: Request, db: Session, session: CurrentSession, form: OwnForm
    ) -> Response:
        """Send a code to what was typed."""
        typed = form.get(self.kind, "").strip()[:_LONGEST]
        if self.kind not in AccountPart.of(request).reached_by:
            return RedirectResponse(self.path, status_code=303)
        if not typed:
            return self._back(request, session, typed, {self.kind: self.words.empty})
        try:
            sending = send_contact_code(
                db,
                typed,
                kind=self.kind,
                rules=_rules(request),
                session=session,
                source=client_ip(request),
                language=language_of(request),
                at=clock.now(),
            )
        except InvalidInput as error:
            return self._back(request, session, typed, {self.kind: Message(error.public)})
        if isinstance(sending, UsedUp) or sending is Sending.SPENT:
            why = _no_more(sending) if isinstance(sending, UsedUp) else _SPENT
            return self._back(request, session, typed, {"": why})
        if sending is Sending.WAIT:
            left = read_left(request, whose=session.sid)
            is_sent = bool(left.get("is_sent")) and left.get(self.kind) == typed
            return self._back(request, session, typed, {"": _WAIT}, is_sent=is_sent)
        return self._back(request, session, typed, {}, is_sent=True)

    def answer_code(
        self, request: Request, db: Session, session: CurrentSession, form: OwnForm
    ) -> Response:
        """Take the code: the contact is the person's from now on."""
        value, typed = form.get(self.kind, "")[:_LONGEST], form.get("code", "")
        if not typed.strip():
            return self._back(request, session, value, {"code": _EMPTY_CODE}, is_sent=True)
        try:
            done = confirm_contact(
                db,
                typed,
                kind=self.kind,
                value=value,
                rules=_rules(request),
                session=session,
                at=clock.now(),
            )
        except InvalidInput as error:
            return self._back(request, session, value, {self.kind: Message(error.public)})
        if isinstance(done, UsedUp):
            return self._back(request, session, value, {"": _no_more(done)})
        if not done:
            return self._back(request, session, value, {"code": _WRONG}, is_sent=True)
        return go_and_tell(request, self.path, self.words.done, meaning=self.words.meaning)

    def undo(self, request: Request, db: Session, session: CurrentSession) -> Response:
        """Have the former contact again."""
        keyring, at = Site.of(request).keyring, clock.now()
        if not undo_contact(db, kind=self.kind, keyring=keyring, session=session, at=at):
            return go_and_tell(request, self.path, self.words.nothing_back, is_done=False)
        return go_and_tell(
            request,
            self.path,
            self.words.undone,
            meaning=Message(
                "Somebody else had changed it? Then choose “This was not me” beside the change: "
                "everybody is signed out, and you choose a new password."
            ),
            onward=(Message("My sign-ins"), "/account/activity"),
        )

    def _back(
        self,
        request: Request,
        session: CurrentSession,
        typed: str,
        errors: dict[str, Message],
        *,
        is_sent: bool = False,
    ) -> Response:
        """To the page, which shows what was typed, and the code's form once one is on its way."""
        left = {
            self.kind.value: typed,
            "is_sent": is_sent,
            **packed_errors(errors),
        }
        return leave(request, self.path, left, whose=session.sid)


def _offer(contact: _Contact) -> None:
    """The four routes of a kind of contact, each for an owner who has just signed in."""
    path = contact.path
    owned = owner_page(path, is_fresh=True)

    @router.get(path)
    @owned
    def show(request: Request, db: Session, session: CurrentSession) -> Response:
        return contact.show(request, db, session)

    @router.post(path)
    @owned
    def send(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
        return contact.send(request, db, session, form)

    @router.post(f"{path}/code")
    @owned
    def confirm(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
        return contact.answer_code(request, db, session, form)

    @router.post(f"{path}/undo")
    @owned
    def undo(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
        return contact.undo(request, db, session)


for _kind in ContactKind:
    _offer(_Contact(_kind))


def _rules(request: Request) -> ContactRules:
    part, keyring = AccountPart.of(request), Site.of(request).keyring
    return ContactRules(keyring=keyring, throttle=part.throttle, texts=part.texts)


def _no_more(codes: UsedUp) -> Message:
    return Message(
        "No more codes are sent or read for now: too many were. Try again in %(num)s hour.",
        "No more codes are sent or read for now: too many were. Try again in %(num)s hours.",
        num=hours_until(codes.until),
    )
