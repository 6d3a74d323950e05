"""Recovery codes to print, for whoever asked for them beside their new app."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.changes import replace_factor
from idp.factors.recovery_codes import NewSet, confirm_set, drop_set, find_begun_set
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.signin.kept import go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.progress import go_on, go_to, own_session
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PAGE = "codes"
_NOT_KEPT = Message("Print the codes or write them down, then tick the box. Or choose “Later”.")


@immutable
class CodesPage:
    """The codes, and the box that says that they are on paper."""

    going: Going
    new: NewSet
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/codes")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """The codes that this session was given; whoever was given none goes on."""
    session = own_session(request, db, interaction)
    if session is None:
        return go_on(request, db, interaction, session)
    keyring, at = Site.of(request).keyring, clock.now()
    new = find_begun_set(db, keyring=keyring, session=session, at=at)
    if new is None:
        return go_on(request, db, interaction, session)
    errors = read_kept(request, interaction, PAGE).errors
    page = CodesPage(going_to(request, interaction), new, errors)
    return render(request, "signin/codes.html", page)


@router.post("/signin/{interaction_id}/codes")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Have the codes count, once they are on paper; or forget them. Go on either way."""
    session, at = own_session(request, db, interaction), clock.now()
    if session is None:
        return go_on(request, db, interaction, session)
    if "later" in form:
        drop_set(db, session=session)
        return go_on(request, db, interaction, session)
    if "kept" not in form:
        return go_back_to(request, interaction, PAGE, errors={"kept": _NOT_KEPT})
    keyring, name = Site.of(request).keyring, form.get("set", "")
    new = confirm_set(db, keyring=keyring, session=session, name=name, at=at)
    rules = SignInPart.of(request).assurance
    if new is None or not replace_factor(db, new, session=session, settings=rules, at=at):
        return go_to(request, interaction, PAGE)
    return go_on(request, db, interaction, session)
