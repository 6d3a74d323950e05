"""One of my ways to sign in: its name, whether it may be used, and taking it away."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.account.factor import PATH as WAYS
from idp.account.part import AccountPart
from idp.accounts.ways import Came, OwnWay, find_way
from idp.factors.ways import Way, list_ways
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.forms import Query, id_in
from idp.web.messages import Message
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/way"
_LAST = Message("This is your last way to sign in at your level. It stays as it is.")
_ADD = Message("Add another way first, then take this one away.")


@immutable
class WayPage:
    """The way, whose name can be changed, and what can be done with it."""

    name: str
    way: Way


@router.get(PATH)
@owner_page(WAYS, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The way; back to all of them where it is gone."""
    asked = id_in(query, "way")
    ways = list_ways(db, person_id=session.person_id, at=clock.now())
    way = next((one for one in ways if one.id == asked), None)
    if way is None:
        return RedirectResponse(WAYS, status_code=303)
    return render(request, "account/way.html", WayPage(session.name, way))


@router.post(PATH)
@owner_page(WAYS, is_fresh=True)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Name it, lock or unlock it, take it away or have it back: what the button pressed says."""
    factor_id, rules = id_in(form, "way"), AccountPart.of(request).assurance
    way = (
        find_way(db, factor_id, session=session, settings=rules, at=clock.now())
        if factor_id is not None
        else None
    )
    if way is None:
        return RedirectResponse(WAYS, status_code=303)
    return _do(request, way, form.get("do", ""), called=form.get("name", ""))


def _do(request: Request, way: OwnWay, what: str, *, called: str) -> Response:
    match what:
        case "rename":
            came, told, meaning = way.rename(called), Message("The name is changed."), None
        case "lock":
            came, told = way.lock(), Message("This way to sign in is locked.")
            meaning = Message("Nobody can use it, until you unlock it here.")
        case "unlock":
            came, told = way.unlock(), Message("This way to sign in can be used again.")
            meaning = None
        case "remove":
            came, told = way.remove(), Message("This way to sign in is taken away.")
            meaning = Message("Within 24 hours you can have it back here. Then it is deleted.")
        case "restore":
            came, told = way.restore(), Message("You have this way to sign in again.")
            meaning = None
        case _:
            came, told, meaning = Came.NOTHING, _LAST, None
    if came is Came.LAST:
        return go_and_tell(request, WAYS, _LAST, meaning=_ADD, is_done=False)
    if came is Came.NOTHING:
        return RedirectResponse(WAYS, status_code=303)
    return go_and_tell(request, WAYS, told, meaning=meaning)
