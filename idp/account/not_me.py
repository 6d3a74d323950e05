"""“This was not me”: what will happen, the act, and a new password in the same browser."""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.activity import PATH as ACTIVITY
from idp.account.activity import Line, lines_of
from idp.account.codes import PATH as CODES
from idp.account.entry import owner_page, require_owner, restart_session
from idp.account.part import AccountPart
from idp.account.password import PATH as PASSWORD
from idp.account.password import SAME_PASSWORD, go_back, read_page
from idp.accounts.disowning import (
    ContactBefore,
    choose_password,
    contact_before,
    disown,
    find_own,
    find_void_hash,
    may_choose_password,
)
from idp.accounts.other_hands import list_in_doubt
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSKEY, RECOVERY_CODE
from idp.factors.password import hash_password, verify_password
from idp.factors.recovery_codes import find_set
from idp.factors.ways import Way
from idp.journal.activity import Activity
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.models import ContactKind
from idp.people.opening_contacts import find_opening
from idp.people.profile import read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.arguments import RowId
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.password_check import find_new_errors
from idp.web.repeats import answer_again, keep
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = f"{ACTIVITY}/{{entry_id}}/not-me"
NEW_PASSWORD = "/account/not-me/password"
OTHERS, NONE = "others", "none"
"""The boxes of what somebody else may have, and the one that says: nothing."""
_NOT_SAID = Message(
    "Tick what somebody else may have or have seen. If there is nothing, tick only “None of these”."
)


@immutable
class NotMePage:
    """What is said not to have been the person, and what will happen.

    `takes_factors`: there is a second step that may be somebody else's, and goes. `in_doubt`: what
    stays unless the person says that somebody may have it; of that, `ticked` is so already.
    `is_by_code`: they showed a recovery code just now. `before`: what a contact is again. `helps`:
    how who leaves before choosing a password comes back: by the passkey they have just shown, by
    the kind of contact, or at none but a `desk`. `has_second`: beside the contact there is another
    factor; `hours`: how long a telephone number alone waits.
    """

    name: str
    entry_id: int
    line: Line
    takes_factors: bool
    in_doubt: tuple[Way, ...]
    ticked: tuple[str, ...]
    is_by_code: bool
    before: ContactBefore | None
    helps: str
    has_second: bool
    hours: int
    errors: Mapping[str, Message]


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def ask(request: Request, db: Session, session: CurrentSession, entry_id: RowId) -> Response:
    """Say what will happen, before it does: it cannot be undone."""
    at = clock.now()
    event = find_own(db, session=session, entry_id=entry_id, at=at)
    if event is None:
        return _nothing(request)
    [line] = lines_of(request, db, [event])
    own, keyring = read_credentials(db, person_id=session.person_id), Site.of(request).keyring
    going = own.unconfirmed(at=at, shown=session.shown)
    before = contact_before(db, event, keyring=keyring, session=session, at=at)
    in_doubt = list_in_doubt(db, session=session, own=own, at=at)
    left = read_left(request, whose=session.sid)
    page = NotMePage(
        name=session.name,
        entry_id=entry_id,
        line=line,
        takes_factors=bool(going),
        in_doubt=in_doubt,
        ticked=tuple(left.get("ticked", _implied(event, in_doubt))),
        is_by_code=RECOVERY_CODE in session.kinds,
        before=before,
        helps=_helps(request, db, session, before),
        has_second=len(own.factors) > len(going),
        hours=int(AccountPart.of(request).recovery.wait.total_seconds()) // 3600,
        errors=errors_in(left),
    )
    return render(request, "account/not_me.html", page)


def _implied(event: Activity, in_doubt: Collection[Way]) -> list[str]:
    """What somebody has, where that event was not the person: what it was done with, or done to."""
    kind = RECOVERY_CODE.name if event.event == "recovery_code.used" else event.kind
    return [str(way.id) for way in in_doubt if way.kind.name == kind]


def _helps(
    request: Request, db: Session, session: CurrentSession, before: ContactBefore | None
) -> str:
    """How who leaves too early comes back: as `recovery` has them, by the contacts there are then.

    A passkey needs no password, and what was shown stays.
    """
    if PASSKEY in session.kinds:
        return PASSKEY.name
    keyring, at, part = Site.of(request).keyring, clock.now(), AccountPart.of(request)
    for kind in ContactKind:
        undone = before.changed_at if before is not None and before.kind is kind else None
        opens = find_opening(db, keyring, session.person_id, kind=kind, undone=undone, at=at)
        if kind in part.reached_by and opens:
            return kind.value
    return "desk"


