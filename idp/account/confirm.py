"""My number: the way to the page where a code shows that it is mine, and back to my details."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.details import PATH as DETAILS
from idp.account.entry import owner_page
from idp.interactions.models import Needs
from idp.sessions.lookup import CurrentSession
from idp.web.access import to_sign_in
from idp.web.routes import Router

router = Router()
PATH = "/account/confirm"


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """Go there; whoever has confirmed it stays."""
    if session.proofing:
        return RedirectResponse(DETAILS, status_code=303)
    return to_sign_in(request, db, return_path=DETAILS, needs=Needs(), page="confirm")
