"""A passkey made within a sign-in, for the device at hand: what is asked, and that it counts."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.accounts.changes import add_factor
from idp.factors.kinds import PASSKEY
from idp.factors.passkey_enrolment import Enrolling, prove_made
from idp.factors.ways import plain_name
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.factors import raise_to
from idp.signin.part import SignInPart
from idp.web.part import Site


def enrolling_in(request: Request, db: Session, session: CurrentSession) -> Enrolling:
    """Whose passkey is made; nobody is asked of which model it is (decision 66)."""
    return Enrolling(
        db=db,
        keyring=Site.of(request).keyring,
        site=SignInPart.of(request).passkeys,
        session=session,
        at=clock.now(),
    )


def add_made(
    request: Request,
    enrolling: Enrolling,
    interaction: Interaction,
    session: CurrentSession,
    form: Mapping[str, str],
) -> CurrentSession | None:
    """The session that has shown what was made as well; None where that was not taken."""
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
