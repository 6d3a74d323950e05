"""My e-mail address: given, shown to be mine by a code sent there, and changed back."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.account.part import AccountPart
from idp.accounts.email import EmailRules, confirm_email, send_email_code, undo_email
from idp.accounts.possession import Sending, UsedUp
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contacts import ReplacedEmail, find_replaced_email
from idp.people.profile import read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.kept import leave, packed, read_left, unpacked
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.trusted_proxy import client_ip
from idp.web.waits import hours_until

router = Router()
PATH = "/account/email"
_LONGEST = 300
_EMPTY = Message("Enter your e-mail address.")
_EMPTY_CODE = Message("Enter the code of the message.")
_WRONG = Message(
    "This code is not right, or no longer valid. Look at the newest message, or ask for a new code."
)
_WAIT = Message("A code was asked for just now. Please wait a little.")


@dataclass(frozen=True)
class EmailPage:
    """The address there is, the one that a code was sent to, and what can be had back.

    `outbox` is the demo's page of what was sent; empty elsewhere.
    """

    name: str
    email: str = field(repr=False)
    is_verified: bool
    offers_mail: bool
    typed: str = field(repr=False)
    code: OpenCode | None
    resend_seconds: int
    replaced: ReplacedEmail | None
    outbox: str
    errors: dict[str, Message]


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The address and the form for another, for someone who has just signed in."""
    keyring, at, person_id = Site.of(request).keyring, clock.now(), session.person_id
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    left, part = read_left(request, whose=session.sid), AccountPart.of(request)
    code = find_code(db, purpose=Purpose.EMAIL, person_id=person_id, sid=session.sid, at=at)
    page = EmailPage(
        name=session.name,
        email=profile.email,
        is_verified=profile.email_verified,
        offers_mail=part.offers_mail,
        typed=left.get("email", ""),
        code=code if left.get("is_sent") else None,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        replaced=find_replaced_email(db, keyring=keyring, person_id=person_id, at=at),
        outbox=part.shown_mail,
        errors={name: unpacked(told) for name, told in left.get("errors", {}).items()},
    )
    return render(request, "account/email.html", page)


@router.post(PATH)
@owner_page(PATH, is_fresh=True)
def send(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Send a code to the address that was typed."""
    typed = form.get("email", "").strip()[:_LONGEST]
    if not AccountPart.of(request).offers_mail:
        return RedirectResponse(PATH, status_code=303)
    if not typed:
        return _back(request, session, typed, {"email": _EMPTY})
    try:
        sending = send_email_code(
            db,
            typed,
            rules=_rules(request),
            session=session,
            source=client_ip(request),
            language=language_of(request),
            at=clock.now(),
        )
    except InvalidInput as error:
        return _back(request, session, typed, {"email": Message(error.public)})
    if isinstance(sending, UsedUp):
        return _back(request, session, typed, {"": _no_more(sending)})
    if sending is Sending.WAIT:
        left = read_left(request, whose=session.sid)
        is_sent = bool(left.get("is_sent")) and left.get("email") == typed
        return _back(request, session, typed, {"": _WAIT}, is_sent=is_sent)
    return _back(request, session, typed, {}, is_sent=True)


@router.post(f"{PATH}/code")
@owner_page(PATH, is_fresh=True)
def confirm(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Take the code: the address is the person's from now on."""
    email, typed = form.get("email", "")[:_LONGEST], form.get("code", "")
    if not typed.strip():
        return _back(request, session, email, {"code": _EMPTY_CODE}, is_sent=True)
    try:
        done = confirm_email(
            db, typed, email=email, rules=_rules(request), session=session, at=clock.now()
        )
    except InvalidInput as error:
        return _back(request, session, email, {"email": Message(error.public)})
    if isinstance(done, UsedUp):
        return _back(request, session, email, {"": _no_more(done)})
    if not done:
        return _back(request, session, email, {"code": _WRONG}, is_sent=True)
    return go_and_tell(
        request,
        PATH,
        Message("Your e-mail address is confirmed."),
        meaning=Message("News about your account, such as a new password, is sent there."),
    )


@router.post(f"{PATH}/undo")
@owner_page(PATH, is_fresh=True)
def undo(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """Have the former address again."""
    keyring = Site.of(request).keyring
    if not undo_email(db, keyring=keyring, session=session, at=clock.now()):
        what = Message("There is no address to have back any more.")
        return go_and_tell(request, PATH, what, is_done=False)
    return go_and_tell(
        request,
        PATH,
        Message("Your e-mail address is as before."),
        meaning=Message("If it was not you who changed it, change your password now, too."),
        onward=(Message("Change your password"), "/account/password"),
    )


def _rules(request: Request) -> EmailRules:
    return EmailRules(keyring=Site.of(request).keyring, throttle=AccountPart.of(request).throttle)


def _back(
    request: Request,
    session: CurrentSession,
    email: str,
    errors: dict[str, Message],
    *,
    is_sent: bool = False,
) -> Response:
    """To the page, which shows what was typed, and the code's form once one is on its way."""
    left = {
        "email": email,
        "is_sent": is_sent,
        "errors": {name: packed(error) for name, error in errors.items()},
    }
    return leave(request, PATH, left, whose=session.sid)


def _no_more(codes: UsedUp) -> Message:
    return Message(
        "No more codes are sent or read for now: too many were. Try again in %(num)s hour.",
        "No more codes are sent or read for now: too many were. Try again in %(num)s hours.",
        num=hours_until(codes.until),
    )
