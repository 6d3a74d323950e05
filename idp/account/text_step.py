"""Codes by text message as my second step: set up for the number of my account, by policy alone."""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, raise_session_with
from idp.account.factor import PATH as WAYS
from idp.account.factor import may_add_telephone
from idp.account.part import AccountPart
from idp.accounts.possession import UsedUp
from idp.accounts.text_steps import add_telephone, find_number
from idp.factors.ways import list_ways
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contact_values import mask_phone
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession
from idp.web.contact_codes import (
    EMPTY_CODE,
    WRONG_CODE,
    errors_beside,
    no_more_codes,
    rules_of,
    send_second,
)
from idp.web.csrf import OwnForm
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/text-step"


@immutable
class TextStepPage:
    """The number, all but its end hidden, or empty: none that counts. See `TextMessagePage`."""

    name: str
    number: str
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    errors: dict[str, Message] = field(default_factory=dict)


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The risk in words and the button that has a code sent; then the form for it."""
    if not _may_add(request, db, session):
        return RedirectResponse(WAYS, status_code=303)
    at, part = clock.now(), AccountPart.of(request)
    number = find_number(db, keyring=Site.of(request).keyring, session=session, at=at)
    who = {"person_id": session.person_id, "sid": session.sid}
    code = find_code(db, purpose=Purpose.SECOND, **who, at=at) if number else None
    page = TextStepPage(
        name=session.name,
        number=mask_phone(number) if number else "",
        code=code,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        outbox=part.shown_by.get(ContactKind.PHONE, ""),
        errors=errors_beside(code, errors_in(read_left(request, whose=session.sid))),
    )
    return render(request, "account/text_step.html", page)


@router.post(PATH)
@owner_page(PATH, is_fresh=True)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Send a code, or take it: with that codes by text message are a second step."""
    if not _may_add(request, db, session):
        return RedirectResponse(WAYS, status_code=303)
    if "send" in form:
        return _send(request, db, session)
    if not form.get("code", "").strip():
        return _back(request, session, {"code": EMPTY_CODE})
    at, rules = clock.now(), AccountPart.of(request).assurance
    added = add_telephone(
        db, form["code"], rules=rules_of(request), settings=rules, session=session, at=at
    )
    if isinstance(added, UsedUp):
        return _back(request, session, {"": no_more_codes(added)})
    if added is None:
        return _back(request, session, {"code": WRONG_CODE})
    raise_session_with(request, db, session, added, at=at)
    return go_and_tell(
        request,
        WAYS,
        Message("Codes by text message are set up."),
        meaning=Message(
            "Services up to level 2 (LoA2) take them beside the password. A passkey is safer."
        ),
    )


def _send(request: Request, db: Session, session: CurrentSession) -> Response:
    at = clock.now()
    number = find_number(db, keyring=Site.of(request).keyring, session=session, at=at)
    if number is None:
        return RedirectResponse(PATH, status_code=303)
    problem = send_second(request, db, session, number)
    return _back(request, session, {"": problem} if problem else {})


def _may_add(request: Request, db: Session, session: CurrentSession) -> bool:
    ways = list_ways(db, person_id=session.person_id, at=clock.now())
    return may_add_telephone(request, session, ways)


def _back(request: Request, session: CurrentSession, errors: dict[str, Message]) -> Response:
    return leave(request, PATH, packed_errors(errors), whose=session.sid)
