"""Everything the page and the exports show, read once from the aggregates, not from the journal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.figures.days import is_month_end
from idp.figures.denominators import Population, list_populations
from idp.figures.models import AdoptionDay, AdoptionFigure
from idp.figures.rates import (
    DENOMINATOR_OF,
    MonthPoint,
    Projection,
    TargetRate,
    Values,
    headline,
    month_points,
    participant_rates,
    project,
    target_rates,
)
from idp.settings.people import Target

CHART_MONTHS = 18


@dataclass(frozen=True)
class Board:
    """The figures as of the last closed day, and at the ends of the months before."""

    as_of: date
    first_day: date
    target: Target
    values: Values
    months: Mapping[date, Values]
    populations: tuple[Population, ...]
    everyone: tuple[TargetRate, ...]
    """T4p: persons, enterprises, pooled."""
    participants: tuple[TargetRate, ...]
    """T4: the same, of those who took part; at most so high."""
    headline: TargetRate | None
    points: Mapping[str, tuple[MonthPoint, ...]]
    """The months of persons and of enterprises."""
    projection: Projection | None


def read_board(db: Session, *, target: Target) -> Board | None:
    """The board; None as long as no day was closed."""
    first = db.scalar(select(func.min(AdoptionDay.day_on)))
    last = db.scalar(select(func.max(AdoptionDay.day_on)))
    if first is None or last is None:
        return None
    month_ends = _month_ends(db, last)
    figures = _read_figures(db, {last, *month_ends})
    populations = list_populations(db)
    values = figures[last]
    everyone = target_rates(values, populations, as_of=last, target=target)
    top = headline(everyone)
    months = {day: figures[day] for day in month_ends}
    points = {kind: tuple(month_points(months, populations, kind=kind)) for kind in DENOMINATOR_OF}
    projection = project(points[top.subject_kind], target=target, first_day=first) if top else None
    return Board(
        as_of=last,
        first_day=first,
        target=target,
        values=values,
        months=months,
        populations=tuple(populations),
        everyone=tuple(everyone),
        participants=tuple(participant_rates(values, target=target)),
        headline=top,
        points=points,
        projection=projection,
    )


def _month_ends(db: Session, last: date) -> list[date]:
    """The ends of the last 18 closed months."""
    days = db.scalars(
        select(AdoptionDay.day_on)
        .where(AdoptionDay.day_on > last - func.make_interval(0, CHART_MONTHS + 1))
        .order_by(AdoptionDay.day_on)
    )
    return [day for day in days if is_month_end(day)][-CHART_MONTHS:]


def _read_figures(db: Session, days: Collection[date]) -> Mapping[date, Values]:
    rows = db.execute(
        select(
            AdoptionFigure.day_on,
            AdoptionFigure.subject_kind,
            AdoptionFigure.figure,
            AdoptionFigure.window_name,
            AdoptionFigure.value,
        ).where(AdoptionFigure.day_on.in_(days))
    )
    figures: dict[date, dict[tuple[str, str, str], int]] = {day: {} for day in days}
    for day, kind, figure, window, value in rows:
        figures[day][kind, figure, window] = value
    return figures
