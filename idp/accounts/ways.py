"""What a person does with a way to sign in that is theirs: name it, lock it, take it away.

The last one stays that reaches the account's level. One that is taken away can be had back for a
day, and everybody who is told of it is told so.
"""

from collections.abc import Collection
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.enrolment import is_fresh, lock_session
from idp.assurance.evidence import authentication_of
from idp.factors import binding
from idp.factors.credentials import Credentials, Held, read_credentials
from idp.factors.kinds import PASSWORD
from idp.factors.ways import Way, list_ways, plain_name
from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.people.contacts import UNDONE_WITHIN
from idp.sessions.end import end_sessions_showing
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from idp.tokens.end import end_session_grants


class Came(Enum):
    """What it came to."""

    DONE = auto()
    LAST = auto()
    """It is the last way that reaches the account's level: another is added first."""
    NOTHING = auto()
    """It is gone, or is that way already, or the person has not just proved who they are."""


@immutable(kw_only=True)
class OwnWay:
    """One way of who is signed in, found and held until commit, and what they have besides."""

    db: Session
    session: CurrentSession
    way: Way
    own: Credentials
    at: datetime

    def rename(self, typed: str) -> Came:
        """Call it that; nothing typed takes the name away. A word of theirs, in no journal."""
        done = binding.rename(self.db, **self._one, name=plain_name(typed))
        return Came.DONE if done else Came.NOTHING

    def lock(self) -> Came:
        """Lock it, and end the other sessions that it was shown in."""
        if self._is_last():
            return Came.LAST
        if not binding.lock(self.db, **self._one, at=self.at):
            return Came.NOTHING
        return self._done("factor.locked", ends=True)

    def unlock(self) -> Came:
        """Have it count again."""
        if not binding.unlock(self.db, **self._one):
            return Came.NOTHING
        return self._done("factor.unlocked")

    def remove(self) -> Came:
        """Take it away for good in a day, and end the other sessions that it was shown in."""
        if self._is_last():
            return Came.LAST
        until = self.at + UNDONE_WITHIN
        if not binding.suspend(self.db, **self._one, until=until):
            return Came.NOTHING
        return self._done("factor.suspended", ends=True)

    def restore(self) -> Came:
        """Have it back."""
        if not binding.restore(self.db, **self._one, at=self.at):
            return Came.NOTHING
        return self._done("factor.restored")

    @property
    def _one(self) -> dict[str, UUID]:
        return {"factor_id": self.way.id, "person_id": self.session.person_id}

    def _is_last(self) -> bool:
        """Whether the account's level, or that of what carries its proofing, rests on it."""
        factors = self.own.factors
        carrying = tuple(one for one in factors if self.own.is_carried(one, at=self.at))
        return any(
            _level([one for one in group if one.id != self.way.id]) < _level(group)
            for group in (factors, carrying)
        )

    def _done(self, event: str, *, ends: bool = False) -> Came:
        if ends:
            kind, here = self.way.kind.name, self.session.sid
            for sid in end_sessions_showing(self.db, **self._one, kind=kind, keep_sid=here):
                end_session_grants(self.db, sid=sid)
        number, data = self.session.subject_number, {"kind": self.way.kind.name}
        told = binding.told_of(self.way.id)
        record(self.db, event=event, at=self.at, subject_number=number, data=data, told=told)
        return Came.DONE


def find_way(
    db: Session,
    factor_id: UUID,
    *,
    session: CurrentSession,
    settings: AssuranceSettings,
    at: datetime,
) -> OwnWay | None:
    """The person's way of that id, for one change; None for nobody's, and for a session over.

    Nothing else changes the account until commit. It takes whoever has just shown what the account
    has (`is_fresh`).
    """
    if not lock_session(db, session):
        return None
    own = read_credentials(db, person_id=session.person_id)
    if not is_fresh(session, own, settings=settings, at=at):
        return None
    found = (one for one in list_ways(db, person_id=session.person_id, at=at))
    way = next((one for one in found if one.id == factor_id), None)
    return OwnWay(db=db, session=session, way=way, own=own, at=at) if way else None


def _level(factors: Collection[Held]) -> int:
    """What these reach beside the password, spares apart: those stand for one that is lost."""
    return authentication_of([PASSWORD, *(one.kind for one in factors if not one.kind.is_spare)])
