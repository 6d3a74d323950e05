"""My number: the way to the page where a code shows that it is mine, or again that I am me."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.details import PATH as DETAILS
from idp.account.entry import owner_page
from idp.account.factor import PATH as FACTOR
from idp.account.part import AccountPart
from idp.accounts.possession import may_show
from idp.assurance.evidence import authentication_of
from idp.factors.credentials import read_credentials
from idp.factors.kinds import usable
from idp.interactions.models import Needs
from idp.kit import clock
from idp.sessions.lookup import CurrentSession
from idp.web.access import to_sign_in
from idp.web.routes import Router

router = Router()
PATH = "/account/confirm"
BY_POST = "/account/letter"


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """Go there; whoever has nothing to confirm stays."""
    return _lead(request, db, session, "confirm", path=PATH)


@router.get(BY_POST)
@owner_page(BY_POST)
def show_letter(request: Request, db: Session, session: CurrentSession) -> Response:
    """The same, to the page for the code of a letter."""
    if not AccountPart.of(request).post.is_offered:
        return RedirectResponse(DETAILS, status_code=303)
    return _lead(request, db, session, "letter", path=BY_POST)


def _lead(
    request: Request, db: Session, session: CurrentSession, page: str, *, path: str
) -> Response:
    """Whoever has an app shows it first: a code takes away what was not shown in its session."""
    if not may_show(db, session, at=clock.now()):
        return RedirectResponse(DETAILS, status_code=303)
    own = read_credentials(db, person_id=session.person_id)
    rules = AccountPart.of(request).assurance
    held = authentication_of(usable(own.held, rules, proofing=own.proofing))
    if session.proofing and session.authentication < held:
        return to_sign_in(request, db, return_path=path, needs=Needs(authentication=held))
    back = FACTOR if session.proofing else DETAILS
    return to_sign_in(request, db, return_path=back, needs=Needs(), page=page)
