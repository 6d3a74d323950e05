"""My e-mail address and my phone number: given, shown to be mine by a code, and changed back."""

from dataclasses import field
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.contact_words import WORDS, ContactWords
from idp.account.entry import owner_page
from idp.account.part import AccountPart
from idp.accounts.contacts import undo_contact
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contacts import ReplacedContact, find_replaced
from idp.people.models import ContactKind
from idp.people.profile import read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.contact_codes import (
    CONTACT_FIELDS,
    LONGEST,
    ContactField,
    Judged,
    read_code,
    send_code,
)
from idp.web.csrf import OwnForm
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()


@immutable
class ContactPage:
    """The contact there is, the one that a code was sent to, and what can be had back.

    `outbox` is the demo's page of what was sent; empty elsewhere.
    """

    name: str
    path: str
    kind: str
    words: ContactWords
    form: ContactField
    value: str = field(repr=False)
    is_verified: bool
    is_offered: bool
    typed: str = field(repr=False)
    code: OpenCode | None
    resend_seconds: int
    replaced: ReplacedContact | None
    outbox: str
    errors: dict[str, Message]


@immutable
class _Contact:
    """The forms of one kind of contact."""

    kind: ContactKind

    @property
    def path(self) -> str:
        return f"/account/{self.kind}"

    @property
    def words(self) -> ContactWords:
        return WORDS[self.kind]

    def is_awaited(self, db: Session, session: CurrentSession) -> bool:
        """Whether a code of this session can be typed still."""
        return self._find_code(db, session, at=clock.now()) is not None

    def _find_code(self, db: Session, session: CurrentSession, *, at: datetime) -> OpenCode | None:
        purpose, person_id = Purpose(self.kind), session.person_id
        return find_code(db, purpose=purpose, person_id=person_id, sid=session.sid, at=at)

    def show(self, request: Request, db: Session, session: CurrentSession) -> Response:
        """What there is and the form for another, for someone who has just signed in."""
        keyring, at, person_id = Site.of(request).keyring, clock.now(), session.person_id
        profile = read_profile(db, keyring=keyring, person_id=person_id)
        left, part = read_left(request, whose=session.sid), AccountPart.of(request)
        code = self._find_code(db, session, at=at)
        page = ContactPage(
            name=session.name,
            path=self.path,
            kind=self.kind.value,
            words=self.words,
            form=CONTACT_FIELDS[self.kind],
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
        if self.kind not in AccountPart.of(request).reached_by:
            return RedirectResponse(self.path, status_code=303)
        typed, left = (
            form.get(self.kind, "").strip()[:LONGEST],
            read_left(request, whose=session.sid),
        )
        sent_to = left.get(self.kind, "") if left.get("is_sent") else ""
        judged = send_code(request, db, session, kind=self.kind, typed=typed, sent_to=sent_to)
        return self._back(request, session, typed, judged)

    def answer_code(
        self, request: Request, db: Session, session: CurrentSession, form: OwnForm
    ) -> Response:
        """Take the code: the contact is the person's from now on."""
        value, typed = form.get(self.kind, "")[:LONGEST], form.get("code", "")
        judged = read_code(request, db, session, kind=self.kind, value=value, typed=typed)
        if not judged.is_done:
            return self._back(request, session, value, judged)
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
        self, request: Request, session: CurrentSession, typed: str, judged: Judged
    ) -> Response:
        """To the page, which shows what was typed, and the code's form once one is on its way."""
        left = {
            self.kind.value: typed,
            "is_sent": judged.is_sent,
            **packed_errors(judged.errors),
        }
        return leave(request, self.path, left, whose=session.sid)


def _offer(contact: _Contact) -> None:
    """The four routes of a kind of contact, each for an owner who has just signed in.

    Or, where a code is typed, who had when they asked for it: it lives longer than that counts, and
    who can read it could have typed it at once.
    """
    path = contact.path
    owned = owner_page(path, is_fresh=True)
    awaited = owner_page(path, is_fresh=True, unless=contact.is_awaited)

    @router.get(path)
    @awaited
    def show(request: Request, db: Session, session: CurrentSession) -> Response:
        return contact.show(request, db, session)

    @router.post(path)
    @owned
    def send(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
        return contact.send(request, db, session, form)

    @router.post(f"{path}/code")
    @awaited
    def confirm(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
        return contact.answer_code(request, db, session, form)

    @router.post(f"{path}/undo")
    @owned
    def undo(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
        return contact.undo(request, db, session)


for _kind in ContactKind:
    _offer(_Contact(_kind))
