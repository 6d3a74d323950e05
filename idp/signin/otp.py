"""The one-time code: the second factor of someone whose password was right."""

from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.people import throttle
from idp.people.totp import verify_code
from idp.signin.factors import (
    add_second_factor,
    count_attempt,
    counters_of,
    note_failure,
    wait_headers,
    wait_message,
)
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to, has_identifier, own_session
from idp.signin.visit import Going, begin_visit, going_to, show_expired
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId, SessionToken
from idp.web.db import transaction
from idp.web.messages import N_, Message
from idp.web.templates import render

router = APIRouter()
_WRONG = N_("This code is not right, or was used already. Wait for the next one and try again.")


@dataclass(frozen=True)
class OtpPage:
    """The form for a one-time code."""

    going: Going
    interaction_id: str
    errors: dict[str, str | Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/otp")
def show(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken
) -> Response:
    """The form, for whoever has given the password."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        session = own_session(db, interaction, token=token)
        step = find_step(request, db, interaction, session)
        if step is not Step.OTP or not has_identifier(interaction):
            return go_to(interaction, Step.IDENTIFIER if step is Step.OTP else step)
        return render(request, "signin/otp.html", _page(request, interaction))


@router.post("/signin/{interaction_id}/otp")
def submit(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken, form: OwnForm
) -> Response:
    """Check the code: counted and committed first, then accepted once."""
    at = clock.now()
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        session = own_session(db, interaction, token=token)
        step = find_step(request, db, interaction, session)
        if session is None or step is not Step.OTP or not has_identifier(interaction):
            return go_to(interaction, Step.IDENTIFIER if step is Step.OTP else step)
        attempt = count_attempt(request, db, interaction, factor="code", at=at)
    if not attempt.is_allowed:
        page = _page(request, interaction, wait_message(attempt))
        return render(request, "signin/otp.html", page, status=429, headers=wait_headers(attempt))
    code = "".join(form.get("otp", "").split())
    with transaction(request) as db:
        if not verify_code(
            db,
            keyring=request.app.state.keyring,
            person_id=session.person_id,
            code=code,
            at=clock.now(),
        ):
            note_failure(
                request, db, interaction, factor="code", credentials=attempt.credentials, at=at
            )
            return render(
                request, "signin/otp.html", _page(request, interaction, _WRONG), status=422
            )
        counters = counters_of(request, interaction)
        throttle.forgive(db, counters=counters, is_complete=True, at=at)
        raised = add_second_factor(request, db, interaction, session=session, at=clock.now())
        return go_to(interaction, find_step(request, db, interaction, raised))


def _page(request: Request, interaction: Interaction, error: str | Message = "") -> OtpPage:
    return OtpPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        errors={"otp": error} if error else {},
    )
