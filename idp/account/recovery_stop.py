"""Stopping what waits, by a notice: the link in a mail, or the code in a text message.

The page of a link shows what it would stop, and only its button stops it. A code is typed with the
number of the account; whose that is, and whether anybody waits for it, nobody learns.
"""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.recovery_visit import (
    NOBODY,
    answered,
    go_back,
    rules_of,
    typed_in,
    unjudged,
)
from idp.accounts.possession import UsedUp
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.recovery.cancelling import cancel_by_code, cancel_by_link, find_by_token
from idp.web.contact_codes import EMPTY_CODE, no_more_codes
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import errors_in, read_left
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.repeats import answer_anyone_again
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_PATH = "/recovery/stop"
_WRONG = Message(
    "Number and code do not belong together, or there is nothing to stop: it was stopped, or is "
    "finished."
)

_NOTHING = Message(
    "There is nothing to stop: it was stopped, is finished, or the address was not typed as it "
    "stands in the message."
)


@immutable
class StopPage:
    """`token` is the link's, where there is something to stop; empty otherwise.

    `is_over`: a link led here that stops nothing any more.
    """

    token: str = ""
    is_over: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)


@router.get(_PATH)
def show_form(request: Request) -> Response:
    """Number and code of a text message."""
    left = read_left(request, whose=NOBODY)
    page = StopPage(typed=left.get("typed", {}), errors=errors_in(left))
    return render(request, "account/recovery_stop.html", page)


@router.post(_PATH)
def stop_by_code(request: Request, form: OwnForm) -> Response:
    """Stop it, if both are right; else the same is said, whatever is wrong."""
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        return again or _stop_by_code(request, db, form)


def _stop_by_code(request: Request, db: Session, form: dict[str, str]) -> Response:
    typed = typed_in(form, "number")
    if not form.get("code", "").strip():
        return _unjudged(request, db, {"code": EMPTY_CODE}, typed)
    try:
        rules, at = rules_of(request), clock.now()
        stopped = cancel_by_code(db, typed["number"], form["code"], rules=rules, at=at)
    except InvalidInput as error:
        return _unjudged(request, db, {"number": Message(error.public)}, typed)
    if isinstance(stopped, UsedUp):
        return _unjudged(request, db, {"": no_more_codes(stopped)}, typed)
    wrong = None if stopped else go_back(request, {"": _WRONG}, typed=typed, path=_PATH)
    return answered(request, db, wrong or _stopped(request))


def _unjudged(
    request: Request, db: Session, errors: dict[str, Message], typed: dict[str, str]
) -> Response:
    return unjudged(request, db, go_back(request, errors, typed=typed, path=_PATH))


@router.get(f"{_PATH}/{{token}}")
def show(request: Request, token: str) -> Response:
    """Whether there is something to stop; nothing changes."""
    with transaction(request) as db:
        found = find_by_token(db, token, keyring=Site.of(request).keyring)
    page = StopPage(token if found else "", is_over=found is None)
    return render(request, "account/recovery_stop.html", page)


@router.post(f"{_PATH}/{{token}}")
def stop(request: Request, token: str, _form: OwnForm) -> Response:
    """Stop it, once."""
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        if again is not None:
            return again
        keyring = Site.of(request).keyring
        is_stopped = cancel_by_link(db, token, keyring=keyring, at=clock.now())
        if not is_stopped:
            told = go_and_tell(request, _PATH, _NOTHING, is_done=False)
            return unjudged(request, db, told)
        return answered(request, db, _stopped(request))


def _stopped(request: Request) -> Response:
    return go_and_tell(
        request,
        _PATH,
        Message("It is stopped. Nothing in your account has changed."),
        meaning=Message(
            "Whoever asked reads your mail or your text messages: change the password of your "
            "mailbox now, and ask your phone company whether somebody else has your number."
        ),
    )
