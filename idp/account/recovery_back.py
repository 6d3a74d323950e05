"""Taking an account back that somebody else got by waiting: what it had before is shown again.

The page is the same for everyone. A passkey has a form of its own (`recovery_back_passkey`). What
is typed is judged as at a sign-in: the password first, counted and committed before it is checked,
and only then the second factor. It is counted apart from sign-ins: who knows the number, or has the
account now, could keep the owner waiting there for all of the 30 days. The password is counted by
account and source; the second factor by account, but only of who knows the password before. Once
many networks have guessed at the password, that wait is told like a wrong one (decision 80).
"""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_back_passkey import ask_back
from idp.account.recovery_second import SECOND, take_second
from idp.account.recovery_visit import (
    BACK,
    NOBODY,
    PATH,
    answered,
    go_back,
    go_on,
    typed_in,
    unjudged,
)
from idp.factors.attempts import Attempt, settle_wrong, take_back
from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.people.identifiers import find_holder, hashes_of, normalise_identifier
from idp.rate_limits import FORMER_PASSWORDS, Allowance, count, is_over, source_of
from idp.recovery.taking_back import Former, begin_taking_back, find_former
from idp.web.attempts import count_attempt
from idp.web.browser import browser_id
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import errors_in, read_left
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.password_check import check_against
from idp.web.repeats import answer_anyone_again
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip
from idp.web.waits import wait_message

router = Router()
_EMPTY = {
    "password": Message("Enter the password that the account had before."),
    "kind": Message("Choose what the code is from."),
    "second": Message("Enter the code."),
}
_NOT_RIGHT = Message(
    "Number, password and code do not belong together, or there is nothing to take back: it can be "
    "done for 30 days, and not after a one-stop shop has helped."
)


@immutable
class BackPage:
    """The form; `typed`: number, what the code is from. `asked`: what the passkey's carries."""

    passkey: AskedPasskey | None
    asked: str
    typed: dict[str, str]
    errors: dict[str, Message]


@router.get(BACK)
def show(request: Request) -> Response:
    """The password before, with a passkey; or with the number and another second factor."""
    left = read_left(request, whose=NOBODY)
    passkey, asked = ask_back(request)
    page = BackPage(passkey, asked, typed=left.get("typed", {}), errors=errors_in(left))
    return render(request, "account/recovery_back.html", page)


@router.post(BACK)
@in_lane(Lane.HASHES)
def submit(request: Request, form: OwnForm) -> Response:
    """Judge both; right, the page that says what happened is next in this browser."""
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        if again is not None:
            return again
        counted = _count_password(request, db, form)
        if isinstance(counted, Response):
            return unjudged(request, db, counted)
    found, attempt, guesses = counted
    former, rules = found.password_hash if found else None, AccountPart.of(request).passwords
    checked = check_against(request, rules, form["password"], attempt, password_hash=former)
    with transaction(request) as db:
        if found is None or not checked.is_right:
            settle_wrong(db, attempt, at=clock.now())
            count(db, guesses, at=clock.now())
            return answered(request, db, _refused(form, request, _NOT_RIGHT))
        take_back(db, attempt)
        kind = SECOND[form["kind"]]
        throttle = AccountPart.of(request).throttle
        attempt = count_attempt(
            request,
            db,
            kind,
            settings=throttle,
            person_id=found.person_id,
            apart="back",
            at=clock.now(),
        )
        if not attempt.is_allowed:
            is_hidden = is_over(db, guesses, at=clock.now())
            why = _NOT_RIGHT if is_hidden else wait_message(attempt)
            return answered(request, db, _refused(form, request, why))
    with transaction(request) as db:
        return answered(request, db, _take_second(request, db, found, attempt, form))


def _count_password(
    request: Request, db: Session, form: dict[str, str]
) -> tuple[Former | None, Attempt, Allowance] | Response:
    """Count the attempt at the password; the same statements whoever's number it is."""
    at, keyring = clock.now(), Site.of(request).keyring
    number, errors = "", dict[str, Message]()
    try:
        number = normalise_identifier(form.get("number", ""), today=clock.day_of(at))
    except InvalidInput as error:
        errors["number"] = Message(error.public)
    lacks = {name for name in ("password", "second") if not form.get(name)}
    if form.get("kind") not in SECOND:
        lacks.add("kind")
    errors |= {name: said for name, said in _EMPTY.items() if name in lacks}
    if errors:
        return _back(form, request, errors)
    hashes = hashes_of(keyring, number)
    holder = find_holder(db, number_hashes=hashes)
    person_id = holder.person_id if holder else None
    found = find_former(db, keyring=keyring, person_id=person_id, at=at)
    attempt = count_attempt(
        request,
        db,
        PASSWORD,
        settings=AccountPart.of(request).throttle,
        person_id=person_id,
        identifier_hash=hashes[0],
        apart=f"back {source_of(client_ip(request))}",
        at=at,
    )
    if not attempt.is_allowed:
        return _refused(form, request, wait_message(attempt))
    whose = str(person_id) if person_id else hashes[0].hex()
    throttle = AccountPart.of(request).throttle
    return found, attempt, FORMER_PASSWORDS.of(whose, keyring=keyring, settings=throttle)


def _take_second(
    request: Request, db: Session, found: Former, attempt: Attempt, form: dict[str, str]
) -> Response:
    """Take the code once, of what was set aside; right, this browser goes on."""
    at, keyring = clock.now(), Site.of(request).keyring
    factor = take_second(
        db,
        attempt.kind,
        form["second"],
        keyring=keyring,
        person_id=found.person_id,
        lost_at=found.lost_at,
        at=at,
    )
    if factor is None:
        settle_wrong(db, attempt, at=at)
        return _refused(form, request, _NOT_RIGHT)
    take_back(db, attempt)
    begin_taking_back(
        db,
        found,
        keyring=keyring,
        browser=browser_id(request),
        shown=attempt.kind,
        factor_id=factor.id,
        at=at,
    )
    return go_on(request, PATH)


def _refused(form: dict[str, str], request: Request, error: Message) -> Response:
    return _back(form, request, {"": error})


def _back(form: dict[str, str], request: Request, errors: dict[str, Message]) -> Response:
    return go_back(request, errors, typed=typed_in(form, "number", "kind"), path=BACK)
