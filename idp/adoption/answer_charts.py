"""The charts of the answer: both rates as bars, and the months that led there."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.adoption.chart import Bar, LineChart, Series, bar_end, draw_bar, draw_lines
from idp.figures.answer import Answer
from idp.figures.forecast import Expected
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import Outlook
from idp.figures.rates import ENTERPRISE, Rate
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slices import series
from idp.settings.people import Target
from idp.web.messages import N_

CHART_HEIGHT = 150
"""Pixels, so that the four answers stand on one screen."""
FORESEEN_MONTHS = 6
"""How far the chart draws what is to come; sentences say more."""
LINES = ((PERSON, N_("People")), (ENTERPRISE, N_("Businesses")))


def bars_of(found: Answer) -> dict[str, Bar]:
    """A bar of each kind, on one scale."""
    target = found.target.percent
    end = bar_end([rate.rate.percent for rate in found.kinds], target_percent=target)
    return {
        rate.subject_kind: draw_bar(rate.rate.percent, target_percent=target, end=end)
        for rate in found.kinds
    }


def chart_of(
    db: Session, months: Sequence[FrozenMonth], outlooks: Sequence[Outlook], target: Target
) -> LineChart | None:
    """Both kinds in these months, and the band of what is foreseen for people."""
    people = next(each for each in outlooks if each.subject_kind == PERSON)
    ahead = people.answer.path[:FORESEEN_MONTHS] if isinstance(people.answer, Expected) else ()
    everyone = people.months[-1].denominator if people.months else 1
    foreseen = [(100 * each.low / everyone, 100 * each.high / everyone) for each in ahead]
    lines = [Series(name, _percents(db, months, kind)) for kind, name in LINES]
    last = lines[0].percents[-1]
    today = [(last, last) if foreseen and last is not None else None]
    return draw_lines(
        [*(month.month_on for month in months), *(each.month_on for each in ahead)],
        lines,
        target=target.percent,
        band=[*(None for _ in months[1:]), *today, *foreseen],
        height=CHART_HEIGHT,
    )


def _percents(db: Session, months: Sequence[FrozenMonth], kind: str) -> list[float | None]:
    used = series(db, months, (kind, Figure.UNI_USED, MONTHS))
    everyone = series(db, months, (kind, "POP", AT_DAY))
    return [Rate(n, whole).percent for n, whole in zip(used, everyone, strict=True)]
