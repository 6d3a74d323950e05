"""The end of a sign-in by a factor, when nothing else is missing: the opener's answer at once.

It is issued in the transaction in which the factor was right, and kept as the answer to the form:
whoever sends that again and has not seen it gets the same (`repeats.take`).
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.enrolment import is_fresh
from idp.factors.attempts import Attempt
from idp.factors.credentials import Held, read_credentials
from idp.factors.kinds import PASSKEY, Kind
from idp.factors.passkey_offers import claim_offer
from idp.interactions.end import AlreadyEnded
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.factors import go_on_as, raise_to, settle_right
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, may_make_passkeys
from idp.signin.repeats import keep
from idp.web.cookies import clear_kept, makes_passkeys, set_device
from idp.web.ends import Ends

OFFER = "offer"
"""The page that offers a passkey, by its URL word."""
_IS_OVER = "sign_in_is_over"


def end_as(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    page: str = "",
    may_offer: bool = True,
) -> Response:
    """As `go_on_as`, but with the opener's answer in place of the way back to it.

    Or, where it `may_offer`, a passkey first. Within `ending`: somebody else may just have ended
    the interaction.
    """
    page = page or find_step(request, db, interaction, session).page
    if page == Step.RETURN and may_offer and session is not None:
        page = OFFER if _offers(request, db, interaction, session) else page
    may_end = page == Step.RETURN and _IS_OVER not in request.scope["state"]
    if may_end and session is not None and session.person_id == interaction.person_id:
        answer = Ends.of(request).answer(request, db, interaction, session)
        if answer is not None:
            clear_kept(request)
            return keep(request, db, interaction, answer)
    return go_on_as(request, db, interaction, session, page=page)


def end_shown(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    attempt: Attempt,
    factor: Held,
    kind: Kind,
    at: datetime,
) -> Response:
    """End with a second factor that was right: what it is worth is added to the session's."""
    set_device(request, settle_right(request, db, attempt, shown=session.kinds, at=at))
    shown = with_shown(session.evidence, kind, trust=factor.trust, factor_id=factor.id, at=at)
    raised = raise_to(request, db, interaction, session, shown, at=at)
    return end_as(request, db, interaction, raised)


def _offers(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> bool:
    """Whether a passkey is offered now: at a service, in a browser that can keep one.

    To who has none and just proved enough to add one. Elsewhere no statement is sent.
    """
    may_make = may_make_passkeys(request, interaction) and makes_passkeys(request)
    if not interaction.client_id or not may_make:
        return False
    is_useful = may_make_one(request, db, session)
    return is_useful and claim_offer(db, person_id=session.person_id, at=clock.now())


def may_make_one(request: Request, db: Session, session: CurrentSession) -> bool:
    """Whether this session may add a passkey, of somebody who has none."""
    rules = SignInPart.of(request).assurance
    own = read_credentials(db, person_id=session.person_id)
    may_add = is_fresh(session, own, settings=rules, at=clock.now())
    return PASSKEY not in own.held and may_add


def ending(request: Request, judge: Callable[[], Response]) -> Response:
    """What `judge` answers, in a transaction of its own.

    Where the interaction was ended meanwhile, in another tab, that is done again without its end:
    what was right is not taken back, and the way to the opener says what became of it.
    """
    try:
        return judge()
    except AlreadyEnded:
        request.scope["state"][_IS_OVER] = True
        return judge()
