"""The one-time code: the second factor of someone whose password was right."""

from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.kit import clock
from idp.people import throttle
from idp.people.totp import verify_code
from idp.signin.factors import (
    add_second_factor,
    count_attempt,
    counters_of,
    note_failure,
    wait_message,
)
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to
from idp.signin.visit import Going, ThisVisitor, begin_step, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()
_WRONG = Message(
    "This code is not right, or was used already. Wait for the next one and try again."
)


@dataclass(frozen=True)
class OtpPage:
    """The form for a one-time code."""

    going: Going
    interaction_id: str
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/otp")
def show(request: Request, visitor: ThisVisitor) -> Response:
    """The form, for whoever has given the password."""
    with transaction(request) as db:
        visit = begin_step(request, db, visitor, Step.OTP)
        if isinstance(visit, Response):
            return visit
        interaction, _session = visit
        page = OtpPage(
            going=going_to(request, interaction),
            interaction_id=str(interaction.id),
            errors=read_kept(request, interaction, Step.OTP).errors,
        )
        return render(request, "signin/otp.html", page)


@router.post("/signin/{interaction_id}/otp")
def submit(request: Request, visitor: ThisVisitor, form: OwnForm) -> Response:
    """Check the code: counted and committed first, then accepted once."""
    at = clock.now()
    with transaction(request) as db:
        visit = begin_step(request, db, visitor, Step.OTP)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        attempt = count_attempt(request, db, interaction, factor="code", at=at)
    if not attempt.is_allowed:
        return go_back_to(request, interaction, Step.OTP, errors={"otp": wait_message(attempt)})
    code = "".join(form.get("otp", "").split())
    with transaction(request) as db:
        if not verify_code(
            db,
            keyring=Site.of(request).keyring,
            person_id=session.person_id,
            code=code,
            at=clock.now(),
        ):
            note_failure(
                request, db, interaction, factor="code", credentials=attempt.credentials, at=at
            )
            return go_back_to(request, interaction, Step.OTP, errors={"otp": _WRONG})
        counters = counters_of(request, interaction)
        throttle.forgive(db, counters=counters, is_complete=True, at=at)
        raised = add_second_factor(request, db, interaction, session=session, at=clock.now())
        return go_to(request, interaction, find_step(db, interaction, raised))
