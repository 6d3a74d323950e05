"""My second factor: setting up an authenticator app, or moving to another one."""

from dataclasses import dataclass, field
from datetime import datetime

import segno
from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, require_fresh_owner
from idp.kit import clock
from idp.people.totp import begin_enrolment, confirm_enrolment, enrolled_at
from idp.sessions.end import end_other_sessions
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import raise_session
from idp.tokens.end import end_session_grants
from idp.web.cookies import set_session
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()
PATH = "/account/factor"


@dataclass(frozen=True)
class FactorPage:
    """Since when there is an app."""

    name: str
    enrolled_at: datetime | None


@dataclass(frozen=True)
class SetUpPage:
    """A secret as QR code and as text, and the form for the first code."""

    name: str
    qr: str
    uri: str
    secret: str
    is_replacement: bool
    errors: dict[str, str] = field(default_factory=dict)


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """Whether there is an app, and the way to set one up."""
    since = enrolled_at(db, person_id=session.person_id)
    return render(request, "account/factor.html", FactorPage(session.name, since))


@router.get(f"{PATH}/new")
def show_new(request: Request) -> Response:
    """The secret of a new app, for someone who has just authenticated with all they have."""
    with transaction(request) as db:
        session = require_fresh_owner(request, db, return_path=f"{PATH}/new")
        if isinstance(session, Response):
            return session
        return render(request, "account/factor_new.html", _page(request, db, session))


@router.post(f"{PATH}/new")
def submit_new(request: Request, form: OwnForm) -> Response:
    """Confirm the new app; the one before stops working, and other sessions end."""
    with transaction(request) as db:
        session = require_fresh_owner(request, db, return_path=f"{PATH}/new")
        if isinstance(session, Response):
            return session
        at = clock.now()
        if not confirm_enrolment(
            db,
            keyring=Site.of(request).keyring,
            person_id=session.person_id,
            sid=session.sid,
            epoch=session.credentials_epoch,
            code="".join(form.get("otp", "").split()),
            at=at,
            replace=session.authentication > 1,
        ):
            error = N_("This code is not right. Check the time on your phone and try again.")
            page = _page(request, db, session, error=error)
            return render(request, "account/factor_new.html", page, status=422)
        for sid in end_other_sessions(db, person_id=session.person_id, keep_sid=session.sid):
            end_session_grants(db, sid=sid)
        token = raise_session(
            db,
            settings=Site.of(request).sessions,
            sid=session.sid,
            authentication=2,
            amr=("pwd", "otp", "mfa"),
            at=at,
        )
        if token is not None:
            set_session(request, token, sid=session.sid)
        return RedirectResponse(PATH, status_code=303)


def _page(request: Request, db: Session, session: CurrentSession, *, error: str = "") -> SetUpPage:
    enrolment = begin_enrolment(
        db,
        keyring=Site.of(request).keyring,
        person_id=session.person_id,
        sid=session.sid,
        account_label=session.name,
        at=clock.now(),
    )
    return SetUpPage(
        name=session.name,
        qr=segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=2),
        uri=enrolment.uri,
        secret=enrolment.grouped_secret,
        is_replacement=session.authentication > 1,
        errors={"otp": error} if error else {},
    )
