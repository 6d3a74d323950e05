"""Setting up an authenticator app on the way, only for someone who has no second factor."""

from dataclasses import dataclass

import segno
from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.people.totp import begin_enrolment, confirm_enrolment
from idp.sessions.lookup import CurrentSession
from idp.signin.factors import add_second_factor
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to
from idp.signin.visit import Going, ThisVisitor, begin_step, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()
_WRONG = Message("This code is not right. Check the time on your phone and enter the newest code.")


@dataclass(frozen=True)
class EnrolPage:
    """A secret as QR code and as text, and the form for the first code."""

    going: Going
    interaction_id: str
    qr: str
    uri: str
    secret: str
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/enrol")
def show(request: Request, visitor: ThisVisitor) -> Response:
    """The secret to put into an app; the same again when the page is reloaded."""
    with transaction(request) as db:
        visit = begin_step(request, db, visitor, Step.ENROL)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        page = _page(request, db, interaction, session=session)
        return render(request, "signin/enrol.html", page)


@router.post("/signin/{interaction_id}/enrol")
def submit(request: Request, visitor: ThisVisitor, form: OwnForm) -> Response:
    """Confirm the app by its first code; that is the second factor of this sign-in, too."""
    with transaction(request) as db:
        visit = begin_step(request, db, visitor, Step.ENROL)
        if isinstance(visit, Response):
            return visit
        interaction, session = visit
        if not confirm_enrolment(
            db,
            keyring=Site.of(request).keyring,
            person_id=session.person_id,
            sid=session.sid,
            epoch=session.credentials_epoch,
            code="".join(form.get("otp", "").split()),
            at=clock.now(),
            replace=False,
        ):
            return go_back_to(request, interaction, Step.ENROL, errors={"otp": _WRONG})
        raised = add_second_factor(request, db, interaction, session=session, at=clock.now())
        return go_to(request, interaction, find_step(db, interaction, raised))


def _page(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    session: CurrentSession,
) -> EnrolPage:
    enrolment = begin_enrolment(
        db,
        keyring=Site.of(request).keyring,
        person_id=session.person_id,
        sid=session.sid,
        account_label=session.name,
        at=clock.now(),
    )
    return EnrolPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        qr=segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=2),
        uri=enrolment.uri,
        secret=enrolment.grouped_secret,
        errors=read_kept(request, interaction, Step.ENROL).errors,
    )
