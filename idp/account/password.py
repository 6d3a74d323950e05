"""My password: changed with the present one, by someone who has just signed in.

Counted and committed first, checked without a connection, like any other guess at a password.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, require_fresh_owner, restart_session
from idp.account.part import AccountPart
from idp.accounts.changes import set_password
from idp.factors.attempts import Attempt, settle_right, settle_wrong
from idp.factors.kinds import PASSWORD
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.profile import read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.attempts import count_attempt
from idp.web.cookies import set_device
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.lanes import Lane, in_lane
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.password_check import check_password, find_new_errors, hash_after_check
from idp.web.repeats import answer_again, keep
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.waits import wait_message

router = Router()
PATH = "/account/password"
SAME_PASSWORD = Message("This is your old password. Choose another one.")


@immutable
class PasswordPage:
    """The form; `number` is for password managers."""

    name: str
    number: str
    least: int
    errors: dict[str, Message]


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The form, for someone who has just authenticated with all they have."""
    return render(request, "account/password.html", read_page(request, db, session))


def read_page(request: Request, db: Session, session: CurrentSession) -> PasswordPage:
    """The form for a new password of whoever is signed in, as they left it."""
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    return PasswordPage(
        name=profile.name,
        number=profile.citizen_number,
        least=AccountPart.of(request).passwords.min_length,
        errors=errors_in(read_left(request, whose=session.sid)),
    )


@router.post(PATH)
@in_lane(Lane.HASHES)
def submit(request: Request, form: OwnForm) -> Response:
    """Change it. Every other session ends, and every grant; this browser stays signed in."""
    at, part, keyring = clock.now(), AccountPart.of(request), Site.of(request).keyring
    with transaction(request) as db:
        session = answer_again(request, db) or _require(request, db)
        if isinstance(session, Response):
            return session
        profile = read_profile(db, keyring=keyring, person_id=session.person_id)
        errors = find_new_errors(part.passwords, form, owner=profile.declared)
        if not form.get("present"):
            errors = {"present": Message(N_("Enter the current password.")), **errors}
        elif form["present"] == form["password"] and not errors:
            errors = {"password": SAME_PASSWORD}
        if errors:
            return keep(request, db, go_back(request, session, errors))
        attempt = count_attempt(
            request, db, PASSWORD, settings=part.throttle, person_id=session.person_id, at=at
        )
        if not attempt.is_allowed:
            errors = {"present": wait_message(attempt)}
            return keep(request, db, go_back(request, session, errors))
    checked = check_password(request, part.passwords, form.get("present", ""), attempt)
    if not checked.is_right:
        with transaction(request) as db:
            settle_wrong(db, attempt, at=at)
            errors = {"present": Message("The current password is not right.")}
            return keep(request, db, go_back(request, session, errors))
    password_hash = hash_after_check(request, part.passwords, form["password"], attempt)
    with transaction(request) as db:
        session = _require(request, db)
        if isinstance(session, Response):
            return session
        changed = _change(request, db, session, attempt, password_hash=password_hash)
        return keep(request, db, changed, whose=session.person_id)


def _require(request: Request, db: Session) -> CurrentSession | Response:
    session = require_fresh_owner(request, db, return_path=PATH)
    return keep(request, db, session) if isinstance(session, Response) else session


def _change(
    request: Request,
    db: Session,
    session: CurrentSession,
    attempt: Attempt,
    *,
    password_hash: str,
) -> Response:
    """Store it, which ends all access, and begin anew in this browser.

    To sign in again, when the session ended at this very moment.
    """
    at = clock.now()
    epoch = set_password(
        db,
        keyring=Site.of(request).keyring,
        person_id=session.person_id,
        password_hash=password_hash,
        kept=session.shown,
        at=at,
        epoch=session.credentials_epoch,
        is_own=True,
    )
    if epoch is None:
        return RedirectResponse(PATH, status_code=303)
    rules = AccountPart.of(request).assurance
    secret = settle_right(db, attempt, assurance=rules, shown=session.kinds, at=at)
    set_device(request, secret)
    restart_session(request, db, session, epoch=epoch)
    return go_and_tell(
        request,
        "/account",
        Message("Your password is changed."),
        meaning=Message("You stay signed in here; everywhere else you are signed out."),
    )


def go_back(
    request: Request, session: CurrentSession, errors: Mapping[str, Message], *, path: str = PATH
) -> Response:
    """To the form, which says what is wrong and shows nothing of what was typed."""
    return leave(request, path, packed_errors(errors), whose=session.sid)
