"""Setting up codes by text message on the way, for whose number takes them, by policy alone."""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.possession import UsedUp
from idp.accounts.text_steps import add_telephone, find_number
from idp.factors.kinds import SMS
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contact_values import mask_phone
from idp.people.models import ContactKind
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.enrol import confirmed_from
from idp.signin.factors import go_on_as, raise_to
from idp.signin.kept import go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.visit import Going, going_to, step_page
from idp.web.contact_codes import (
    EMPTY_CODE,
    WRONG_CODE,
    errors_beside,
    no_more_codes,
    rules_of,
    send_second,
)
from idp.web.csrf import OwnForm
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class EnrolTextPage:
    """The number, all but its end hidden, and the code on its way there; as `EnrolPage`."""

    going: Going
    number: str
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    confirmed_from: datetime | None
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/enrol-text")
@step_page(SMS.enrol_page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The risk in words and the button that has a code sent; then the form for it."""
    at, part = clock.now(), SignInPart.of(request)
    number = find_number(db, keyring=Site.of(request).keyring, session=session, at=at)
    who = {"person_id": session.person_id, "sid": session.sid}
    code = find_code(db, purpose=Purpose.SECOND, **who, at=at)
    page = EnrolTextPage(
        going=going_to(request, interaction),
        number=mask_phone(number or ""),
        code=code,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        outbox=part.shown_by.get(ContactKind.PHONE, ""),
        confirmed_from=confirmed_from(request, session, at=at),
        errors=errors_beside(code, read_kept(request, interaction, SMS.enrol_page).errors),
    )
    return render(request, "signin/enrol_text.html", page)


@router.post("/signin/{interaction_id}/enrol-text")
@step_page(SMS.enrol_page)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Send a code, or take it: that is the second factor of this sign-in, too."""
    at, rules = clock.now(), SignInPart.of(request).assurance
    if "send" in form:
        return _send(request, db, interaction, session)
    if not form.get("code", "").strip():
        return _refuse(request, interaction, "code", EMPTY_CODE)
    added = add_telephone(
        db, form["code"], rules=rules_of(request), settings=rules, session=session, at=at
    )
    if isinstance(added, UsedUp):
        return _refuse(request, interaction, "", no_more_codes(added))
    if added is None:
        return _refuse(request, interaction, "code", WRONG_CODE)
    shown = with_shown(session.evidence, SMS, trust=added.trust, factor_id=added.id, at=at)
    raised = raise_to(request, db, interaction, session, shown, at=at)
    return go_on_as(request, db, interaction, raised)


def _send(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """Also one more: the same button pressed again, once its answer was seen, asks for another."""
    number = find_number(db, keyring=Site.of(request).keyring, session=session, at=clock.now())
    problem = send_second(request, db, session, number) if number else None
    errors = {"": problem} if problem else {}
    return go_back_to(request, interaction, SMS.enrol_page, errors=errors)


def _refuse(request: Request, interaction: Interaction, name: str, error: Message) -> Response:
    return go_back_to(request, interaction, SMS.enrol_page, errors={name: error})
