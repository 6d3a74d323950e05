"""What is to come, of each kind of subject: the forecast from the months that are frozen."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from idp.figures.band import simulated_widths
from idp.figures.forecast import (
    Answer,
    Month,
    Pace,
    Past,
    Unknown,
    foretell,
    known_months,
    pace,
    past_forecasts,
)
from idp.figures.frozen import FrozenMonth
from idp.figures.rates import DENOMINATOR_OF, Rate
from idp.figures.sets import AT_DAY, Figure
from idp.figures.slice_rows import YEAR
from idp.figures.slices import list_whole_months, series
from idp.kit.immutable import immutable
from idp.settings.people import Target

_MONTHS_READ = 60


@immutable
class Outlook:
    """Of one kind: its whole months, when it arrives, how fast it goes, how forecasts did."""

    subject_kind: str
    months: tuple[Month, ...]
    answer: Answer
    pace: Pace | None
    past: tuple[Past, ...]


def look_ahead(
    kind: str, rates: Sequence[tuple[date, Rate]], *, target: Target, catch_up_on: date | None
) -> Outlook:
    """The outlook of one kind from its months, each by its last day, oldest first."""
    months, widths = known_months(rates), simulated_widths()
    is_known = not rates or rates[-1][1].percent is not None
    return Outlook(
        subject_kind=kind,
        months=tuple(months),
        answer=foretell(months, target=target, widths=widths) if is_known else Unknown(),
        pace=pace(months, target=target, due_on=catch_up_on),
        past=tuple(past_forecasts(months, target=target, widths=widths)),
    )


def read_outlooks(
    db: Session,
    *,
    target: Target,
    catch_up_on: date | None,
    as_of: FrozenMonth | None = None,
    kinds: Iterable[str] = tuple(DENOMINATOR_OF),
) -> tuple[Outlook, ...]:
    """Of people and of enterprises, each month from the freeze that stands: both of its counts.

    `as_of`: as it looked when that month was frozen.
    """
    months = list_whole_months(db, as_of=as_of)[-_MONTHS_READ:]
    found = []
    for kind in kinds:
        used = series(db, months, (kind, Figure.UNI_USED, YEAR))
        everyone = series(db, months, (kind, "POP", AT_DAY))
        rates = [
            (month.month_on, Rate(numerator, whole or None))
            for month, numerator, whole in zip(months, used, everyone, strict=True)
        ]
        found.append(look_ahead(kind, rates, target=target, catch_up_on=catch_up_on))
    return tuple(found)
