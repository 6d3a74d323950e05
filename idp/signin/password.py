"""The password page: counted and committed first, checked without a connection, then a session."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.login_hint import read_login_hint
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.people import throttle
from idp.people.credentials import Credentials, keep_rehashed
from idp.people.identifiers import hash_number, mask_number
from idp.people.profile import read_profile
from idp.people.throttle import Attempt
from idp.sessions.lookup import find_session
from idp.signin.factors import (
    count_attempt,
    counters_of,
    note_failure,
    sign_in,
    wait_message,
)
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import SignedIn, Step, next_step
from idp.signin.part import SignInPart
from idp.signin.progress import go_to, has_identifier, own_session
from idp.signin.visit import Going, ThisVisitor, begin_visit, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.password_check import check_password
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()
_WRONG = Message("The personal number or the password is not right.")


@dataclass(frozen=True)
class PasswordPage:
    """The form for a password, and whose: a number but for its last digits, if known here."""

    going: Going
    interaction_id: str
    masked_number: str
    is_again: bool
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/password")
def show(request: Request, visitor: ThisVisitor) -> Response:
    """The form, the same for known and unknown accounts."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, visitor)
        if isinstance(interaction, Response):
            return interaction
        if not has_identifier(interaction):
            return go_to(request, interaction, Step.IDENTIFIER)
        page = PasswordPage(
            going=going_to(request, interaction),
            interaction_id=str(interaction.id),
            masked_number=_masked_number(request, db, interaction, token=visitor.token),
            is_again=interaction.authenticate_after is not None,
            errors=read_kept(request, interaction, Step.PASSWORD).errors,
        )
        return render(request, "signin/password.html", page)


@router.post("/signin/{interaction_id}/password")
def submit(request: Request, visitor: ThisVisitor, form: OwnForm) -> Response:
    """Check the password. Two transactions; no connection is held while hashing."""
    at = clock.now()
    with transaction(request) as db:
        interaction = begin_visit(request, db, visitor)
        if isinstance(interaction, Response):
            return interaction
        if not has_identifier(interaction):
            return go_to(request, interaction, Step.IDENTIFIER)
        attempt = count_attempt(request, db, interaction, factor="password", at=at)
    if not attempt.is_allowed:
        return _refuse(request, interaction, attempt)
    credentials = attempt.credentials
    stored = credentials.password_hash if credentials and credentials.may_sign_in else None
    counters = counters_of(request, interaction)
    rules, typed = SignInPart.of(request).passwords, form.get("password", "")
    checked = check_password(request, rules, typed, stored=stored, counters=counters)
    with transaction(request) as db:
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
        return _go_on(request, db, interaction, credentials, token=visitor.token)


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
    needs = interaction.needs
    return go_to(request, interaction, next_step(needs, has_identifier=True, signed_in=signed_in))


def _refuse(request: Request, interaction: Interaction, attempt: Attempt) -> Response:
    error = _WRONG if attempt.is_allowed else wait_message(attempt)
    return go_back_to(request, interaction, Step.PASSWORD, errors={"password": error})


def _masked_number(
    request: Request, db: Session, interaction: Interaction, *, token: str | None
) -> str:
    """The number that was typed, whether or not somebody has it, else that of who is signed in."""
    keyring = Site.of(request).keyring
    number = read_login_hint(interaction, keyring=keyring)
    if number and hash_number(keyring, number) == interaction.identifier_hash:
        return mask_number(number)
    session = own_session(db, interaction, token=token)
    if session is None:
        return ""
    profile = read_profile(db, keyring=keyring, person_id=session.person_id)
    return mask_number(profile.citizen_number)
