"""What is to come, of each kind of subject: the forecast from the months that are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.figures.band import simulated_widths
from idp.figures.days import is_month_end
from idp.figures.denominators import Population
from idp.figures.forecast import (
    Answer,
    Month,
    Pace,
    Past,
    Unknown,
    foretell,
    pace,
    past_forecasts,
    whole_months,
)
from idp.figures.models import AdoptionDay
from idp.figures.published import read_published
from idp.figures.rates import DENOMINATOR_OF, MonthPoint, month_points
from idp.settings.people import Target

_MONTHS_READ = 60


@dataclass(frozen=True)
class Outlook:
    """Of one kind: its whole months, when it arrives, how fast it goes, how forecasts did."""

    subject_kind: str
    months: tuple[Month, ...]
    answer: Answer
    pace: Pace | None
    past: tuple[Past, ...]


def look_ahead(
    kind: str,
    points: Sequence[MonthPoint],
    *,
    target: Target,
    first_day: date,
    catch_up_on: date | None,
) -> Outlook:
    """The outlook of one kind from its months."""
    months, widths = whole_months(points, first_day=first_day), simulated_widths()
    is_known = not points or points[-1].uni_used.percent is not None
    return Outlook(
        subject_kind=kind,
        months=tuple(months),
        answer=foretell(months, target=target, widths=widths) if is_known else Unknown(),
        pace=pace(months, target=target, due_on=catch_up_on),
        past=tuple(past_forecasts(months, target=target, widths=widths)),
    )


def read_outlooks(
    db: Session, populations: Sequence[Population], *, target: Target, catch_up_on: date | None
) -> tuple[Outlook, ...]:
    """Of people and of enterprises. A day is closed, at least."""
    days = [*db.scalars(select(AdoptionDay.day_on).order_by(AdoptionDay.day_on))]
    ends = [day for day in days if is_month_end(day)][-_MONTHS_READ:]
    months: dict[date, dict[tuple[str, str, str], int]] = {day: {} for day in ends}
    for key, value, _ in read_published(db.connection(), days=ends):
        months[key.day_on][key.subject_kind, key.figure, key.window_name] = value
    return tuple(
        look_ahead(
            kind,
            month_points(months, populations, kind=kind),
            target=target,
            first_day=days[0],
            catch_up_on=catch_up_on,
        )
        for kind in DENOMINATOR_OF
    )
