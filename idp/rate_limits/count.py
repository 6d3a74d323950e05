"""Counting, and taking back what turned out not to count."""

from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from idp.rate_limits.limits import Allowance
from idp.rate_limits.models import RateCount

OVER_UNTIL = """
SELECT ends_at FROM rate_count
WHERE key = :limit_key AND count >= :limit_most AND ends_at > :at
"""
"""Whether it is over, for a statement that asks that among other things: until when, or no row."""

_IS_OVER = text(OVER_UNTIL)
_COUNT = text(f"""
WITH over AS ({OVER_UNTIL})
INSERT INTO rate_count AS c (key, count, ends_at)
SELECT :limit_key, 1, :ends_at WHERE NOT EXISTS (SELECT FROM over)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN c.ends_at <= :at THEN 1 ELSE c.count + 1 END,
    ends_at = CASE WHEN c.ends_at <= :at THEN :ends_at ELSE c.ends_at END
RETURNING count
""")  # noqa: S608 - a constant


def count(db: Session, allowance: Allowance, *, at: datetime) -> bool:
    """Count one more; False when the allowance is used up, and then nothing is counted.

    One statement. Beyond the allowance it locks and writes no row: a flood costs reads.
    """
    values = {"limit_key": allowance.key, "limit_most": allowance.most, "at": at}
    counted = db.scalar(_COUNT, {**values, "ends_at": at + allowance.per})
    return counted is not None and int(counted) <= allowance.most


def is_over(db: Session, allowance: Allowance, *, at: datetime) -> bool:
    """Whether the allowance is used up; nothing is counted."""
    values = {"limit_key": allowance.key, "limit_most": allowance.most, "at": at}
    return db.scalar(_IS_OVER, values) is not None


def take_back(db: Session, allowance: Allowance) -> None:
    """Take back one that turned out to be none."""
    counter = update(RateCount).where(RateCount.key == allowance.key)
    db.execute(counter.values(count=func.greatest(RateCount.count - 1, 0)))


def drop_past(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of counts whose time ended before; how many."""
    past = (
        select(RateCount.key)
        .where(RateCount.ends_at < before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(RateCount).where(RateCount.key.in_(past)).returning(RateCount.key)
    return len(db.execute(gone.execution_options(synchronize_session=False)).all())
