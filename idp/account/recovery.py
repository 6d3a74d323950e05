"""Getting an account back: what somebody still has, and the steps that follow from it.

Everything is bound to the browser's id: in another browser, there is nothing to go on with.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.part import AccountPart
from idp.account.recovery_passkey import ask_second
from idp.account.recovery_second import SECOND, take_second
from idp.account.recovery_visit import (
    HAVE,
    NOBODY,
    OVER,
    PATH,
    answered,
    begin_form,
    find,
    go_back,
    go_on,
    rules_of,
    typed_in,
    unjudged,
)
from idp.accounts.possession import Sending, UsedUp
from idp.factors.attempts import settle_right, settle_wrong
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind
from idp.recovery.codes import ask_again, begin, find_errors, take_code
from idp.recovery.machine import OPEN_FOR, Waiting, show_factor, wait
from idp.recovery.models import Recovery
from idp.recovery.steps import has_code, step_of
from idp.recovery.taking_back import find_undone
from idp.web.attempts import count_attempt
from idp.web.browser import browser_id
from idp.web.contact_codes import CONTACT_FIELDS, EMPTY_CODE, TOO_SOON, WRONG_CODE, no_more_codes
from idp.web.cookies import clear_kept
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.kept import errors_in, leave, read_left
from idp.web.links import back_to_sign_in
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.repeats import answer_anyone_again
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.waits import wait_message

router = Router()
_NOT_RIGHT = Message("This code is not right, or was used already.")
_ANOTHER = Message("This is not what your account is written to.")
_SPENT = Message(
    "No more text messages are sent today, to anybody. Try again tomorrow, use your e-mail address "
    "if your account has one, or take your ID card to a one-stop shop."
)
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


@immutable
class HavePage:
    """What there is to have; `back`: to the sign-in that led here, or empty."""

    back: str
    hours: int
    offered: frozenset[ContactKind]


@immutable
class RecoveryPage:
    """The next step, by its name (`recovery.steps`); `number` is for password managers.

    `by` is the kind of contact that it was begun by. `asks_for_code`: there is a code to be typed,
    or one that may be on its way. `undone_at` is when what is taken back was
    finished.
    """

    step: str
    offered: frozenset[ContactKind]
    by: ContactKind
    asks_for_code: bool
    no_code: str
    outbox: str
    hours: int
    reason: str
    ready_at: datetime | None
    open_until: datetime | None
    undone_at: datetime | None
    typed: dict[str, str]
    number: str
    least: int
    passkey: AskedPasskey | None
    errors: dict[str, Message]


@router.get(HAVE)
def show_choices(request: Request, query: Query) -> Response:
    """What do you still have? The same for everyone; it reads no row."""
    clear_kept(request)
    part = AccountPart.of(request)
    page = HavePage(
        back=back_to_sign_in(query),
        hours=int(part.recovery.wait.total_seconds()) // 3600,
        offered=part.reached_by,
    )
    return render(request, "account/recovery_have.html", page)


@router.get(PATH)
def show(request: Request) -> Response:
    """The step that is next in this browser."""
    part, at = AccountPart.of(request), clock.now()
    with transaction(request) as db:
        found = find(request, db)
        left = read_left(request, whose=NOBODY)
        step = "address" if left.get("anew") else step_of(found, at=at)
        undone = find_undone(db, found) if found and step == "back" else None
        by = found.contact if found else ContactKind.EMAIL
        page = RecoveryPage(
            step=step,
            offered=part.reached_by,
            by=by,
            asks_for_code=step == "code" or has_code(found, at=at) or "code" in errors_in(left),
            no_code=CONTACT_FIELDS[by].no_code,
            outbox=part.shown_by.get(by, ""),
            hours=int(part.recovery.wait.total_seconds()) // 3600,
            reason=found.reason if found else "",
            ready_at=found.ready_at if found else None,
            open_until=found.ready_at + OPEN_FOR if found and found.ready_at else None,
            undone_at=undone.ended_at if undone else None,
            typed=left.get("typed", {}),
            number=_number_of(request, db, found) if step in ("password", "back") else "",
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
    """Send a code to the account's own contact, if both are right; nothing tells whether."""
    if not AccountPart.of(request).reached_by:
        return RedirectResponse(HAVE, status_code=303)
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        return again or _send(request, db, form)


