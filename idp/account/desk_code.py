"""A code for the desk: read out there, it shows which account the person in front is signed in to.

Without it an official might prove an account that somebody else made with what an ID card says.
"""

from datetime import timedelta
from math import ceil

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.account.part import AccountPart
from idp.factors.credentials import read_credentials
from idp.factors.kinds import kinds_beyond
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import LASTS, Purpose, new_code, open_code
from idp.people.declaration import FACE_TO_FACE
from idp.people.identifiers import find_own_number
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.forms import read_instant
from idp.web.kept import leave, read_left
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = "/account/desk-code"


@immutable
class DeskCodePage:
    """The code, in the session that asked for it; none before.

    `is_to_confirm`: the person is verified, and what they signed in with does not count in full.
    `step_counts_after`: for how many days a second step that is set up after the visit does not
    count; none for whoever has one.
    """

    name: str
    is_needed: bool
    is_to_confirm: bool
    code: str = ""
    step_counts_after: int = 0


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """What it is for, and the button; or the code that was made last, as long as it may be used."""
    own, at = read_credentials(db, person_id=session.person_id), clock.now()
    is_pending = any(not own.is_carried(one, at=at) for one in own.shown(session.shown))
    is_to_confirm = session.proofing >= FACE_TO_FACE and is_pending
    is_needed = session.proofing < FACE_TO_FACE or is_to_confirm
    left = read_left(request, whose=session.sid)
    until = read_instant(left.get("until", ""))
    code = left["code"] if is_needed and until and at < until else ""
    delay = AccountPart.of(request).assurance.confirmation_delay
    days = ceil(delay / timedelta(days=1)) if kinds_beyond(own.held) else 0
    page = DeskCodePage(session.name, is_needed, is_to_confirm, code, step_counts_after=days)
    return render(request, "account/desk_code.html", page)


@router.post(PATH)
@owner_page(PATH)
def submit(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """Make a code, which its page shows; the one that this session showed before is dead."""
    keyring, code, at = Site.of(request).keyring, new_code(Purpose.DESK), clock.now()
    own = find_own_number(db, keyring=keyring, person_id=session.person_id)
    if own is None:
        return RedirectResponse(PATH, status_code=303)
    open_code(
        db,
        code,
        keyring=keyring,
        purpose=Purpose.DESK,
        person_id=session.person_id,
        sid=session.sid,
        about=own.number,
        at=at,
    )
    left = {"code": f"{code[:4]}-{code[4:]}", "until": (at + LASTS).isoformat()}
    return leave(request, PATH, left, whose=session.sid)
