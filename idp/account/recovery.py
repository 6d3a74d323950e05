"""Getting an account back: what somebody still has, and the steps that follow from it.

Everything is bound to the browser's id: in another browser, there is nothing to go on with.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.part import AccountPart
from idp.account.recovery_browser import NOBODY, OVER, PATH, find_here, go_back
from idp.account.recovery_passkey import ask_second
from idp.account.recovery_second import take_second
from idp.accounts.possession import Sending, UsedUp
from idp.factors.attempts import count_attempt, settle_right, settle_wrong
from idp.factors.kinds import RECOVERY_CODE, TOTP
from idp.factors.password import hash_password
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind
from idp.people.profile import read_profile
from idp.recovery.codes import Rules, ask_again, begin, take_code
from idp.recovery.machine import OPEN_FOR, Waiting, cancel_here, finish, show_factor, wait
from idp.recovery.models import Recovery
from idp.recovery.steps import step_of
from idp.web.browser import browser_id, device_secret
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.kept import errors_in, leave, read_left
from idp.web.lanes import Lane, in_lane
from idp.web.language import language_of
from idp.web.links import back_to_sign_in
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.password_check import find_new_errors
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.trusted_proxy import client_ip
from idp.web.waits import hours_until, wait_message

router = Router()
HAVE = "/recovery"
_LONGEST = 300
_SECOND = {TOTP.name: TOTP, RECOVERY_CODE.name: RECOVERY_CODE}
_EMPTY = Message("Enter the code of the message.")
_WRONG = Message(
    "This code is not right, or no longer valid. Look at the newest message, or ask for a new code."
)
_WAIT = Message("A code was asked for just now. Please wait a little.")
_NOT_RIGHT = Message("This code is not right, or was used already.")
_NOT_WAITING = {
    Waiting.ANOTHER: Message(
        "Somebody waits for this account already, in another browser. Go on in that one, or take "
        "your ID card to a one-stop shop."
    ),
    Waiting.TOO_MANY: Message(
        "It was stopped or tried too often of late. Take your ID card to a one-stop shop."
    ),
    Waiting.OVER: OVER,
}


@dataclass(frozen=True)
class HavePage:
    """What there is to have; `back`: to the sign-in that led here, or empty."""

    back: str
    hours: int
    offers_mail: bool


@dataclass(frozen=True)
class RecoveryPage:
    """The next step, by its name (`recovery.steps`); `number` is for password managers."""

    step: str
    outbox: str
    hours: int
    reason: str
    ready_at: datetime | None
    open_until: datetime | None
    typed: dict[str, str]
    number: str
    least: int
    passkey: AskedPasskey | None
    errors: dict[str, Message]


@router.get(HAVE)
def show_choices(request: Request, query: Query) -> Response:
    """What do you still have? The same for everyone; it reads no row."""
    part = AccountPart.of(request)
    hours = int(part.recovery.wait.total_seconds()) // 3600
    page = HavePage(back_to_sign_in(query), hours, part.offers_mail)
    return render(request, "account/recovery_have.html", page)


@router.get(PATH)
def show(request: Request) -> Response:
    """The step that is next in this browser."""
    part, at = AccountPart.of(request), clock.now()
    with transaction(request) as db:
        found = find_here(request, db)
        left = read_left(request, whose=NOBODY)
        step = "address" if left.get("anew") else step_of(found, at=at)
        page = RecoveryPage(
            step=step,
            outbox=part.shown_by.get(ContactKind.EMAIL, ""),
            hours=int(part.recovery.wait.total_seconds()) // 3600,
            reason=found.reason if found else "",
            ready_at=found.ready_at if found else None,
            open_until=found.ready_at + OPEN_FOR if found and found.ready_at else None,
            typed=left.get("typed", {}),
            number=_number_of(request, db, found) if step == "password" else "",
            least=part.passwords.min_length,
            passkey=ask_second(request, found) if found and step == "second" else None,
            errors=errors_in(left),
        )
        return render(request, "account/recovery.html", page)


def _number_of(request: Request, db: Session, found: Recovery | None) -> str:
    """Whose password is chosen, for password managers: it was typed in this browser."""
    keyring, person_id = Site.of(request).keyring, found.person_id if found else None
    own = find_own_number(db, keyring=keyring, person_id=person_id) if person_id else None
    return own.number if own else ""


@router.post(PATH)
def send(request: Request, form: OwnForm) -> Response:
    """Send a code to the account's own address, if both are right; nothing tells whether."""
    at, part = clock.now(), AccountPart.of(request)
    typed = {name: form.get(name, "").strip()[:_LONGEST] for name in ("number", "email")}
    if not part.offers_mail:
        return RedirectResponse(HAVE, status_code=303)
    rules = _rules(request)
    with transaction(request) as db:
        found = find_here(request, db)
        step = step_of(found, at=at)
        try:
            if found is not None and step in ("waits", "again"):
                if step == "waits":
                    return RedirectResponse(PATH, status_code=303)
                sent = ask_again(db, found, email=typed["email"], rules=rules, at=at)
            else:
                browser = browser_id(request)
                sent = begin(
                    db, typed["number"], typed["email"], rules=rules, browser=browser, at=at
                )
        except InvalidInput as error:
            name = error.field or ""
            return go_back(request, {name: Message(error.public)}, typed=typed)
        if isinstance(sent, UsedUp):
            return go_back(request, {"": _no_more(sent)}, typed=typed)
        if sent is None:
            return go_back(request, {"email": Message("This is another address.")}, typed=typed)
        return go_back(request, {"": _WAIT} if sent is Sending.WAIT else {})


