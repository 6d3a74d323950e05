"""Everything the page and the exports show, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from idp.figures.denominators import Population, list_populations
from idp.figures.queries import find_closed_days, read_figures
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


@dataclass(frozen=True)
class Board:
    """The figures as of the last closed day, and at the ends of the months before."""

    as_of: date
    first_day: date
    target_percent: int
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


def read_board(db: Session, *, target_percent: int) -> Board | None:
    """The board; None as long as no day was closed."""
    closed = find_closed_days(db)
    if closed is None:
        return None
    figures = read_figures(db, {closed.last, *closed.month_ends})
    populations = list_populations(db)
    values = figures[closed.last]
    everyone = target_rates(values, populations, as_of=closed.last, target_percent=target_percent)
    top = headline(everyone)
    months = {day: figures[day] for day in closed.month_ends}
    points = {kind: tuple(month_points(months, populations, kind=kind)) for kind in DENOMINATOR_OF}
    projection = (
        project(points[top.subject_kind], target_percent=target_percent, first_day=closed.first)
        if top
        else None
    )
    return Board(
        as_of=closed.last,
        first_day=closed.first,
        target_percent=target_percent,
        values=values,
        months=months,
        populations=tuple(populations),
        everyone=tuple(everyone),
        participants=tuple(participant_rates(values, target_percent=target_percent)),
        headline=top,
        points=points,
        projection=projection,
    )
