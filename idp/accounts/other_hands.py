"""What somebody else may have of an account: asked with “This was not me”, of what nobody showed.

What was shown is of who says it. What was not, and does not go by itself, stays unless its person
says that somebody may have it: nobody else can tell who has a paper or an old telephone.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.factors.binding import Bound, unbind
from idp.factors.credentials import Credentials, is_theirs
from idp.factors.lost import find_recent, set_recent_aside, set_these_aside
from idp.factors.ways import Way, list_ways
from idp.people.contacts import UNDONE_WITHIN
from idp.sessions.lookup import CurrentSession

_RECENT = timedelta(days=7)


def list_in_doubt(
    db: Session, *, session: CurrentSession, own: Credentials, at: datetime
) -> tuple[Way, ...]:
    """What is in use, was not shown, and would stay: the oldest first, recovery codes among them.

    Of an account whose recovery codes are all it has beside the password there are none: they were
    shown, or nobody could say anything here.
    """
    person_id, not_theirs = session.person_id, _not_theirs(session, own)
    recent = find_recent(db, person_id=person_id, factors=not_theirs, since=at - _RECENT)
    known = (*own.shown(session.shown), *own.unconfirmed(at=at, shown=session.shown))
    doubted = {one.id for one in own.factors} - {one.id for one in known} - recent
    ways = list_ways(db, person_id=person_id, at=at, with_spares=True)
    return tuple(way for way in ways if way.id in doubted)


def take_from_others(
    db: Session,
    *,
    session: CurrentSession,
    own: Credentials,
    in_other_hands: Collection[UUID],
    at: datetime,
) -> None:
    """Have those rest that were added of late and not shown, and those that others may have.

    For a day they can be had back. Recovery codes that somebody may have seen are void for good:
    another set is as quickly made. What `list_in_doubt` does not list is left alone.
    """
    person_id, doubted = session.person_id, list_in_doubt(db, session=session, own=own, at=at)
    said = [way for way in doubted if way.id in in_other_hands]
    not_theirs, since, until = _not_theirs(session, own), at - _RECENT, at + UNDONE_WITHIN
    set_recent_aside(db, person_id=person_id, factors=not_theirs, since=since, until=until, at=at)
    resting = [way.id for way in said if not way.kind.is_spare]
    set_these_aside(db, person_id=person_id, factors=resting, until=until, at=at)
    void = [Bound(way.id, way.kind) for way in said if way.kind.is_spare]
    unbind(db, person_id=person_id, factors=void, at=at)


def _not_theirs(session: CurrentSession, own: Credentials) -> list[UUID]:
    """Those of which nothing shown says whose they are: what was added of late rests anyway."""
    return [
        one.id
        for one in own.factors
        if not is_theirs(session.shown, kind=one.kind, factor_id=one.id)
    ]
