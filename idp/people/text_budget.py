"""How many text messages a day of the country may bring: each costs money, and somebody may pump.

Codes stop where it is spent; news go by mail then, and by text message to whoever has no address.
The last fifth of a day is kept for each from the other: whoever has codes sent in masses silences
no notice that tells an owner of it, and a day with much news keeps nobody from their code.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.rate_limits import Allowance, RateCount, count_up, take_back

_NEAR = 0.8
"""So much of it one use may spend, and from so much on operators are told that it will not do: of
what stops one use they have heard."""
_KEPT = timedelta(hours=48)
"""Longer than a day, wherever in it the first one was sent."""
_log = structlog.get_logger(__name__)


class Use(StrEnum):
    """What a text message is sent for."""

    CODE = "code"
    NEWS = "news"


@dataclass(frozen=True, kw_only=True)
class TextBudget:
    """At most so many on a day; the count is found by this key ring."""

    keyring: Keyring = field(repr=False)
    most: int

    def spend(self, db: Session, use: Use, *, at: datetime, is_meant: bool = True) -> bool:
        """Count one more of that day; False when there is none left for it: nothing is counted.

        Whoever crosses a bound says so in the log, once a day. Not meant, it is the same
        statements, and nothing of the day is spent.
        """
        day = clock.day_of(at).isoformat() if is_meant else uuid4().hex
        share = self._of(f"{day} {use}", self._near)
        if (of_use := count_up(db, share, at=at)) is None:
            return False
        nth = count_up(db, self._of(day, self.most), at=at)
        if nth is None:
            take_back(db, share)
            return False
        if not is_meant:
            return True
        if nth == self.most:
            _log.error("sms.budget_spent", spent=nth, budget=self.most)
        elif nth == self._near:
            _log.warning("sms.budget_near", spent=nth, budget=self.most)
        if of_use == self._near < self.most:
            _log.error("sms.share_spent", use=use.value, spent=of_use, budget=self.most)
        return True

    def take_back(self, db: Session, use: Use, *, at: datetime) -> None:
        """Subtract one that was not sent after all."""
        day = clock.day_of(at).isoformat()
        take_back(db, self._of(f"{day} {use}", self._near))
        take_back(db, self._of(day, self.most))

    def is_spent(self, db: Session, use: Use, *, at: datetime) -> bool:
        """Whether that day has none left for it; nothing is counted."""
        day = clock.day_of(at).isoformat()
        limits = (self._of(f"{day} {use}", self._near), self._of(day, self.most))
        full = [(RateCount.key == one.key) & (RateCount.count >= one.most) for one in limits]
        return db.scalar(select(RateCount.key).where(or_(*full)).limit(1)) is not None

    def spent(self, db: Session, *, at: datetime) -> int:
        """How many of that day are counted."""
        key = self._of(clock.day_of(at).isoformat(), self.most).key
        return db.scalar(select(RateCount.count).where(RateCount.key == key)) or 0

    def is_near(self, spent: int) -> bool:
        """Whether so many are nearly all of it, or all."""
        return spent >= self._near

    @property
    def _near(self) -> int:
        return max(1, int(self.most * _NEAR))

    def _of(self, counted: str, most: int) -> Allowance:
        return Allowance(self.keyring.lookup_hash("texts.day", counted), most, _KEPT)