@router.post(f"{PATH}/code")
def confirm(request: Request, form: OwnForm) -> Response:
    """Take the code of the message."""
    at = clock.now()
    with transaction(request) as db:
        found = find_here(request, db)
        if found is None or step_of(found, at=at) not in ("code", "again"):
            return RedirectResponse(PATH, status_code=303)
        if not form.get("code", "").strip():
            return go_back(request, {"code": _EMPTY})
        taken = take_code(db, found, form["code"], rules=_rules(request), at=at)
        if isinstance(taken, UsedUp):
            return go_back(request, {"": _no_more(taken)})
        return go_back(request, {} if taken else {"code": _WRONG})


@router.post(f"{PATH}/second")
def show_second(request: Request, form: OwnForm) -> Response:
    """A code of the app, or a recovery code: counted and committed first, then taken once."""
    at, part, keyring = clock.now(), AccountPart.of(request), Site.of(request).keyring
    kind, typed = _SECOND.get(form.get("kind", "")), form.get("second", "")
    with transaction(request) as db:
        found = find_here(request, db)
        if found is None or step_of(found, at=at) != "second" or found.person_id is None:
            return RedirectResponse(PATH, status_code=303)
        if kind is None or not typed.strip():
            return go_back(request, {"second": Message("Choose what it is, and type the code.")})
        attempt = count_attempt(
            db,
            kind,
            keyring=keyring,
            settings=part.throttle,
            person_id=found.person_id,
            device=device_secret(request),
            address=client_ip(request),
            at=at,
        )
        if not attempt.is_allowed:
            return go_back(request, {"second": wait_message(attempt)})
        person_id = found.person_id
    with transaction(request) as db:
        at = clock.now()
        factor = take_second(db, kind, typed, keyring=keyring, person_id=person_id, at=at)
        if factor is None:
            settle_wrong(db, attempt, at=at)
            return go_back(request, {"second": _NOT_RIGHT})
        settle_right(db, attempt, at=at)
        is_ready = show_factor(db, found, kind, factor_id=factor.id, at=at)
        return go_back(request, {} if is_ready else {"": OVER})


@router.post(f"{PATH}/wait")
def begin_waiting(request: Request, _form: OwnForm) -> Response:
    """Neither app nor recovery code: the owner is told, and the wait begins."""
    at, part = clock.now(), AccountPart.of(request)
    with transaction(request) as db:
        found = find_here(request, db)
        if found is None or step_of(found, at=at) != "second":
            return RedirectResponse(PATH, status_code=303)
        lasts, is_shown = part.recovery.wait, ContactKind.EMAIL in part.shown_by
        came_to = wait(db, found, lasts=lasts, is_noticed=is_shown, at=at)
        refused = _NOT_WAITING.get(came_to)
        return go_back(request, {"": refused} if refused else {})


@router.post(f"{PATH}/stop")
def stop(request: Request, _form: OwnForm) -> Response:
    """Who began it stops it."""
    with transaction(request) as db:
        found = find_here(request, db)
        if found is not None:
            cancel_here(db, found, at=clock.now())
        return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/anew")
def begin_anew(request: Request, _form: OwnForm) -> Response:
    """After one that ended: the first step again."""
    return leave(request, PATH, {"anew": True}, whose=NOBODY)


@router.post(f"{PATH}/password")
@in_lane(Lane.HASHES)
def set_new(request: Request, form: OwnForm) -> Response:
    """Set the new password; all access ends, and a sign-in with it begins anew."""
    at, part, keyring = clock.now(), AccountPart.of(request), Site.of(request).keyring
    with transaction(request) as db:
        found = find_here(request, db)
        if found is None or step_of(found, at=at) != "password" or found.person_id is None:
            return RedirectResponse(PATH, status_code=303)
        profile = read_profile(db, keyring=keyring, person_id=found.person_id)
        errors = find_new_errors(part.passwords, form, owner=profile.declared)
        if errors:
            return go_back(request, errors)
    password_hash = hash_password(part.passwords, form["password"])
    with transaction(request) as db:
        at = clock.now()
        if not finish(db, found, keyring=keyring, password_hash=password_hash, at=at):
            return go_back(request, {"": OVER})
        return go_and_tell(
            request,
            PATH,
            Message("Your new password is set."),
            meaning=Message("All devices are signed out. Sign in with the new password now."),
        )


def _rules(request: Request) -> Rules:
    return Rules(
        keyring=Site.of(request).keyring,
        throttle=AccountPart.of(request).throttle,
        source=client_ip(request),
        language=language_of(request),
    )


def _no_more(codes: UsedUp) -> Message:
    return Message(
        "No more codes are sent or read for now: too many were. Try again in %(num)s hour.",
        "No more codes are sent or read for now: too many were. Try again in %(num)s hours.",
        num=hours_until(codes.until),
    )
