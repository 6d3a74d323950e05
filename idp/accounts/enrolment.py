"""Who may change a password or factor of an account, and for how much a new factor counts.

The one place of both rules: every door that changes them goes through `changes`, which asks here.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust, authentication_of
from idp.factors.credentials import Credentials
from idp.factors.kinds import usable
from idp.interactions.models import Needs
from idp.people.changes import lock_epoch
from idp.sessions.end import has_ended
from idp.sessions.evidence import authentication_in, shown_since
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings

_JUST_PROVEN = timedelta(minutes=30)
"""How long somebody may take to set up a factor after proving who they are: a sign-in's time."""


def is_fresh(
    session: CurrentSession, credentials: Credentials, *, settings: AssuranceSettings, at: datetime
) -> bool:
    """Whether they showed, within `enrolment_fresh`, factors as strong as the account's own.

    Its own are those that carry its proofing and can be shown: one added by whoever knew the
    password is neither asked for nor of use here. A newer factor makes no old one fresh.
    """
    since = at - settings.enrolment_fresh
    fresh = authentication_in(shown_since(session.shown, since), is_confirmed=True)
    return fresh >= own_level(credentials, settings=settings, at=at)


def own_level(credentials: Credentials, *, settings: AssuranceSettings, at: datetime) -> int:
    """The level of authentication that the account's own reach, of those that are taken here."""
    own = usable(credentials.confirmed(at=at), settings, proofing=credentials.proofing)
    return max(1, authentication_of(own))


def find_lacking(
    session: CurrentSession, credentials: Credentials, *, settings: AssuranceSettings, at: datetime
) -> Needs | None:
    """What a sign-in would add to it; None for who is fresh, and where it would add nothing.

    Of use is none to whoever showed enough just now with a factor that is not confirmed yet.
    """
    if is_fresh(session, credentials, settings=settings, at=at):
        return None
    since, level = at - settings.enrolment_fresh, own_level(credentials, settings=settings, at=at)
    if authentication_in(shown_since(session.shown, since)) >= level:
        return None
    return Needs(authentication=level, authenticate_after=since)


def lock_session(db: Session, session: CurrentSession) -> bool:
    """Whether it goes on; if so, nothing ends it, nor does another one change this, until commit.

    It was read when the request began, and somebody may have signed it out since.
    """
    person_id, epoch = session.person_id, session.credentials_epoch
    return lock_epoch(db, person_id=person_id, epoch=epoch) and not has_ended(db, sid=session.sid)


def trust_in_new(session: CurrentSession, *, settings: AssuranceSettings, at: datetime) -> Trust:
    """For how much a factor counts that somebody sets up themselves.

    Whoever knows the password of a proven account is not yet the person it was proven to be, so
    its proofing waits: for a word from outside, or until nobody objected. Not where the person
    proved in this very session who they are; and where nothing is proven, nothing waits.
    """
    since = at
    if session.proofing and not is_just_proven(session, at=at):
        since += settings.confirmation_delay
    return Trust(session.proofing, since)


def is_just_proven(session: CurrentSession, *, at: datetime) -> bool:
    """Whether the person proved in this very session who they are, so that a new factor counts."""
    return session.proven_at is not None and session.proven_at > at - _JUST_PROVEN
