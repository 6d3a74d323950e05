"""My recovery codes: a set to print, in the place of the one before."""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, require_fresh_owner
from idp.account.factor import PATH as FACTOR
from idp.account.part import AccountPart
from idp.accounts.changes import replace_factor
from idp.factors.recovery_codes import (
    NewSet,
    begin_set,
    confirm_set,
    drop_set,
    find_begun_set,
    find_set,
)
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.kept import leave, read_left
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/codes"
_NOT_KEPT = N_("Print the codes or write them down, then tick the box. Or choose “Later”.")
_NEEDS_APP = Message("Recovery codes are made by who has just signed in with the app.")


@immutable
class CodesPage:
    """The codes; `has_set`: those before stop working with them."""

    name: str
    new: NewSet
    has_set: bool
    errors: dict[str, str] = field(default_factory=dict)


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """Ten codes, for someone who has just authenticated with all they have.

    Until they say that they are on paper they are shown again: the session was given them.
    """
    keyring, at = Site.of(request).keyring, clock.now()
    new = find_begun_set(db, keyring=keyring, session=session, at=at)
    if new is None:
        fresh = require_fresh_owner(request, db, return_path=PATH)
        if isinstance(fresh, Response):
            return fresh
        if session.authentication < 2:
            return go_and_tell(request, FACTOR, _NEEDS_APP, is_done=False)
        new = begin_set(db, keyring=keyring, session=session, at=at)
    page = CodesPage(
        name=session.name,
        new=new,
        has_set=find_set(db, person_id=session.person_id) is not None,
        errors=read_left(request, whose=session.sid).get("errors", {}),
    )
    return render(request, "account/codes.html", page)


@router.post(PATH)
@owner_page(PATH)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Have the codes count, once they are on paper; or forget them."""
    keyring, at = Site.of(request).keyring, clock.now()
    if "later" in form:
        drop_set(db, session=session)
        return RedirectResponse(FACTOR, status_code=303)
    if "kept" not in form:
        return leave(request, PATH, {"errors": {"kept": _NOT_KEPT}}, whose=session.sid)
    name = form.get("set", "")
    new = confirm_set(db, keyring=keyring, session=session, name=name, at=at)
    rules = AccountPart.of(request).assurance
    if new is None or not replace_factor(db, new, session=session, settings=rules, at=at):
        return RedirectResponse(PATH, status_code=303)
    return go_and_tell(
        request,
        FACTOR,
        Message("Your recovery codes count from now on."),
        meaning=Message(
            "Keep the paper apart from your phone. When the app is lost, type your password and "
            "one of these codes. An earlier sheet no longer works."
        ),
    )
