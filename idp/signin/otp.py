"""The one-time code: the second factor of someone whose password was right."""

from dataclasses import field
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.attempts import Attempt, settle_wrong
from idp.factors.kinds import PASSKEY, RECOVERY_CODE, SMS, TOTP
from idp.factors.totp import NOT_WHOLE, is_whole, steps_away, verify_code
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.signin.ending import end_shown, ending
from idp.signin.factors import count_attempt, last_tries_message
from idp.signin.kept import go_back_to, read_kept
from idp.signin.remembered import remember_code
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_step, going_to, step_page, ways
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.waits import wait_message

router = Router()
_EMPTY = Message("Enter the code that the app shows.")
_WRONG = Message(
    "This code is not right, or was used already. Wait for the next one and try again."
)
_WRONG_AGAIN = Message(
    "This code is not right either. Check the clock of your phone: it must show the right time to "
    "the minute, best set automatically. Then wait for the next code and try again."
)


@immutable
class OtpPage:
    """The form for a one-time code; `has_codes` and the like: that would do as well."""

    going: Going
    has_codes: bool
    has_passkey: bool
    has_text: bool
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/otp")
@step_page(TOTP.page)
def show(
    request: Request, _db: Session, interaction: Interaction, _session: CurrentSession
) -> Response:
    """The form, for whoever has given the password."""
    page = OtpPage(
        going=going_to(request, interaction),
        has_codes=RECOVERY_CODE in ways(request),
        has_passkey=PASSKEY in ways(request),
        has_text=SMS in ways(request),
        errors=read_kept(request, interaction, TOTP.page).errors,
    )
    return render(request, "signin/otp.html", page)


@router.post("/signin/{interaction_id}/otp")
def submit(request: Request, form: OwnForm) -> Response:
    """Check the code: counted and committed first, then accepted once."""
    at = clock.now()
    with transaction(request) as db:
        visit = begin_step(request, db, TOTP.page)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        if not form.get("otp"):
            return _refuse(request, db, interaction, _EMPTY)
        attempt = count_attempt(request, db, interaction, TOTP, at=at)
        if not attempt.is_allowed:
            return _refuse(request, db, interaction, wait_message(attempt))
    return _ending(request, interaction, session, attempt, typed=form.get("otp", ""))


def take_code(
    request: Request, interaction: Interaction, session: CurrentSession, typed: str
) -> Response:
    """Count and check a code that came with the password, which was right."""
    with transaction(request) as db:
        attempt = count_attempt(request, db, interaction, TOTP, at=clock.now())
        if not attempt.is_allowed:
            return _refuse(request, db, interaction, wait_message(attempt))
    return _ending(request, interaction, session, attempt, typed=typed)


def _ending(
    request: Request,
    interaction: Interaction,
    session: CurrentSession,
    attempt: Attempt,
    *,
    typed: str,
) -> Response:
    return ending(request, lambda: _judge(request, interaction, session, attempt, typed=typed))


def _judge(
    request: Request,
    interaction: Interaction,
    session: CurrentSession,
    attempt: Attempt,
    *,
    typed: str,
) -> Response:
    """Accept the code of a counted attempt, once, or refuse it; in a transaction of its own."""
    with transaction(request) as db:
        at = clock.now()
        given: dict[str, Any] = {
            "keyring": Site.of(request).keyring,
            "person_id": session.person_id,
            "typed": typed,
            "at": at,
        }
        app = verify_code(db, **given)
        if app is None:
            left = settle_wrong(db, attempt, steps_away=steps_away(db, **given), at=at)
            has_missed = bool(read_kept(request, interaction, TOTP.page).errors)
            why = _WRONG_AGAIN if has_missed else _WRONG
            why = why if is_whole(typed) else Message(NOT_WHOLE)
            error = last_tries_message(left) or why
            return _refuse(request, db, interaction, error)
        remember_code(request, interaction)
        return end_shown(
            request, db, interaction, session, attempt=attempt, factor=app, kind=TOTP, at=at
        )


def _refuse(request: Request, db: Session, interaction: Interaction, error: Message) -> Response:
    response = go_back_to(request, interaction, TOTP.page, errors={"otp": error})
    return keep(request, db, interaction, response)
