"""How many text messages a day of the country may bring: each costs money, and somebody may pump.

Codes stop where it is spent; news go by mail then, and by text message to whoever has no address.
The last fifth of a day is kept for each from the other: whoever has codes sent in masses silences
no notice that tells an owner of it, and a day with much news keeps nobody from their code. Of the
codes, two fifths of a day go to who is not signed in: lists of people's numbers and telephones are
sold, and whoever has one spends no more with it.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.rate_limits import Allowance, RateCount, count_up, take_all_back

_NEAR = 0.8
"""From so much of it on operators are told that it will not do. As much codes may spend, and news:
of what stops them, operators have heard."""
_BROWSERS, _DAY = 5, timedelta(hours=24)
_KEPT = timedelta(hours=48)
"""Longer than a day, wherever in it the first one was sent."""
_log = structlog.get_logger(__name__)


class Use(StrEnum):
    """What a text message is sent for."""

    CODE = "code"
    NEWS = "news"
    RECOVERY = "recovery"
    """A code for who is not signed in."""


_SHARES = {
    Use.CODE: {Use.CODE: _NEAR},
    Use.NEWS: {Use.NEWS: _NEAR},
    Use.RECOVERY: {Use.RECOVERY: 0.4, Use.CODE: _NEAR},
}
"""What each counts as, and how much of a day that may be."""


@immutable(kw_only=True)
class TextBudget:
    """At most so many on a day; the count is found by this key ring."""

    keyring: Keyring = field(repr=False)
    most: int

    def spend(self, db: Session, use: Use, *, at: datetime, is_meant: bool = True) -> bool:
        """Count one more of that day; False when there is none left for it: nothing is counted.

        Whoever crosses a bound says so in the log, once a day. Not meant, it is the same
        statements, and nothing of the day is spent.
        """
        limits = self._limits(use, clock.day_of(at).isoformat() if is_meant else uuid4().hex)
        counted: list[int] = []
        for limit in limits:
            nth = count_up(db, limit, at=at)
            if nth is None:
                take_all_back(db, limits[: len(counted)])
                return False
            counted.append(nth)
        if is_meant:
            self._tell(use, limits, counted)
        return True

    def _tell(self, use: Use, limits: Sequence[Allowance], counted: Sequence[int]) -> None:
        *of_shares, nth = counted
        if nth == self.most:
            _log.error("sms.budget_spent", spent=nth, budget=self.most)
        elif nth == self._part(_NEAR):
            _log.warning("sms.budget_near", spent=nth, budget=self.most)
        for share, limit, spent in zip(_SHARES[use], limits, of_shares, strict=False):
            if spent == limit.most < self.most:
                _log.error("sms.share_spent", use=share.value, spent=spent, budget=self.most)

    def spend_on_browser(self, db: Session, person: str, *, at: datetime) -> bool:
        """Count one more new browser of that person's day; False past a few: nothing is counted.

        Whoever knows a password makes any number of new browsers, at the cost of everybody's day.
        """
        key = self.keyring.lookup_hash("texts.browsers", person)
        return count_up(db, Allowance(key, _BROWSERS, _DAY), at=at) is not None

    def take_back(self, db: Session, use: Use, *, at: datetime) -> None:
        """Subtract one that was not sent after all."""
        take_all_back(db, self._limits(use, clock.day_of(at).isoformat()))

    def is_spent(self, db: Session, use: Use, *, at: datetime) -> bool:
        """Whether that day has none left for it; nothing is counted."""
        limits = self._limits(use, clock.day_of(at).isoformat())
        full = [(RateCount.key == one.key) & (RateCount.count >= one.most) for one in limits]
        return db.scalar(select(RateCount.key).where(or_(*full)).limit(1)) is not None

    def spent(self, db: Session, *, at: datetime) -> int:
        """How many of that day are counted."""
        key = self._of(clock.day_of(at).isoformat(), self.most).key
        return db.scalar(select(RateCount.count).where(RateCount.key == key)) or 0

    def is_near(self, spent: int) -> bool:
        """Whether so many are nearly all of it, or all."""
        return spent >= self._part(_NEAR)

    def _limits(self, use: Use, day: str) -> list[Allowance]:
        """What one counts against: its shares, then the day."""
        shares = [self._of(f"{day} {one}", self._part(part)) for one, part in _SHARES[use].items()]
        return [*shares, self._of(day, self.most)]

    def _part(self, part: float) -> int:
        return max(1, int(self.most * part))

    def _of(self, counted: str, most: int) -> Allowance:
        return Allowance(self.keyring.lookup_hash("texts.day", counted), most, _KEPT)
