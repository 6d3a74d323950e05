"""Adding a passkey: the browser makes one, and shows once that it works before it counts."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, raise_session_with
from idp.account.factor import PATH as WAYS
from idp.account.factor import has_room
from idp.account.part import AccountPart
from idp.accounts.changes import add_factor
from idp.factors.ceremony import Purpose
from idp.factors.credentials import Held
from idp.factors.kinds import PASSKEY
from idp.factors.passkey_enrolment import Enrolling, prove_made, start_anew, take_made
from idp.factors.ways import list_ways, plain_name
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.kept import leave, read_left
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.passkeys import Making, ask_to_make
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/passkey"
_NOT_TAKEN = N_("The passkey could not be added. Try again, or on another device.")


@immutable
class PasskeyPage:
    """What the browser is asked; None where there are no passkeys, or no room for one more.

    `device` is what the browser says it is, in words: a name to begin with.
    """

    name: str
    making: Making | None
    is_full: bool
    device: str
    errors: dict[str, str]


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The button that makes one, or the one that tries it."""
    enrolling = _enrolling(request, db, session)
    ways = list_ways(db, person_id=session.person_id, at=enrolling.at)
    is_full = not has_room(ways, PASSKEY)
    is_asked = enrolling.site.is_on and not is_full
    page = PasskeyPage(
        name=session.name,
        making=ask_to_make(request, enrolling, path=PATH) if is_asked else None,
        is_full=is_full,
        device=session.device,
        errors=read_left(request, whose=session.sid).get("errors", {}),
    )
    return render(request, "account/passkey.html", page)


@router.post(PATH)
@owner_page(PATH, is_fresh=True)
def submit(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Keep what was made; have it count once it has shown that it works; or begin again."""
    enrolling, sent = _enrolling(request, db, session), form.get("answer", "")
    if "again" in form:
        start_anew(enrolling)
        return RedirectResponse(PATH, status_code=303)
    if form.get("purpose") != Purpose.CONFIRM:
        is_kept = take_made(enrolling, sent)
        return RedirectResponse(PATH, status_code=303) if is_kept else _refuse(request, session)
    rules, at = AccountPart.of(request).assurance, enrolling.at
    made = prove_made(enrolling, sent)
    if made is not None:
        made.name = plain_name(form.get("called", ""))
    trust = add_factor(db, made, session=session, settings=rules, at=at) if made else None
    if made is None or trust is None:
        return _refuse(request, session)
    raise_session_with(request, db, session, Held(made.id, PASSKEY, trust), at=at)
    return go_and_tell(
        request,
        WAYS,
        Message("Your passkey is added."),
        meaning=Message("With it you sign in without your number, your password or a code."),
    )


def _refuse(request: Request, session: CurrentSession) -> Response:
    return leave(request, PATH, {"errors": {"": _NOT_TAKEN}}, whose=session.sid)


def _enrolling(request: Request, db: Session, session: CurrentSession) -> Enrolling:
    return Enrolling(
        db=db,
        keyring=Site.of(request).keyring,
        site=AccountPart.of(request).passkeys,
        session=session,
        at=clock.now(),
        models=Site.of(request).factor_rules.models,
    )
