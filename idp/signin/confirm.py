"""Is that number yours? A code to the contact that the population register holds shows it.

The page says nothing of whether there is such a contact, or whether the register agrees: it reads
alike for everybody until the right code is typed. Whoever has no code to type goes to a desk.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.numbers import NumberTaken
from idp.accounts.possession import POSSESSION, Sending, confirm_code, send_code
from idp.accounts.proofing import Proofed
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.identifiers import find_own_number
from idp.sessions.evidence import confirmed
from idp.sessions.lookup import CurrentSession
from idp.signin.factors import begin_anew
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import go_on, go_to, own_session
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PAGE = "confirm"
_WRONG = Message(
    "This code is not right, or no longer valid. Look at the newest message, or ask for a new code."
)
_TAKEN = Message(
    "You have an account with this number already. Sign out and sign in to that one. If it is not "
    "yours, or you cannot sign in, bring your ID card to a one-stop shop."
)
_REFUSED = {
    Sending.WAIT: Message("A code was asked for just now. Please wait a little."),
    Sending.USED_UP: Message("No more codes can be sent for this number today."),
}


@dataclass(frozen=True)
class ConfirmPage:
    """`claim` is what the person signs in with until the number is theirs, in groups.

    `outbox` is the demo's page of what was sent; empty elsewhere.
    """

    going: Going
    claim: tuple[str, ...]
    offers_mail: bool
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/confirm")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """How to confirm; whoever has nothing to confirm goes on."""
    session, keyring, at = own_session(request, db, interaction), _keyring(request), clock.now()
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    if session.proofing:
        return go_on(request, db, interaction, session)
    part, person_id, sid = SignInPart.of(request), session.person_id, session.sid
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    code = find_code(db, purpose=Purpose.CONTACT, person_id=person_id, sid=sid, at=at)
    page = ConfirmPage(
        going=going_to(request, interaction),
        claim=_grouped(own.claim) if own else (),
        offers_mail=part.offers_mail,
        outbox=part.shown_mail,
        code=code,
        resend_seconds=_seconds_until(code, at),
        errors=read_kept(request, interaction, PAGE).errors,
    )
    return render(request, "signin/confirm.html", page)


@router.post("/signin/{interaction_id}/confirm")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Send a code, take one, or go on without."""
    session = own_session(request, db, interaction)
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    if session.proofing or "later" in form or not SignInPart.of(request).offers_mail:
        return go_on(request, db, interaction, session)
    if "send" in form:
        return _send(request, db, interaction, session)
    return _confirm(request, db, interaction, session, typed=form.get("code", ""))


def _send(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    sending = send_code(
        db,
        keyring=_keyring(request),
        settings=SignInPart.of(request).throttle,
        session=session,
        language=language_of(request),
        at=clock.now(),
    )
    refused = _REFUSED.get(sending)
    errors = {"": refused} if refused else {}
    return go_back_to(request, interaction, PAGE, errors=errors)


def _confirm(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    typed: str,
) -> Response:
    """Take the code. Every session ends with what it changes, and one begins here."""
    at = clock.now()
    came_to = confirm_code(
        db,
        typed,
        keyring=_keyring(request),
        settings=SignInPart.of(request).throttle,
        session=session,
        at=at,
    )
    if not isinstance(came_to, Proofed):
        is_taken = isinstance(came_to, NumberTaken)
        errors = {"": _TAKEN} if is_taken else {"code": _WRONG}
        return go_back_to(request, interaction, PAGE, errors=errors)
    proven = replace(
        session,
        proofing=POSSESSION,
        credentials_epoch=came_to.credentials_epoch,
        evidence=confirmed(session.evidence),
        proven_at=at,
    )
    begun = begin_anew(request, db, interaction, proven, at=at)
    return go_on(request, db, interaction, begun)


def _seconds_until(code: OpenCode | None, at: datetime) -> int:
    return max(0, round((code.resend_at - at).total_seconds())) if code else 0


def _grouped(claim: str) -> tuple[str, ...]:
    """The number, and the digits after it."""
    return (claim[:12], claim[12:]) if claim else ()


def _keyring(request: Request) -> Keyring:
    return Site.of(request).keyring
