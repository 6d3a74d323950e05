"""Everything the page and the exports show, read once from the aggregates, not from the journal."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.figures.closings import FigureKey
from idp.figures.days import is_month_end
from idp.figures.denominators import Population, list_populations
from idp.figures.models import AdoptionDay, AdoptionRevision
from idp.figures.published import list_revisions, read_published
from idp.figures.rates import TargetRate, Values, participant_rates, target_rates
from idp.kit.immutable import immutable
from idp.settings.people import Target

CHART_MONTHS = 18
SHOWN_REVISIONS = 20


@immutable
class Board:
    """The figures as of the last closed day, and at the ends of the months before."""

    as_of: date
    target: Target
    values: Values
    months: Mapping[date, Values]
    populations: tuple[Population, ...]
    everyone: tuple[TargetRate, ...]
    """T4p: persons, enterprises, pooled."""
    participants: tuple[TargetRate, ...]
    """T4: the same, of those who took part; at most so high."""
    revisions: tuple[AdoptionRevision, ...]
    """The last of them, the newest first."""
    revised: Mapping[FigureKey, int]
    """The figures that a revision replaced, with its number."""

    def revision_of(self, keys: Iterable[FigureKey], populations: Iterable[Population]) -> int:
        """The newest revision of what a rate is made of; 0 as first published."""
        figures = (self.revised.get(key, 0) for key in keys)
        return max(0, *figures, *(population.revision for population in populations))


def read_board(db: Session, *, target: Target) -> Board | None:
    """The board; None as long as no day was closed."""
    last = db.scalar(select(func.max(AdoptionDay.day_on)))
    if last is None:
        return None
    month_ends = _month_ends(db, last)
    figures, revised = _read_figures(db, {last, *month_ends})
    populations = list_populations(db)
    values = figures[last]
    everyone = target_rates(values, populations, as_of=last, target=target)
    months = {day: figures[day] for day in month_ends}
    return Board(
        as_of=last,
        target=target,
        values=values,
        months=months,
        populations=tuple(populations),
        everyone=tuple(everyone),
        participants=tuple(participant_rates(values, target=target)),
        revisions=tuple(list_revisions(db, limit=SHOWN_REVISIONS)),
        revised=revised,
    )


def _month_ends(db: Session, last: date) -> list[date]:
    """The ends of the last 18 closed months."""
    days = db.scalars(
        select(AdoptionDay.day_on)
        .where(AdoptionDay.day_on > last - func.make_interval(0, CHART_MONTHS + 1))
        .order_by(AdoptionDay.day_on)
    )
    return [day for day in days if is_month_end(day)][-CHART_MONTHS:]


def _read_figures(
    db: Session, days: Collection[date]
) -> tuple[Mapping[date, Values], Mapping[FigureKey, int]]:
    figures: dict[date, dict[tuple[str, str, str], int]] = {day: {} for day in days}
    revised: dict[FigureKey, int] = {}
    for key, value, revision in read_published(db.connection(), days=days):
        figures[key.day_on][key.subject_kind, key.figure, key.window_name] = value
        if revision:
            revised[key] = revision
    return figures, revised
