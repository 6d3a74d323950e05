"""What a report says, read from one freeze and from those that stood when it was made.

The same freeze gives the same facts, whatever is published later: months are read as they stood
then, and denominators are those the freeze counted by.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, ToldActions, read_told
from idp.adoption.actions_page import Together, together_of
from idp.adoption.answer_charts import bars_of, chart_of
from idp.adoption.chart import Bar, LineChart
from idp.adoption.country_map import Picture, draw_map
from idp.adoption.figures_page import LADDER
from idp.adoption.filters import Chosen, Filters
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.places_data import Places, read_places
from idp.adoption.report.period import Period
from idp.adoption.revised import RevisedMonth, read_revised
from idp.adoption.shades import BOUNDS, SHADES, Shade
from idp.adoption.why import Why, why_of
from idp.figures.answer import Answer, answer
from idp.figures.days import months_between
from idp.figures.denominators import list_populations
from idp.figures.disclosure import STARRED, Cell, disclose
from idp.figures.frozen import FrozenMonth, Funnel, Outcomes
from idp.figures.ladder import SERVICE, Step
from idp.figures.open_rows import unsaid_beside
from idp.figures.outlook import Outlook, read_outlooks
from idp.figures.partitions import FigureOf, hidden_sign_ins
from idp.figures.published import read_published
from idp.figures.ranking import Standing, lowest
from idp.figures.rates import DENOMINATOR_OF, ENTERPRISE, Rate
from idp.figures.reasons import ABANDONED, OTHERWISE, REASONS, TOO_LOW
from idp.figures.sentences import due_sentences
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slices import funnel, list_months, national, outcomes, read_month
from idp.figures.targets import UNIFIED, statements
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.places.drawing import ATTRIBUTION
from idp.settings.people import AdoptionSettings, Target
from idp.web.messages import N_

_SHOWN = 5
"""Of the lowest provinces, of those that rose most, of those that fell most."""


@immutable
class Report:
    """The facts, by the names that the pages' templates know them by."""

    period: Period
    month: FrozenMonth
    target: Target
    answer: Answer
    pooled: Rate
    """People and businesses together, of everyone."""
    bars: dict[str, Bar]
    chart: LineChart | None
    forecasts: tuple[Forecast, ...]
    lateness: Sequence[object]
    places: Places
    map: Picture
    funnel: Funnel
    why: Why
    actions: tuple[Told, ...]
    """The five that bring most; none where the freeze holds none."""
    together: Together | None
    ended: Outcomes
    nation: Mapping[FigureOf, int]
    """Every figure of the country."""
    services: int | None
    """Of level 4, at the end of the month's last day."""
    ladder: dict[Step, Rate]
    revised: tuple[RevisedMonth, ...]
    shades: tuple[Shade, ...] = SHADES
    bounds: tuple[int, ...] = BOUNDS
    attribution: str = ATTRIBUTION
    provisional: None = None
    """A report is official: nothing that is not frozen stands in it."""
    since: None = None
    """What changed stands in its ranking, also of a quarter."""

    @property
    def before(self) -> FrozenMonth | None:
        """The freeze of the month, or of the quarter, before."""
        return self.places.chosen.before

    @property
    def lowest(self) -> list[Standing]:
        """The ranked provinces with the lowest rates."""
        return lowest(self.places.standings, _SHOWN)

    @property
    def compared(self) -> bool:
        """Whether of any province it is known how it moved."""
        return any(each.change is not None for each in self.places.standings)

    @property
    def risen(self) -> list[Standing]:
        """Those that rose most since then."""
        found = [each for each in self.places.standings if (each.change or 0) > 0]
        return sorted(found, key=lambda each: (-(each.change or 0), each.place.code))[:_SHOWN]

    @property
    def fallen(self) -> list[Standing]:
        """Those that fell most."""
        found = [each for each in self.places.standings if (each.change or 0) < 0]
        return sorted(found, key=lambda each: (each.change or 0, each.place.code))[:_SHOWN]

    @property
    def outcomes(self) -> list[tuple[str, Cell]]:
        """How the sign-ins of the month ended, in English, each with its count."""
        ended, stars = self.ended, hidden_sign_ins(self.nation)
        return [
            (name, STARRED if figure in stars else disclose(count, is_national=True))
            for name, figure, count in (
                (N_("succeeded"), "SUCCESS", ended.success),
                (REASONS[TOO_LOW], "REFUSED_LEVEL", ended.refused_level),
                (OTHERWISE, "REFUSED", ended.refused),
                (REASONS[ABANDONED], "ABANDONED", ended.abandoned),
            )
        ]

    @property
    def steps(self) -> list[tuple[str, Rate]]:
        """The rungs of the services of level 4, lowest first."""
        return [(name, self.ladder[step]) for step, name in LADDER]


