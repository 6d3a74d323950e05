"""The password page: counted and committed first, checked without a connection, then a session."""

from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.errors import Overloaded
from idp.people import throttle
from idp.people.credentials import Credentials, keep_rehashed
from idp.people.passwords import Verification, verify_password
from idp.people.throttle import Attempt
from idp.sessions.lookup import find_session
from idp.signin.factors import (
    count_attempt,
    counters_of,
    note_failure,
    sign_in,
    wait_headers,
    wait_message,
)
from idp.signin.next_step import SignedIn, Step, next_step
from idp.signin.progress import go_to, has_identifier, needs_of
from idp.signin.visit import Going, begin_visit, going_to, show_expired
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId, SessionToken
from idp.web.db import transaction
from idp.web.messages import N_, Message
from idp.web.templates import render

router = APIRouter()
_WRONG = N_("The personal number or the password is not right.")


@dataclass(frozen=True)
class PasswordPage:
    """The form for a password."""

    going: Going
    interaction_id: str
    is_again: bool = False
    errors: dict[str, str | Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/password")
def show(request: Request, interaction_id: str, browser: BrowserId) -> Response:
    """The form, the same for known and unknown accounts."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        if not has_identifier(interaction):
            return go_to(interaction, Step.IDENTIFIER)
        return render(request, "signin/password.html", _page(request, interaction))


@router.post("/signin/{interaction_id}/password")
def submit(
    request: Request,
    interaction_id: str,
    browser: BrowserId,
    token: SessionToken,
    form: OwnForm,
) -> Response:
    """Check the password. Two transactions; no connection is held while hashing."""
    at = clock.now()
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        if not has_identifier(interaction):
            return go_to(interaction, Step.IDENTIFIER)
        attempt = count_attempt(request, db, interaction, factor="password", at=at)
    if not attempt.is_allowed:
        return _refuse(request, interaction, attempt)
    checked = _check(request, interaction, attempt, form.get("password", ""))
    with transaction(request) as db:
        credentials = attempt.credentials
        if credentials is None or not checked.is_right:
            note_failure(
                request, db, interaction, factor="password", credentials=credentials, at=at
            )
            return _refuse(request, interaction, attempt)
        if checked.new_hash and credentials.password_hash:
            keep_rehashed(
                db,
                person_id=credentials.person_id,
                old_hash=credentials.password_hash,
                new_hash=checked.new_hash,
            )
        return _go_on(request, db, interaction, credentials, token=token)


def _check(
    request: Request, interaction: Interaction, attempt: Attempt, password: str
) -> Verification:
    """Hash, without a connection; an attempt there was no time for is not held against anyone."""
    credentials = attempt.credentials
    stored = credentials.password_hash if credentials and credentials.may_sign_in else None
    try:
        return verify_password(request.app.state.settings.passwords, password, stored)
    except Overloaded:
        with transaction(request) as db:
            counters = counters_of(request, interaction)
            throttle.take_back(db, counters=counters, at=clock.now())
        raise


def _go_on(
    request: Request,
    db: Session,
    interaction: Interaction,
    credentials: Credentials,
    *,
    token: str | None,
) -> Response:
    """Begin or renew the session, and go to the next page."""
    at = clock.now()
    counters = counters_of(request, interaction)
    throttle.forgive(db, counters=counters, is_complete=not credentials.has_totp, at=at)
    before = find_session(db, token=token)
    session = sign_in(request, db, interaction, credentials=credentials, before=before, at=at)
    signed_in = SignedIn(
        proofing=credentials.proofing,
        authentication=session.authentication,
        authenticated_at=session.authenticated_at,
        has_totp=credentials.has_totp,
    )
    needs = needs_of(request.app.state.settings.assurance, interaction)
    return go_to(interaction, next_step(needs, has_identifier=True, signed_in=signed_in))


def _refuse(request: Request, interaction: Interaction, attempt: Attempt) -> Response:
    if attempt.is_allowed:
        page = _page(request, interaction, _WRONG)
        return render(request, "signin/password.html", page, status=422)
    page = _page(request, interaction, wait_message(attempt))
    return render(request, "signin/password.html", page, status=429, headers=wait_headers(attempt))


def _page(request: Request, interaction: Interaction, error: str | Message = "") -> PasswordPage:
    return PasswordPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        is_again=interaction.authenticate_after is not None,
        errors={"password": error} if error else {},
    )
