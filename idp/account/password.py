"""My password: changed with the present one, by someone who has just signed in.

Counted and committed first, checked without a connection, like any other guess at a password.
"""

from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import require_fresh_owner
from idp.account.part import AccountPart
from idp.journal.record import record
from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.people import throttle
from idp.people.blocklist import find_problem
from idp.people.passwords import hash_password
from idp.people.profile import read_profile
from idp.people.status import set_password
from idp.people.throttle import Attempt, Counters
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import start_session
from idp.tokens.end import end_person_access
from idp.web.client_ip import client_ip
from idp.web.cookies import set_session
from idp.web.csrf import OwnForm
from idp.web.current import browser_id
from idp.web.db import transaction
from idp.web.messages import N_, Message
from idp.web.password_check import check_password
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()
PATH = "/account/password"


@dataclass(frozen=True)
class PasswordPage:
    """The form. `wait_seconds`: until the next attempt; None: support has to help."""

    name: str
    least: int
    wait_seconds: int | None = 0
    errors: dict[str, Message] = field(default_factory=dict)


@router.get(PATH)
def show(request: Request) -> Response:
    """The form, for someone who has just authenticated with all they have."""
    with transaction(request) as db:
        session = require_fresh_owner(request, db, return_path=PATH)
        return session if isinstance(session, Response) else _answer(request, session)


@router.post(PATH)
def submit(request: Request, form: OwnForm) -> Response:
    """Change it. Every other session ends, and every grant; this browser stays signed in."""
    at, part = clock.now(), AccountPart.of(request)
    with transaction(request) as db:
        session = require_fresh_owner(request, db, return_path=PATH)
        if isinstance(session, Response):
            return session
        errors = _find_errors(request, db, session, form)
        if errors:
            return _answer(request, session, errors=errors, status=422)
        counters = _counters(request, session)
        attempt = throttle.count_attempt(
            db,
            settings=part.throttle,
            counters=counters,
            person_id=session.person_id,
            factor="password",
            at=at,
        )
        if not attempt.is_allowed:
            _note(db, session, "signin.throttled", at=at)
            return _refuse(request, session, attempt)
    stored = attempt.credentials.password_hash if attempt.credentials else None
    present = form.get("present", "")
    checked = check_password(request, part.passwords, present, stored=stored, counters=counters)
    if not checked.is_right:
        with transaction(request) as db:
            throttle.count_source_failure(db, source=counters.source, at=at)
            _note(db, session, "signin.attempt_failed", at=at)
        error = Message(N_("The present password is not right."))
        return _answer(request, session, errors={"present": error}, status=422)
    password_hash = hash_password(part.passwords, form["password"])
    with transaction(request) as db:
        session = require_fresh_owner(request, db, return_path=PATH)
        if isinstance(session, Response):
            return session
        return _change(request, db, session, counters, password_hash=password_hash)


def _find_errors(
    request: Request, db: Session, session: CurrentSession, form: dict[str, str]
) -> dict[str, Message]:
    """What is wrong with the new password; nothing of it says whether the present one is right."""
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    password = form.get("password", "")
    problem = find_problem(
        AccountPart.of(request).passwords,
        password,
        number=profile.citizen_number,
        name=profile.name,
        birthdate=profile.birthdate,
    )
    if problem is not None:
        return {"password": problem}
    if password != form.get("again", ""):
        return {"again": Message(N_("The two passwords differ."))}
    return {}


def _change(
    request: Request,
    db: Session,
    session: CurrentSession,
    counters: Counters,
    *,
    password_hash: str,
) -> Response:
    """Store it, end everything that stood on the old one, and begin anew in this browser.

    To sign in again, when the session ended at this very moment.
    """
    at, keyring = clock.now(), Site.of(request).keyring
    if not set_password(
        db,
        keyring=keyring,
        person_id=session.person_id,
        password_hash=password_hash,
        at=at,
        epoch=session.credentials_epoch,
    ):
        return RedirectResponse(PATH, status_code=303)
    throttle.forgive(db, counters=counters, is_complete=True, at=at)
    end_person_access(db, person_id=session.person_id)
    epoch = read_profile(db, keyring=keyring, person_id=session.person_id).credentials_epoch
    started = start_session(
        db,
        settings=Site.of(request).sessions,
        person_id=session.person_id,
        credentials_epoch=epoch,
        authentication=session.authentication,
        amr=session.amr,
        at=session.authenticated_at,
        source_address=client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    set_session(request, started.token, sid=started.sid)
    return RedirectResponse("/account", status_code=303)


def _refuse(request: Request, session: CurrentSession, attempt: Attempt) -> Response:
    wait = attempt.wait_seconds
    error = Message(
        N_("Too many wrong attempts. Please go to the support desk with your ID card.")
        if wait is None
        else N_("Too many wrong attempts.")
    )
    headers = {"Retry-After": str(wait)} if wait else {}
    page = PasswordPage(session.name, _least(request), wait, {"present": error})
    return render(request, "account/password.html", page, status=429, headers=headers)


def _answer(
    request: Request,
    session: CurrentSession,
    *,
    errors: dict[str, Message] | None = None,
    status: int = 200,
) -> Response:
    page = PasswordPage(session.name, _least(request), errors=errors or {})
    return render(request, "account/password.html", page, status=status)


def _counters(request: Request, session: CurrentSession) -> Counters:
    return throttle.counters_of(
        Site.of(request).keyring,
        person_id=session.person_id,
        identifier_hash=None,
        browser_hash=token_hash(browser_id(request)),
        address=client_ip(request),
    )


def _note(db: Session, session: CurrentSession, event: str, *, at: datetime) -> None:
    record(
        db,
        event=event,
        at=at,
        reason="password",
        subject_number=session.subject_number,
        counted=False,
    )


def _least(request: Request) -> int:
    return AccountPart.of(request).passwords.min_length