def _send(request: Request, db: Session, form: dict[str, str]) -> Response:
    at, rules, typed = clock.now(), rules_of(request), typed_in(form, "number", "contact")
    found = find(request, db)
    step = step_of(found, at=at)
    if step == "waits":
        return answered(request, db, go_on(request))
    try:
        if found is not None and step == "again":
            sent = ask_again(db, found, contact=typed["contact"], rules=rules, at=at)
        else:
            browser = browser_id(request)
            given: Any = {"rules": rules, "browser": browser, "last": found, "at": at}
            sent = begin(db, typed["number"], typed["contact"], **given)
    except InvalidInput as error:
        found_wrong = {error.field: error.public}
        if error.field == "number":
            found_wrong = find_errors(**typed, rules=rules, at=at)
        wrong = {name: Message(sentence) for name, sentence in found_wrong.items()}
        return unjudged(request, db, go_back(request, wrong, typed=typed))
    if isinstance(sent, UsedUp) or sent is Sending.SPENT:
        said = _SPENT if sent is Sending.SPENT else no_more_codes(sent)
        return unjudged(request, db, go_back(request, {"": said}, typed=typed))
    if sent is None:
        response = go_back(request, {"contact": _ANOTHER}, typed=typed)
    else:
        response = go_back(request, {"": TOO_SOON}) if sent is Sending.WAIT else go_on(request)
    return answered(request, db, response)


@router.post(f"{PATH}/code")
def confirm(request: Request, form: OwnForm) -> Response:
    """Take the code of the message."""
    at = clock.now()
    with transaction(request) as db:
        begun = begin_form(request, db, "code", "again", at=at)
        if isinstance(begun, Response):
            return begun
        if not form.get("code", "").strip():
            return answered(request, db, go_back(request, {"code": EMPTY_CODE}))
        taken = take_code(db, begun[0], form["code"], rules=rules_of(request), at=at)
        if isinstance(taken, UsedUp):
            return answered(request, db, go_back(request, {"": no_more_codes(taken)}))
        response = go_on(request) if taken else go_back(request, {"code": WRONG_CODE})
        return answered(request, db, response)


@router.post(f"{PATH}/second")
def show_second(request: Request, form: OwnForm) -> Response:
    """A code of the app, or a recovery code: counted and committed first, then taken once."""
    at, part, keyring = clock.now(), AccountPart.of(request), Site.of(request).keyring
    kind, typed = SECOND.get(form.get("kind", "")), form.get("second", "")
    with transaction(request) as db:
        begun = begin_form(request, db, "second", at=at)
        if isinstance(begun, Response):
            return begun
        found, person_id = begun
        if kind is None or not typed.strip():
            error = Message("Choose what it is, and type the code.")
            return answered(request, db, go_back(request, {"second": error}))
        attempt = count_attempt(
            request, db, kind, settings=part.throttle, person_id=person_id, at=at
        )
        if not attempt.is_allowed:
            waits = {"second": wait_message(attempt)}
            return answered(request, db, go_back(request, waits))
    with transaction(request) as db:
        at = clock.now()
        factor = take_second(db, kind, typed, keyring=keyring, person_id=person_id, at=at)
        if factor is None:
            settle_wrong(db, attempt, at=at)
            return answered(request, db, go_back(request, {"second": _NOT_RIGHT}))
        settle_right(db, attempt, assurance=part.assurance, at=at)
        is_ready = show_factor(db, found, kind, factor_id=factor.id, at=at)
        return answered(request, db, go_on(request) if is_ready else go_back(request, {"": OVER}))


@router.post(f"{PATH}/wait")
def begin_waiting(request: Request, _form: OwnForm) -> Response:
    """Neither app nor recovery code: the owner is told, and the wait begins."""
    at, part = clock.now(), AccountPart.of(request)
    with transaction(request) as db:
        begun = begin_form(request, db, "second", at=at)
        if isinstance(begun, Response):
            return begun
        lasts, is_shown = part.recovery.wait, begun[0].contact in part.shown_by
        came_to = wait(db, begun[0], lasts=lasts, is_noticed=is_shown, at=at)
        refused = _NOT_WAITING.get(came_to)
        response = go_back(request, {"": refused}) if refused else go_on(request)
        return answered(request, db, response)


@router.post(f"{PATH}/anew")
def begin_anew(request: Request, _form: OwnForm) -> Response:
    """After one that ended: the first step again."""
    return leave(request, PATH, {"anew": True}, whose=NOBODY)
