"""After a sign-in at a service: a passkey, offered to who has none, on a device that can keep one.

It is made within the sign-in, and shown once before it counts, as in the account. The script of the
pages before has said what the device can do; nobody is shown this page without it.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.changes import add_factor
from idp.factors.ceremony import Purpose
from idp.factors.kinds import PASSKEY
from idp.factors.passkey_enrolment import Enrolling, prove_made, start_anew, take_made
from idp.factors.passkey_offers import refuse_offers, was_offered
from idp.factors.ways import plain_name
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.ending import OFFER, end_as, ending, may_make_one
from idp.signin.factors import raise_to
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, go_to, own_session, page_url
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_visit, going_to
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
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
        enrolling = _enrolling(request, db, session)
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
    return offered and may_make_one(request, db, session)


def _judge(
    request: Request, interaction: Interaction, session: CurrentSession, form: Mapping[str, str]
) -> Response:
    """What was chosen; in a transaction of its own."""
    with transaction(request) as db:
        if "later" in form or "never" in form:
            if "never" in form:
                refuse_offers(db, person_id=session.person_id)
            return end_as(request, db, interaction, session, may_offer=False)
        enrolling = _enrolling(request, db, session)
        if "again" in form:
            start_anew(enrolling)
        elif form.get("purpose") == Purpose.CONFIRM:
            added = _add(request, enrolling, interaction, session, form)
            if added is not None:
                return end_as(request, db, interaction, added, may_offer=False)
            return keep(request, db, interaction, _refuse(request, interaction))
        elif not take_made(enrolling, form.get("answer", "")):
            return keep(request, db, interaction, _refuse(request, interaction))
        return keep(request, db, interaction, go_to(request, interaction, OFFER))


def _add(
    request: Request,
    enrolling: Enrolling,
    interaction: Interaction,
    session: CurrentSession,
    form: Mapping[str, str],
) -> CurrentSession | None:
    """The session that has shown it as well; None where it was not taken."""
    made = prove_made(enrolling, form.get("answer", ""))
    if made is None:
        return None
    made.name = plain_name(form.get("called", ""))
    rules, db, at = SignInPart.of(request).assurance, enrolling.db, enrolling.at
    trust = add_factor(db, made, session=session, settings=rules, at=at)
    if trust is None:
        return None
    shown = with_shown(session.evidence, PASSKEY, trust=trust, factor_id=made.id, at=at)
    return raise_to(request, db, interaction, session, shown, at=at)


def _refuse(request: Request, interaction: Interaction) -> Response:
    return go_back_to(request, interaction, OFFER, errors={"": _NOT_TAKEN})


def _enrolling(request: Request, db: Session, session: CurrentSession) -> Enrolling:
    return Enrolling(
        db=db,
        keyring=Site.of(request).keyring,
        site=SignInPart.of(request).passkeys,
        session=session,
        at=clock.now(),
    )