@router.post(PATH)
@owner_page(PATH, is_fresh=True)
def act(
    request: Request, db: Session, session: CurrentSession, form: OwnForm, entry_id: RowId
) -> Response:
    """End all access, void the password, and go on to a new one in this browser.

    Once it was said of all that nobody showed whether somebody else may have it.
    """
    keyring, at = Site.of(request).keyring, clock.now()
    own = read_credentials(db, person_id=session.person_id)
    in_doubt = list_in_doubt(db, session=session, own=own, at=at)
    theirs = [way.id for way in in_doubt if f"{OTHERS}.{way.id}" in form]
    is_none = f"{OTHERS}.{NONE}" in form
    is_owned = find_own(db, session=session, entry_id=entry_id, at=at) is not None
    if is_owned and in_doubt and bool(theirs) == is_none:
        ticked = [*map(str, theirs), *([NONE] if is_none else [])]
        left = {**packed_errors({OTHERS: _NOT_SAID}), "ticked": ticked}
        return leave(request, f"{ACTIVITY}/{entry_id}/not-me", left, whose=session.sid)
    epoch = disown(
        db, keyring=keyring, session=session, entry_id=entry_id, at=at, in_other_hands=theirs
    )
    if epoch is None:
        return _nothing(request)
    restart_session(request, db, session, epoch=epoch)
    return go_and_tell(
        request,
        NEW_PASSWORD,
        Message("Everybody is signed out, and your old password no longer works."),
        meaning=Message(
            "The operator is told and looks into it. Now choose a new password: you have 30 "
            "minutes, in this browser."
        ),
    )


@router.get(NEW_PASSWORD)
@owner_page(NEW_PASSWORD)
def show_password(request: Request, db: Session, session: CurrentSession) -> Response:
    """The form, for whoever has just said it; everyone else changes theirs by the usual page."""
    if not may_choose_password(db, session=session, at=clock.now()):
        return RedirectResponse(PASSWORD, status_code=303)
    return render(request, "account/not_me_password.html", read_page(request, db, session))


@router.post(NEW_PASSWORD)
@in_lane(Lane.HASHES)
def submit_password(request: Request, form: OwnForm) -> Response:
    """Set it; no connection is held while hashing."""
    part, keyring = AccountPart.of(request), Site.of(request).keyring
    with transaction(request) as db:
        session = answer_again(request, db) or _require(request, db)
        if isinstance(session, Response):
            return session
        profile = read_profile(db, keyring=keyring, person_id=session.person_id)
        errors = find_new_errors(part.passwords, form, owner=profile.declared)
        if errors:
            back = go_back(request, session, errors, path=NEW_PASSWORD)
            return keep(request, db, back)
        void = find_void_hash(db, keyring=keyring, session=session, at=clock.now())
    is_old = bool(void and verify_password(part.passwords, form["password"], void).is_right)
    password_hash = "" if is_old else hash_password(part.passwords, form["password"])
    with transaction(request) as db:
        session = _require(request, db)
        if isinstance(session, Response):
            return session
        if is_old:
            back = go_back(request, session, {"password": SAME_PASSWORD}, path=NEW_PASSWORD)
            return keep(request, db, back)
        chosen = _choose(request, db, session, password_hash)
        return keep(request, db, chosen, whose=session.person_id)


def _require(request: Request, db: Session) -> CurrentSession | Response:
    session = require_owner(request, db, return_path=NEW_PASSWORD)
    if isinstance(session, Response):
        return keep(request, db, session)
    if may_choose_password(db, session=session, at=clock.now()):
        return session
    return keep(request, db, RedirectResponse(PASSWORD, status_code=303))


def _choose(request: Request, db: Session, session: CurrentSession, password_hash: str) -> Response:
    epoch = choose_password(
        db,
        keyring=Site.of(request).keyring,
        session=session,
        password_hash=password_hash,
        at=clock.now(),
    )
    if epoch is None:
        return RedirectResponse(PASSWORD, status_code=303)
    restart_session(request, db, session, epoch=epoch)
    meaning, onward = _next(db, session)
    return go_and_tell(
        request,
        "/account",
        Message("Your new password is set, and your account is yours alone."),
        meaning=meaning,
        onward=onward,
    )


def _next(db: Session, session: CurrentSession) -> tuple[Message, tuple[Message, str]]:
    """What is left to do: another sheet, of whoever has none, or has one that was shown here."""
    is_by_code = RECOVERY_CODE in session.kinds
    has_second = session.authentication > 1
    if has_second and (is_by_code or find_set(db, person_id=session.person_id) is None):
        return (
            Message(
                "You are signed in only in this browser. Make new recovery codes now: the sheet "
                "you used stops working with them, so nobody who has seen it gets in."
            )
            if is_by_code
            else Message(
                "You are signed in only in this browser. Make new recovery codes now, for the day "
                "your phone is lost."
            ),
            (Message("Make new recovery codes"), CODES),
        )
    return Message("You are signed in only in this browser."), (Message("My sign-ins"), ACTIVITY)


def _nothing(request: Request) -> Response:
    return go_and_tell(
        request,
        ACTIVITY,
        Message("Nothing was done"),
        meaning=Message("You said so already, or this is no event of yours. Look again below."),
        is_done=False,
    )
