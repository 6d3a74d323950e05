"""Is that number yours? A code to the contact that the population register holds shows it.

The page says nothing of whether there is such a contact, or whether the register agrees: it reads
alike for everybody until the right code is typed. Whoever has no code to type goes to a desk.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.enrolment import is_fresh
from idp.accounts.possession import (
    Sending,
    UsedUp,
    confirm_code,
    may_show,
    send_code,
)
from idp.factors.credentials import read_credentials
from idp.factors.kinds import TOTP
from idp.factors.totp import Enrolment, begin_enrolment, why_not
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind
from idp.people.names import has_marks
from idp.people.profile import PersonProfile, read_profile
from idp.sessions.lookup import CurrentSession
from idp.signin.enrol import set_up_app
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import go_on, go_to, may_correct, own_session
from idp.signin.proven import go_on_proven
from idp.signin.visit import Going, going_to, interaction_page, typed_number
from idp.web.contact_codes import EMPTY_CODE, TOO_SOON, errors_beside
from idp.web.csrf import OwnForm
from idp.web.language import language_of, product_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip
from idp.web.waits import hours_until

router = Router()
PAGE = "confirm"


@immutable
class ConfirmPage:
    """`claim` is what the person signs in with until the number is theirs, in groups.

    `number` is for password managers. `is_again`: they showed that it is theirs before, and now
    that a second step is. `enrolment` is of an app that the service needs as well, to be set up on
    the way; where this page has to warn of something, the next one asks for the app. `entered` is
    what a code is sent for, of whoever `may_correct`.

    `lacks_marks`: to a name that a card writes with marks no code is sent.

    `outbox` is the demo's page of what was sent; empty elsewhere.
    """

    going: Going
    number: str
    is_again: bool
    lacks_marks: bool
    claim: tuple[str, ...]
    offers_mail: bool
    offers_post: bool
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    enrolment: Enrolment | None
    entered: PersonProfile | None
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/confirm")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """How to confirm; whoever has nothing to confirm goes on."""
    session, keyring, at = own_session(request, db, interaction), _keyring(request), clock.now()
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    if not may_show(db, session, at=at):
        return go_on(request, db, interaction, session)
    part, person_id, sid = SignInPart.of(request), session.person_id, session.sid
    going = going_to(request, interaction)
    lacks_marks = not session.proofing and not has_marks(session.name)
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    code = find_code(db, purpose=Purpose.CONTACT, person_id=person_id, sid=sid, at=at)
    has_room = code and not lacks_marks and not going.is_sandbox
    page = ConfirmPage(
        going=going,
        number=(own.claim if own else "") or typed_number(request, interaction),
        is_again=session.proofing > 0,
        lacks_marks=lacks_marks,
        claim=_grouped(own.claim) if own else (),
        offers_mail=part.offers_mail,
        offers_post=part.post.is_offered,
        outbox=part.shown_by.get(ContactKind.EMAIL, ""),
        code=code,
        enrolment=_begin_app(request, db, interaction, session) if has_room else None,
        entered=read_profile(db, keyring=keyring, person_id=person_id)
        if may_correct(request, db, session)
        else None,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        errors=errors_beside(code, read_kept(request, interaction, PAGE).errors),
    )
    return render(request, "signin/confirm.html", page)


@router.post("/signin/{interaction_id}/confirm")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Send a code, take one, or go on without."""
    session = own_session(request, db, interaction)
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    if "correct" in form and may_correct(request, db, session):
        return _correct(request, db, interaction, session)
    is_over = "later" in form or not SignInPart.of(request).offers_mail
    if is_over or not may_show(db, session, at=clock.now()):
        return go_on(request, db, interaction, session)
    if "send" in form:
        return _send(request, db, interaction, session)
    if form.get("otp") and form.get("code") and _needs_app(request, db, interaction, session):
        raised = set_up_app(request, db, interaction, session, form["otp"])
        if raised is None:
            return go_back_to(
                request, interaction, PAGE, errors={"otp": Message(why_not(form["otp"]))}
            )
        session = raised
    return _confirm(request, db, interaction, session, form)


def _needs_app(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> bool:
    """Whether the service needs an app besides, which the person has not and may set up now."""
    if session.proofing or interaction.needs.authentication <= session.authentication:
        return False
    own, rules = read_credentials(db, person_id=session.person_id), SignInPart.of(request).assurance
    return TOTP not in own.held and is_fresh(session, own, settings=rules, at=clock.now())


def _begin_app(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Enrolment | None:
    if not _needs_app(request, db, interaction, session):
        return None
    return begin_enrolment(
        db,
        keyring=_keyring(request),
        session=session,
        at=clock.now(),
        issuer=product_of(request),
    )


def _correct(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """To the form as it was filled in; what it is sent with then makes another account."""
    keyring, person_id = _keyring(request), session.person_id
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    entered = {
        "number": own.number if own else "",
        "name": profile.name,
        "birthdate": "/".join(reversed(profile.birthdate.split("-"))),
        "sex": profile.sex.value,
    }
    kept = read_credentials(db, person_id=person_id).password_hash(keyring) or ""
    return go_back_to(request, interaction, "register", entered=entered, password_hash=kept)


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
    if isinstance(sending, UsedUp):
        errors = {"": _no_more(sending)}
    else:
        errors = {"": TOO_SOON} if sending is Sending.WAIT else {}
    return go_back_to(request, interaction, PAGE, errors=errors)


def _confirm(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    form: Mapping[str, str],
) -> Response:
    """Take the code. Every session ends with what it changes, and one begins here."""
    typed = form.get("code", "")
    if not typed:
        return go_back_to(request, interaction, PAGE, errors={"code": EMPTY_CODE})
    at = clock.now()
    came_to = confirm_code(
        db,
        typed,
        keyring=_keyring(request),
        settings=SignInPart.of(request).throttle,
        session=session,
        address=client_ip(request),
        at=at,
    )
    return go_on_proven(request, db, interaction, session, came_to, form=form, page=PAGE, at=at)


def _no_more(codes: UsedUp) -> Message:
    return Message(
        "No more codes can be sent for this number today. The next can be sent in %(num)s hour. "
        "Your ID card and a one-stop shop help sooner.",
        "No more codes can be sent for this number today. The next can be sent in %(num)s hours. "
        "Your ID card and a one-stop shop help sooner.",
        num=hours_until(codes.until),
    )


def _grouped(claim: str) -> tuple[str, ...]:
    """The number, and the digits after it."""
    return (claim[:12], claim[12:]) if claim else ()


def _keyring(request: Request) -> Keyring:
    return Site.of(request).keyring
