"""After a sign-in at a service: a passkey, offered to who has none, on a device that can keep one.

It is made within the sign-in, and shown once before it counts, as in the account. The script of the
pages before has said what the device can do; nobody is shown this page without it.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.ceremony import Purpose
from idp.factors.passkey_enrolment import start_anew, take_made
from idp.factors.passkey_offers import refuse_offers, was_offered
from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.signin.ending import OFFER, end_as, ending, may_make_one
from idp.signin.kept import go_back_to, read_kept
from idp.signin.making import add_made, enrolling_in
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to, may_make_passkeys, own_session, page_url
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_visit, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.passkeys import Making, ask_to_make
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_NOT_TAKEN = Message("The passkey could not be added. Try again, or choose “Not now”.")


@immutable
class OfferPage:
    """What the browser is asked to make, or to show; `device` is a name to begin with."""

    going: Going
    making: Making
    device: str
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/offer")
def show(request: Request) -> Response:
    """The question whether the device is their own, with the ways to say no beside it."""
    with transaction(request) as db:
        begun = _begin(request, db)
        if isinstance(begun, Response):
            return begun
        interaction, session = begun
        enrolling = enrolling_in(request, db, session)
        page = OfferPage(
            going=going_to(request, interaction),
            making=ask_to_make(request, enrolling, path=page_url(interaction, OFFER)),
            device=session.device,
            errors=read_kept(request, interaction, OFFER).errors,
        )
        return render(request, "signin/offer.html", page)


@router.post("/signin/{interaction_id}/offer")
def submit(request: Request, form: OwnForm) -> Response:
    """Keep what was made, have it count once it has shown that it works, or go on without."""
    with transaction(request) as db:
        begun = _begin(request, db)
        if isinstance(begun, Response):
            return begun
    return ending(request, lambda: _judge(request, *begun, form))


def _begin(request: Request, db: Session) -> tuple[Interaction, CurrentSession] | Response:
    """The interaction and its session, where one was offered; else the way to what is next."""
    interaction = begin_visit(request, db)
    if isinstance(interaction, Response):
        return interaction
    session = own_session(request, db, interaction)
    page = find_step(request, db, interaction, session).page
    if session is None or page != Step.RETURN or not _is_open(request, db, interaction, session):
        return keep(request, db, interaction, go_to(request, interaction, page))
    return interaction, session


def _is_open(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> bool:
    """Whether one was offered here, and this session, of whoever has none yet, may add it."""
    offered = was_offered(db, person_id=session.person_id, since=interaction.created_at)
    may_make = may_make_passkeys(request, interaction)
    return offered and may_make and may_make_one(request, db, session)


def _judge(
    request: Request, interaction: Interaction, session: CurrentSession, form: Mapping[str, str]
) -> Response:
    """What was chosen; in a transaction of its own."""
    with transaction(request) as db:
        if "later" in form or "never" in form:
            if "never" in form:
                refuse_offers(db, person_id=session.person_id)
            return end_as(request, db, interaction, session, may_offer=False)
        enrolling = enrolling_in(request, db, session)
        if "again" in form:
            start_anew(enrolling)
        elif form.get("purpose") == Purpose.CONFIRM:
            added = add_made(request, enrolling, interaction, session, form)
            if added is not None:
                return end_as(request, db, interaction, added, may_offer=False)
            return keep(request, db, interaction, _refuse(request, interaction))
        elif not take_made(enrolling, form.get("answer", "")):
            return keep(request, db, interaction, _refuse(request, interaction))
        return keep(request, db, interaction, go_to(request, interaction, OFFER))


def _refuse(request: Request, interaction: Interaction) -> Response:
    return go_back_to(request, interaction, OFFER, errors={"": _NOT_TAKEN})