def find_month(db: Session, period: Period, *, revision: int | None = None) -> FrozenMonth:
    """The freeze that a report is of.

    Raises NotFound, also for one that was replaced and beside its successors would tell of a few:
    its report prints exact figures of the nation.
    """
    month = read_month(db, period.last_on, revision=revision)
    if month is None:
        raise NotFound(N_("There are no figures of this month."))
    if unsaid_beside(db, month):
        raise NotFound(
            N_(
                "This report was replaced, and is no longer given: beside the newer one it would "
                "tell of fewer than 10 people. The open files of this version remain."
            )
        )
    return month


def read_report(
    db: Session, period: Period, month: FrozenMonth, settings: AdoptionSettings
) -> Report:
    """The facts of a month or quarter, whose freeze `find_month` found."""
    target, by = settings.target, settings.catch_up_on
    stood = list_months(db, as_of=month)
    found = _answer(db, month, target)
    steps = tuple(
        each for each in stood if months_between(each.month_on, month.month_on) % period.months == 0
    )
    chosen = Chosen(Filters(month=month.name), steps, month)
    places = read_places(db, chosen, target=target)
    outlooks = read_outlooks(db, target=target, catch_up_on=by, as_of=month)
    services, ladder = _ladder(db, month.month_on)
    parts, told = funnel(db, month), read_told(db, month)
    return Report(
        period=period,
        month=month,
        target=target,
        answer=found,
        pooled=found.of(PERSON).rate + found.of(ENTERPRISE).rate,
        bars=bars_of(found),
        chart=chart_of(db, stood[-12:], outlooks, target),
        forecasts=tuple(forecast_of(each, target=target, catch_up_on=by) for each in outlooks),
        lateness=tuple(due_sentences(statements()[UNIFIED], as_of=month.month_on)),
        places=places,
        map=draw_map(places.drawn, chosen.places_on),
        funnel=parts,
        why=why_of(parts, target=target),
        actions=told.told(told.best) if told else (),
        together=_together(told, found, outlooks[0], target),
        ended=outcomes(db, month),
        nation=national(db, month),
        services=services,
        ladder=ladder,
        revised=tuple(each for each in read_revised(db) if each.month.number <= month.number),
    )


def _answer(db: Session, month: FrozenMonth, target: Target) -> Answer:
    """By the denominators that the freeze counted by: others were recorded since."""
    values = national(db, month)
    everyone = {values.get((kind, "POP", AT_DAY)) for kind in DENOMINATOR_OF}
    populations = [each for each in list_populations(db) if each.value in everyone]
    return answer(values, populations, month=month, target=target)


def _together(
    told: ToldActions | None, found: Answer, people: Outlook, target: Target
) -> Together | None:
    """What the five bring together, each person counted once."""
    if told is None:
        return None
    actions, rate = told.actions, found.of(PERSON).rate
    return together_of(actions, told.best_ranks, rate, people, target=target)


def _ladder(db: Session, day: date) -> tuple[int | None, dict[Step, Rate]]:
    """How many services of level 4 there were, and the share on each rung."""
    rungs = {
        key.figure: value
        for key, value, _ in read_published(db.connection(), days=[day])
        if key.subject_kind == SERVICE
    }
    whole = rungs.get(Step.ALL)
    return whole, {step: Rate(rungs.get(step), whole) for step in Step if step is not Step.ALL}
