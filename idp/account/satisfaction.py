"""Where the answer to the question on the account's first page is sent."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.account.overview import ANSWERS, PATH
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.routes import Router
from idp.web.satisfaction import take_answer

router = Router()


@router.post(ANSWERS)
@owner_page(PATH)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Count it, once."""
    return take_answer(request, db, form, person_id=session.person_id, back=PATH)
