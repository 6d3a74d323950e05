"""Setting up a passkey on the way, instead of an app: made, and shown once before it counts."""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.ceremony import Purpose
from idp.factors.kinds import PASSKEY
from idp.factors.passkey_enrolment import start_anew, take_made
from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.signin.enrol import confirmed_from, may_confirm, show_codes
from idp.signin.factors import go_on_as
from idp.signin.kept import go_back_to, read_kept
from idp.signin.making import add_made, enrolling_in
from idp.signin.progress import go_to, page_url
from idp.signin.visit import Going, going_to, step_page
from idp.web.csrf import OwnForm
from idp.web.messages import Message
from idp.web.passkeys import Making, ask_to_make
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_NOT_TAKEN = Message("The passkey could not be added. Try again, or choose another way.")


@immutable
class EnrolPasskeyPage:
    """What the browser is asked to make, or to show; `device` is a name to begin with.

    `confirmed_from`, `may_confirm`: as `EnrolPage`.
    """

    going: Going
    making: Making
    device: str
    confirmed_from: datetime | None
    may_confirm: bool
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/enrol-passkey")
@step_page(PASSKEY.enrol_page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The button that makes one, or the one that tries it."""
    enrolling = enrolling_in(request, db, session)
    path = page_url(interaction, PASSKEY.enrol_page)
    page = EnrolPasskeyPage(
        going=going_to(request, interaction),
        making=ask_to_make(request, enrolling, path=path),
        device=session.device,
        confirmed_from=confirmed_from(request, session, at=enrolling.at),
        may_confirm=may_confirm(request, db, session, at=enrolling.at),
        errors=read_kept(request, interaction, PASSKEY.enrol_page).errors,
    )
    return render(request, "signin/enrol_passkey.html", page)


@router.post("/signin/{interaction_id}/enrol-passkey")
@step_page(PASSKEY.enrol_page)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Keep what was made; once shown, it is the second factor of this sign-in, too.

    Whoever wants recovery codes beside it is shown them next.
    """
    enrolling = enrolling_in(request, db, session)
    if "again" in form:
        start_anew(enrolling)
    elif form.get("purpose") == Purpose.CONFIRM:
        raised = add_made(request, enrolling, interaction, session, form)
        if raised is None:
            return _refuse(request, interaction)
        page = show_codes(request, db, raised) if "codes" in form else ""
        return go_on_as(request, db, interaction, raised, page=page)
    elif not take_made(enrolling, form.get("answer", "")):
        return _refuse(request, interaction)
    return go_to(request, interaction, PASSKEY.enrol_page)


def _refuse(request: Request, interaction: Interaction) -> Response:
    return go_back_to(request, interaction, PASSKEY.enrol_page, errors={"": _NOT_TAKEN})
