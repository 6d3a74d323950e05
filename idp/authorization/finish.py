"""The two ends of a sign-in: the opener issues, or refuses. Each writes one outcome."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from idp.authorization.opener import Answer, Approval, Opener
from idp.authorization.refusal import Refusal
from idp.interactions.end import end_interaction
from idp.interactions.models import Interaction
from idp.journal.means import means_of
from idp.journal.models import Outcome
from idp.journal.record import record
from idp.kit import clock
from idp.kit.secrets import new_error_id
from idp.mandates.representations import RepresentedOrganization
from idp.rate_limits import EACH, leaves_row
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import touch_session
from idp.settings.people import SessionSettings


def refuse(
    db: Session,
    opener: Opener[Answer],
    interaction: Interaction | None,
    refusal: Refusal,
    *,
    session: CurrentSession | None = None,
) -> Answer:
    """Refuse; an interactive request ends as `refused`, once (`end_interaction`).

    It names who was signed in: the figures tell who could not get in from who never tried.
    """
    nth = opener.admit(db) if interaction is None else 0
    if opener.is_silent and not leaves_row(nth):
        return opener.refuse(db, _end(db, interaction), refusal.told_under(new_error_id()))
    means = _means(db, interaction)
    sign_in_id = _end(db, interaction)
    return _refuse(db, opener, sign_in_id, refusal, session=session, means=means, nth=nth)


def finish(
    db: Session,
    opener: Opener[Answer],
    interaction: Interaction | None,
    *,
    session: CurrentSession,
    acr: str,
    acting_for: RepresentedOrganization | None,
    settings: SessionSettings,
) -> Answer:
    """Issue what it is for and write the outcome `success`, in one transaction.

    Of several sign-ins begun with one pushed request, the first to come here has it.
    """
    sign_in_id, means = _end(db, interaction), _means(db, interaction)
    mandate_id = acting_for.mandate_id if acting_for else None
    answer = opener.issue(
        db,
        Approval(
            sign_in_id=sign_in_id,
            session=session,
            begun_at=interaction.created_at if interaction else clock.now(),
            acr=acr,
            mandate_id=mandate_id,
        ),
    )
    if isinstance(answer, Refusal):
        return _refuse(db, opener, sign_in_id, answer, session=session, means=means)
    touch_session(db, settings=settings, session=session)
    is_silent = opener.is_silent
    record(
        db,
        event="signin.silent" if is_silent else "signin.succeeded",
        outcome=None if is_silent else Outcome.SUCCESS,
        acr=acr,
        subject_number=session.subject_number,
        organization_number=acting_for.organization_number if acting_for else None,
        sign_in_id=sign_in_id,
        data=_method(session) | ({"device": session.device} if session.device else {}) | means,
        **vars(opener.credit),
    )
    return answer


def _refuse(
    db: Session,
    opener: Opener[Answer],
    sign_in_id: UUID,
    refusal: Refusal,
    *,
    session: CurrentSession | None,
    means: Mapping[str, str],
    nth: int = 0,
) -> Answer:
    is_silent, error_id = opener.is_silent, new_error_id()
    of_figures = {} if is_silent else {**_method(session), **means}
    record(
        db,
        event="signin.silent" if is_silent else "signin.refused",
        outcome=None if is_silent else Outcome.REFUSED,
        reason=refusal.error,
        subject_number=session.subject_number if session and not is_silent else None,
        sign_in_id=sign_in_id,
        error_id=error_id,
        data={
            "description": refusal.description,
            **({"nth": nth} if nth > EACH else {}),
            **of_figures,
        },
        **vars(opener.credit),
    )
    return opener.refuse(db, sign_in_id, refusal.told_under(error_id))


def _method(session: CurrentSession | None) -> dict[str, str]:
    """By which factors somebody is signed in."""
    return {"method": " ".join(session.amr)} if session else {}


def _means(db: Session, interaction: Interaction | None) -> dict[str, str]:
    """What the sign-in is begun and ended with."""
    return means_of(db, is_kiosk=bool(interaction and interaction.device_code))


def _end(db: Session, interaction: Interaction | None) -> UUID:
    """The sign-in's id, its end claimed."""
    if interaction is None:
        return uuid4()
    end_interaction(db, interaction_id=interaction.id)
    return interaction.id
