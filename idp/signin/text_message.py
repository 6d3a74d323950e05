"""A code by text message: the second factor of someone whose password was right, by policy alone.

It is sent when they ask for it, to the number they set up for it, and is good in this sign-in.
"""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.text_steps import find_step_number, take_step_code
from idp.factors.attempts import Attempt, settle_wrong
from idp.factors.kinds import PASSKEY, RECOVERY_CODE, SMS, TOTP
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contact_values import mask_phone
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession
from idp.signin.ending import end_shown, ending
from idp.signin.factors import count_attempt, last_tries_message
from idp.signin.kept import go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_step, going_to, step_page, ways
from idp.web.contact_codes import (
    EMPTY_CODE,
    WRONG_CODE,
    errors_beside,
    send_second,
)
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.waits import wait_message

router = Router()
_NO_NUMBER = Message("No code can be sent to this number now. Use another way.")


@immutable
class TextMessagePage:
    """The number, all but its end hidden, and the code on its way there.

    `number` is empty where the account has another one by now. `outbox` is the demo's page of what
    was sent; empty elsewhere.
    """

    going: Going
    number: str
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    has_app: bool
    has_codes: bool
    has_passkey: bool
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/text-message")
@step_page(SMS.page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The button that has a code sent, then its form, for whoever has given the password."""
    at, kinds = clock.now(), ways(request)
    number = find_step_number(db, keyring=Site.of(request).keyring, session=session, at=at)
    code = _find_code(db, session) if number else None
    page = TextMessagePage(
        going=going_to(request, interaction),
        number=mask_phone(number) if number else "",
        code=code,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        outbox=SignInPart.of(request).shown_by.get(ContactKind.PHONE, ""),
        has_app=TOTP in kinds,
        has_codes=RECOVERY_CODE in kinds,
        has_passkey=PASSKEY in kinds,
        errors=errors_beside(code, read_kept(request, interaction, SMS.page).errors),
    )
    return render(request, "signin/text_message.html", page)


@router.post("/signin/{interaction_id}/text-message")
def submit(request: Request, form: OwnForm) -> Response:
    """Send a code, or check the one that was: counted and committed first, then accepted once."""
    with transaction(request) as db:
        visit = begin_step(request, db, SMS.page)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        if "send" in form:
            return keep(request, db, interaction, _send(request, db, interaction, session))
        if not form.get("code", "").strip():
            return _refuse(request, db, interaction, EMPTY_CODE)
        if _find_code(db, session) is None:
            return _refuse(request, db, interaction, WRONG_CODE)
        attempt = count_attempt(request, db, interaction, SMS, at=clock.now())
        if not attempt.is_allowed:
            return _refuse(request, db, interaction, wait_message(attempt))
    typed = form["code"]
    return ending(request, lambda: _judge(request, interaction, session, attempt, typed))


def _send(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    at = clock.now()
    number = find_step_number(db, keyring=Site.of(request).keyring, session=session, at=at)
    if number is None:
        return go_back_to(request, interaction, SMS.page, errors={"": _NO_NUMBER})
    problem = send_second(request, db, session, number)
    return go_back_to(request, interaction, SMS.page, errors={"": problem} if problem else {})


def _judge(
    request: Request,
    interaction: Interaction,
    session: CurrentSession,
    attempt: Attempt,
    typed: str,
) -> Response:
    """Accept the code of a counted attempt, once, or refuse it; in a transaction of its own."""
    with transaction(request) as db:
        at, keyring = clock.now(), Site.of(request).keyring
        telephone = take_step_code(db, typed, keyring=keyring, session=session, at=at)
        if telephone is None:
            left = settle_wrong(db, attempt, at=at)
            return _refuse(request, db, interaction, last_tries_message(left) or WRONG_CODE)
        return end_shown(
            request, db, interaction, session, attempt=attempt, factor=telephone, kind=SMS, at=at
        )


def _find_code(db: Session, session: CurrentSession) -> OpenCode | None:
    who = {"person_id": session.person_id, "sid": session.sid}
    return find_code(db, purpose=Purpose.SECOND, **who, at=clock.now())


def _refuse(request: Request, db: Session, interaction: Interaction, error: Message) -> Response:
    response = go_back_to(request, interaction, SMS.page, errors={"code": error})
    return keep(request, db, interaction, response)
