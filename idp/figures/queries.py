"""Reading the aggregates. Nothing here reads the journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.figures.days import is_month_end
from idp.figures.models import AdoptionDay, AdoptionFigure

CHART_MONTHS = 18


@dataclass(frozen=True)
class ClosedDays:
    """The first and the last closed day, and the ends of the last 18 closed months."""

    first: date
    last: date
    month_ends: tuple[date, ...]


def find_closed_days(db: Session) -> ClosedDays | None:
    """None as long as no day was closed."""
    first = db.scalar(select(func.min(AdoptionDay.day_on)))
    last = db.scalar(select(func.max(AdoptionDay.day_on)))
    if first is None or last is None:
        return None
    days = db.scalars(
        select(AdoptionDay.day_on)
        .where(AdoptionDay.day_on > last - func.make_interval(0, CHART_MONTHS + 1))
        .order_by(AdoptionDay.day_on)
    )
    month_ends = [day for day in days if is_month_end(day)]
    return ClosedDays(first, last, tuple(month_ends[-CHART_MONTHS:]))


def read_figures(db: Session, days: Iterable[date]) -> dict[date, dict[tuple[str, str, str], int]]:
    """The figures of closed days: day → (subject kind, figure, window) → count."""
    wanted = set(days)
    found: dict[date, dict[tuple[str, str, str], int]] = {day: {} for day in sorted(wanted)}
    rows = db.execute(
        select(
            AdoptionFigure.day_on,
            AdoptionFigure.subject_kind,
            AdoptionFigure.figure,
            AdoptionFigure.window_name,
            AdoptionFigure.value,
        ).where(AdoptionFigure.day_on.in_(wanted))
    )
    for day, kind, figure, window, value in rows:
        found[day][kind, figure, window] = value
    return found
