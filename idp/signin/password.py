"""The password page: counted and committed first, checked without a connection, then a session."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.assurance.evidence import authentication_of
from idp.factors.attempts import Attempt, settle_wrong
from idp.factors.ceremony import Purpose
from idp.factors.credentials import keep_rehashed
from idp.factors.kinds import PASSWORD, TOTP
from idp.factors.passkeys import has_passkey_here
from idp.factors.password import Verification
from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_session
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.identifiers import mask_number
from idp.people.profile import read_profile
from idp.sessions.evidence import shown_since
from idp.sessions.lookup import CurrentSession
from idp.signin.asks_passkey import ask_passkey
from idp.signin.ending import end_as, ending
from idp.signin.factors import count_attempt, last_tries_message, settle_right, sign_in, tell_if_new
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.otp import take_code
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, go_to, has_identifier, own_session
from idp.signin.remembered import find_remembered_in, remember_number
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_visit, going_to, interaction_page, typed_number
from idp.web.browser import device_secret
from idp.web.cookies import set_device
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.password_check import check_password
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.waits import wait_message
from idp.web.who import signed_in

router = Router()
_NUMBER_DIGITS = 12
_EMPTY = Message("Enter your password.")
_WRONG = Message(
    "The personal number or the password is not right. Check them, or choose “Forgot your "
    "password?”. Just registered? Add your six digits to the number."
)
_WRONG_CLAIM = Message(
    "The personal number or the password is not right. Check them, or choose “Forgot your "
    "password?”. Is your number confirmed already? Type its 12 digits only."
)


@immutable
class PasswordPage:
    """The form for a password, and whose: a number but for its last digits, if known here.

    `typed_number` is for password managers: whole, as it was typed for this sign-in, else empty.
    `is_remembered`: the browser knew it. `asks_code`: of whom it remembers that they have an app,
    where a code is needed, too, both are asked for at once. `is_passkey_first`: the browser is
    known as that of somebody who has a passkey, who is asked for that; the password is beside.
    """

    going: Going
    masked_number: str
    typed_number: str
    is_remembered: bool
    asks_code: bool
    is_again: bool
    passkey: AskedPasskey | None
    is_passkey_first: bool
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/password")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """The form, the same for known and unknown accounts."""
    if not has_identifier(interaction):
        return go_to(request, interaction, Step.IDENTIFIER)
    session = own_session(request, db, interaction)
    typed, remembered = typed_number(request, interaction), find_remembered_in(request, interaction)
    number = typed or (remembered.number if remembered else "")
    errors = read_kept(request, interaction, PASSWORD.page).errors
    page = PasswordPage(
        going=going_to(request, interaction),
        masked_number=mask_number(number) if number else _masked_own(request, db, session),
        typed_number=typed,
        is_remembered=remembered is not None,
        asks_code=remembered is not None
        and remembered.has_code
        and interaction.needs.authentication > authentication_of((PASSWORD,)),
        is_again=session is not None or interaction.authenticate_after is not None,
        passkey=ask_passkey(request, interaction, Purpose.OWN),
        is_passkey_first=not errors and _has_passkey_here(request, db, interaction),
        errors=errors,
    )
    return render(request, "signin/password.html", page)


def _has_passkey_here(request: Request, db: Session, interaction: Interaction) -> bool:
    """Whether to ask for one first. The same statements whoever's number was typed."""
    device = device_secret(request)
    if not device or not SignInPart.of(request).passkeys.is_on:
        return False
    return has_passkey_here(db, person_id=interaction.person_id, device=device)


@router.post("/signin/{interaction_id}/password")
@in_lane(Lane.HASHES)
def submit(request: Request, form: OwnForm) -> Response:
    """Count the attempt, then check it; no connection is held while hashing."""
    at = clock.now()
    with transaction(request) as db:
        interaction = begin_visit(request, db)
        if isinstance(interaction, Response):
            return interaction
        if not form.get("password"):
            return keep(request, db, interaction, _back(request, interaction, _EMPTY))
        before = signed_in(request, db)
        way = _other_way(request, db, interaction, before)
        if way is not None:
            return keep(request, db, interaction, way)
        attempt = count_attempt(request, db, interaction, PASSWORD, at=at)
        if not attempt.is_allowed:
            back = _back(request, interaction, wait_message(attempt))
            return keep(request, db, interaction, back)
    rules, typed = SignInPart.of(request).passwords, form.get("password", "")
    checked = check_password(request, rules, typed, attempt)
    return ending(
        request,
        lambda: _judge(request, interaction, form, attempt, checked, before=before, at=at),
    )


def _judge(
    request: Request,
    interaction: Interaction,
    form: Mapping[str, str],
    attempt: Attempt,
    checked: Verification,
    *,
    before: CurrentSession | None,
    at: datetime,
) -> Response:
    """What a checked password comes to, and a code that came with it, where one is next.

    `at` is when it was counted.
    """
    keyring, credentials = Site.of(request).keyring, attempt.credentials
    with transaction(request) as db:
        if credentials is None or not checked.is_right:
            left = settle_wrong(db, attempt, at=at)
            is_claim = len(typed_number(request, interaction)) > _NUMBER_DIGITS
            wrong = _WRONG_CLAIM if is_claim else _WRONG
            back = _back(request, interaction, last_tries_message(left) or wrong)
            return keep(request, db, interaction, back)
        set_device(request, settle_right(request, db, attempt, at=at))
        if checked.new_hash:
            keep_rehashed(db, credentials, keyring=keyring, new_hash=checked.new_hash)
        if "remember" in form:
            remember_number(request, interaction)
        now = clock.now()
        session = sign_in(request, db, interaction, account=credentials, before=before, at=now)
        if not attempt.is_in_known_browser:
            tell_if_new(request, db, interaction, session, before=before, at=now)
        step = find_step(request, db, interaction, session, credentials=credentials)
        code = form.get("otp", "") if TOTP.page in step.pages else ""
        if not code:
            return end_as(request, db, interaction, session, page=step.page)
        remember_session(db, interaction_id=interaction.id, sid=session.sid)
    return take_code(request, interaction, session, code)


def _other_way(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession | None
) -> Response | None:
    """Where whoever needs no password goes; None: it is asked for.

    Who is signed in and has shown one since it was asked for goes on, as when they reload: they
    did so in another tab.
    """
    if not has_identifier(interaction):
        return go_to(request, interaction, Step.IDENTIFIER)
    if session is None or not is_about(interaction, session.person_id):
        return None
    if not shown_since(session.shown, interaction.needs.authenticate_after):
        return None
    step = find_step(request, db, interaction, session)
    return None if PASSWORD.page in step.pages else go_to(request, interaction, step.page)


def _back(request: Request, interaction: Interaction, error: Message) -> Response:
    return go_back_to(request, interaction, PASSWORD.page, errors={"password": error})


def _masked_own(request: Request, db: Session, session: CurrentSession | None) -> str:
    """The number of who is signed in."""
    if session is None:
        return ""
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    return mask_number(profile.citizen_number)
