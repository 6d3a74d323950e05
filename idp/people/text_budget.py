"""How many text messages a day of the country may bring: each costs money, and somebody may pump.

Codes stop where it is spent; news go by mail then, and by text message to whoever has no address.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.rate_limits import Allowance, RateCount, count_up, take_back

_NEAR = 0.8
"""From so much of it on operators are told that it will not do."""
_KEPT = timedelta(hours=48)
"""Longer than a day, wherever in it the first one was sent."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class TextBudget:
    """At most so many on a day; the count is found by this key ring."""

    keyring: Keyring = field(repr=False)
    most: int

    def spend(self, db: Session, *, at: datetime) -> bool:
        """Count one more of that day; False when it is spent, and then nothing is counted.

        Whoever crosses a bound says so in the log, once a day.
        """
        nth = count_up(db, self._of(at), at=at)
        if nth == self.most:
            _log.error("sms.budget_spent", spent=nth, budget=self.most)
        elif nth == self._near:
            _log.warning("sms.budget_near", spent=nth, budget=self.most)
        return nth is not None

    def take_back(self, db: Session, *, at: datetime) -> None:
        """Subtract one that was not sent after all."""
        take_back(db, self._of(at))

    def spent(self, db: Session, *, at: datetime) -> int:
        """How many of that day are counted."""
        counted = select(RateCount.count).where(RateCount.key == self._of(at).key)
        return db.scalar(counted) or 0

    def is_near(self, spent: int) -> bool:
        """Whether so many are nearly all of it, or all."""
        return spent >= self._near

    @property
    def _near(self) -> int:
        return max(1, int(self.most * _NEAR))

    def _of(self, at: datetime) -> Allowance:
        key = self.keyring.lookup_hash("texts.day", clock.day_of(at).isoformat())
        return Allowance(key, self.most, _KEPT)
