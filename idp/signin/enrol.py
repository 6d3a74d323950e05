"""A second factor set up on the way, by who has none: an app here, or the way to others.

A passkey and a telephone have pages of their own, which this one leads to.
"""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.changes import add_factor
from idp.accounts.enrolment import trust_in_new
from idp.accounts.possession import may_show
from idp.factors.kinds import PASSKEY, SMS, TOTP
from idp.factors.recovery_codes import begin_set
from idp.factors.totp import Enrolment, begin_enrolment, prove_enrolment, why_not
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.codes import PAGE as CODES
from idp.signin.factors import go_on_as, raise_to
from idp.signin.kept import go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.visit import Going, going_to, step_page, typed_number, ways
from idp.web.csrf import OwnForm
from idp.web.language import product_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class EnrolPage:
    """The choice, and for an app: a secret as QR code and as text, and the form for the first code.

    `number` is for password managers. `confirmed_from`: when any of them will count for who the
    person is, if not at once. `may_confirm`: a code makes it count at once. `has_passkey`,
    `has_text`: these would do.
    """

    going: Going
    number: str
    enrolment: Enrolment
    confirmed_from: datetime | None
    may_confirm: bool
    has_passkey: bool
    has_text: bool
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/enrol")
@step_page(TOTP.enrol_page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The secret to put into an app; the same again when the page is reloaded."""
    keyring, at = Site.of(request).keyring, clock.now()
    page = EnrolPage(
        going=going_to(request, interaction),
        number=typed_number(request, interaction),
        enrolment=begin_enrolment(
            db, keyring=keyring, session=session, at=at, issuer=product_of(request)
        ),
        confirmed_from=confirmed_from(request, session, at=at),
        may_confirm=may_confirm(request, db, session, at=at),
        has_passkey=PASSKEY in ways(request),
        has_text=SMS in ways(request),
        errors=read_kept(request, interaction, TOTP.enrol_page).errors,
    )
    return render(request, "signin/enrol.html", page)


def confirmed_from(request: Request, session: CurrentSession, *, at: datetime) -> datetime | None:
    """When what is set up now will count for who the person is; None: at once."""
    trust = trust_in_new(session, settings=SignInPart.of(request).assurance, at=at)
    return trust.since if trust.since > at else None


def may_confirm(request: Request, db: Session, session: CurrentSession, *, at: datetime) -> bool:
    """Whether a code by e-mail, shown first, makes it count at once."""
    return SignInPart.of(request).offers_mail and may_show(db, session, at=at)


@router.post("/signin/{interaction_id}/enrol")
@step_page(TOTP.enrol_page)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Confirm the app by its first code; that is the second factor of this sign-in, too.

    Whoever wants recovery codes beside it is shown them next.
    """
    typed = form.get("otp", "")
    raised = set_up_app(request, db, interaction, session, typed)
    if raised is None:
        errors = {"otp": Message(why_not(typed))}
        return go_back_to(request, interaction, TOTP.enrol_page, errors=errors)
    page = show_codes(request, db, raised) if "codes" in form else ""
    return go_on_as(request, db, interaction, raised, page=page)


def set_up_app(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, typed: str
) -> CurrentSession | None:
    """Bind the app whose first code was typed: the session with it; None for a wrong code."""
    keyring, rules, at = Site.of(request).keyring, SignInPart.of(request).assurance, clock.now()
    app = prove_enrolment(db, keyring=keyring, session=session, typed=typed, at=at)
    trust = add_factor(db, app, session=session, settings=rules, at=at) if app else None
    if app is None or trust is None:
        return None
    shown = with_shown(session.evidence, TOTP, trust=trust, factor_id=app.id, at=at)
    return raise_to(request, db, interaction, session, shown, at=at)


def show_codes(request: Request, db: Session, session: CurrentSession) -> str:
    """Make recovery codes; the page that shows them."""
    begin_set(db, keyring=Site.of(request).keyring, session=session, at=clock.now())
    return CODES
