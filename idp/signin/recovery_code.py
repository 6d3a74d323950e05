"""A recovery code: the second factor of someone whose password was right, and whose app is gone."""

from dataclasses import field
from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.attempts import Attempt, settle_wrong
from idp.factors.kinds import PASSKEY, RECOVERY_CODE, SMS, TOTP
from idp.factors.recovery_codes import CodeSet, Used, find_set, use_code
from idp.interactions.models import Interaction
from idp.journal.record import record
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.signin.ending import end_shown, ending
from idp.signin.factors import count_attempt, last_tries_message
from idp.signin.kept import go_back_to, read_kept
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
_EMPTY = Message("Enter one of your recovery codes.")
_WRONG = Message("This recovery code is not right, or was used already. Each works once.")


@immutable
class RecoveryCodePage:
    """The form for a recovery code, while any is left; `has_app`: a code of the app would do."""

    going: Going
    codes: CodeSet | None
    has_app: bool
    has_passkey: bool
    has_text: bool
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/recovery-code")
@step_page(RECOVERY_CODE.page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The form, for whoever has given the password."""
    page = RecoveryCodePage(
        going=going_to(request, interaction),
        codes=find_set(db, person_id=session.person_id),
        has_app=TOTP in ways(request),
        has_passkey=PASSKEY in ways(request),
        has_text=SMS in ways(request),
        errors=read_kept(request, interaction, RECOVERY_CODE.page).errors,
    )
    return render(request, "signin/recovery_code.html", page)


@router.post("/signin/{interaction_id}/recovery-code")
def submit(request: Request, form: OwnForm) -> Response:
    """Check the code: counted and committed first, then used once."""
    at, typed = clock.now(), form.get("code", "")
    with transaction(request) as db:
        visit = begin_step(request, db, RECOVERY_CODE.page)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        if not typed.strip():
            return _refuse(request, db, interaction, _EMPTY)
        attempt = count_attempt(request, db, interaction, RECOVERY_CODE, at=at)
        if not attempt.is_allowed:
            return _refuse(request, db, interaction, _rest_message(attempt))
    return ending(request, lambda: _judge(request, interaction, session, attempt, typed))


def _judge(
    request: Request,
    interaction: Interaction,
    session: CurrentSession,
    attempt: Attempt,
    typed: str,
) -> Response:
    with transaction(request) as db:
        at, keyring = clock.now(), Site.of(request).keyring
        used = use_code(db, keyring=keyring, person_id=session.person_id, typed=typed, at=at)
        if used is None:
            left = settle_wrong(db, attempt, at=at)
            return _refuse(request, db, interaction, last_tries_message(left) or _WRONG)
        _tell(db, interaction, session, used)
        return end_shown(
            request,
            db,
            interaction,
            session,
            attempt=attempt,
            factor=used.factor,
            kind=RECOVERY_CODE,
            at=at,
        )


def _tell(db: Session, interaction: Interaction, session: CurrentSession, used: Used) -> None:
    record(
        db,
        event="recovery_code.used",
        at=clock.now(),
        sign_in_id=interaction.id,
        subject_number=session.subject_number,
        relying_party_id=interaction.relying_party_id,
        service_id=interaction.service_id,
        counted=False,
        data={"left": used.left},
    )


def _rest_message(attempt: Attempt) -> Message:
    """What a person is told whose codes rest; the app does not."""
    hours = -(-attempt.wait_seconds // timedelta(hours=1).seconds)
    if hours < 2:
        return wait_message(attempt)
    return Message(
        "Too many wrong recovery codes: what you typed was not read. You can type one again in "
        "%(num)s hour. A code from your app works meanwhile; without it a one-stop shop helps: "
        "take your ID card.",
        "Too many wrong recovery codes: what you typed was not read. You can type one again in "
        "%(num)s hours. A code from your app works meanwhile; without it a one-stop shop helps: "
        "take your ID card.",
        num=hours,
    )


def _refuse(request: Request, db: Session, interaction: Interaction, error: Message) -> Response:
    response = go_back_to(request, interaction, RECOVERY_CODE.page, errors={"code": error})
    return keep(request, db, interaction, response)
