"""When the target is reached: a damped trend on the logit of the rate, with its 80% band. Pure.

The series is that of frozen months: each rate over the 12 whole months that end with its month, and
none of a window that reaches behind the first closed day. What is reached is decided by counts of
subjects, never by a share. `docs/forecast.md` says how well it held.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil, exp, floor, log
from typing import Literal, TypeAlias

from idp.figures.days import month_start, months_between
from idp.figures.rates import Rate
from idp.kit.immutable import immutable
from idp.settings.people import Target

FEWEST_MONTHS = 12
"""Whole windows below which it is too early to say."""
FEWEST_SUBJECTS = 100
"""In each of the last six months; fewer are too few to foretell."""
TREND_MONTHS = 6
HORIZON = 24
"""No date is said beyond so many months."""
SHARE_WITHIN = 80
"""Of a hundred results, how many the band is to hold."""
OWN_ORIGINS = 12
"""From so many past forecasts of that length on, the series' own errors count, too."""
_DAMPING = 0.9


@immutable
class Month:
    """One month whose window is whole: UNI-used, of everyone."""

    month_end: date
    numerator: int
    denominator: int

    @property
    def percent(self) -> Fraction:
        """The rate in percent points, exactly."""
        return Fraction(100 * self.numerator, self.denominator)

    def has_reached(self, target: Target) -> bool:
        """By counts: 100 n ≥ target N."""
        return 100 * self.numerator >= target.percent * self.denominator

    @cached_property
    def logit(self) -> float:
        """The log of the odds; nobody and everybody count as half a subject away from it."""
        used = min(max(self.numerator, 0.5), self.denominator - 0.5)
        return log(used / (self.denominator - used))


@immutable
class Foreseen:
    """A month to come, as counts of subjects of today's denominator, each cut down."""

    month_on: date
    """Its first day."""
    middle: int
    low: int
    high: int
    """The edges of the band."""


@immutable
class Unknown:
    """The newest month has no figure, or nobody counted everyone."""


@immutable
class TooEarly:
    """So many whole windows, where `FEWEST_MONTHS` are needed."""

    months: int


@immutable
class TooFew:
    """Fewer than `FEWEST_SUBJECTS` in one of the last six months."""


@immutable
class Reached:
    """By the last whole month."""


@immutable
class Expected:
    """The months, by their first day, in which path, upper and lower edge reach the target."""

    path: tuple[Foreseen, ...]
    about_on: date | None
    """None: not within `HORIZON`."""
    earliest_on: date | None
    latest_on: date | None
    basis: Literal["simulated", "own"]
    """Whose past errors made the band: made-up countries', or the series' own as well."""


Answer: TypeAlias = Unknown | TooEarly | TooFew | Reached | Expected


def known_months(rates: Sequence[tuple[date, Rate]]) -> list[Month]:
    """The months up to the newest; one whose rate is not known ends the row."""
    months: list[Month] = []
    for month_end, rate in reversed(rates):
        if rate.numerator is None or not rate.denominator:
            break
        months.insert(0, Month(month_end, rate.numerator, rate.denominator))
    return months


def foretell(months: Sequence[Month], *, target: Target, widths: Mapping[int, float]) -> Answer:
    """When the target is reached, or why nobody can say. `widths`: months ahead → q (`band.py`)."""
    withheld = _withheld(months, target)
    if withheld is not None:
        return withheld
    half, is_own = half_widths(months, widths)
    path = _foreseen(months, half)
    needed = -(-months[-1].denominator * target.percent // 100)
    return Expected(
        path=path,
        about_on=_first(path, [f.middle for f in path], needed),
        earliest_on=_first(path, [f.high for f in path], needed),
        latest_on=_first(path, [f.low for f in path], needed),
        basis="own" if is_own else "simulated",
    )


def _withheld(months: Sequence[Month], target: Target) -> Reached | TooEarly | TooFew | None:
    """Why no forecast is said; None: one is."""
    if months and months[-1].has_reached(target):
        return Reached()
    if len(months) < FEWEST_MONTHS:
        return TooEarly(len(months))
    return None if are_enough(months) else TooFew()


def are_enough(months: Sequence[Month]) -> bool:
    """Whether the last six months have as many subjects as a trend needs."""
    return all(month.numerator >= FEWEST_SUBJECTS for month in months[-TREND_MONTHS:])


def path_on_logit(months: Sequence[Month], *, horizon: int = HORIZON) -> list[float]:
    """The last z + s (0.9 + … + 0.9^h), h = 1 … 24; s is the mean monthly rise of six months."""
    last = months[-1].logit
    slope = (last - months[-1 - TREND_MONTHS].logit) / TREND_MONTHS
    damped = 0.0
    path = []
    for ahead in range(1, horizon + 1):
        damped += _DAMPING**ahead
        path.append(last + slope * damped)
    return path


def mean_move(months: Sequence[Month]) -> float:
    """The mean of |Δ logit| of the last six months: the unit of the band."""
    last = [month.logit for month in months[-1 - TREND_MONTHS :]]
    return sum(abs(b - a) for a, b in pairwise(last)) / TREND_MONTHS


def half_widths(
    months: Sequence[Month], widths: Mapping[int, float], *, horizon: int = HORIZON
) -> tuple[list[float], bool]:
    """Of the band on the logit, by month ahead; and whether own errors were enough to count.

    q of simulated countries times the mean move; from 12 own past forecasts of that length on, the
    wider of that and what held 80 of 100 of their errors.
    """
    move = mean_move(months)
    errors = own_errors(months, horizon=horizon)
    own = {
        ahead: within(some) if len(some) >= OWN_ORIGINS else 0.0 for ahead, some in errors.items()
    }
    return [max(widths[ahead] * move, own[ahead]) for ahead in own], any(own.values())


def own_errors(months: Sequence[Month], *, horizon: int = HORIZON) -> dict[int, list[float]]:
    """|error| on the logit by month ahead, of every forecast that the rules allowed."""
    errors: dict[int, list[float]] = {ahead: [] for ahead in range(1, horizon + 1)}
    for origin in range(FEWEST_MONTHS, len(months)):
        path = path_on_logit(months[origin - 1 - TREND_MONTHS : origin], horizon=horizon)
        for ahead, (foretold, came) in enumerate(
            zip(path, months[origin : origin + horizon], strict=False), start=1
        ):
            errors[ahead].append(abs(came.logit - foretold))
    return errors


def within(errors: Sequence[float]) -> float:
    """The smallest of the errors that holds 80 of 100 of them."""
    return sorted(errors)[ceil(len(errors) * SHARE_WITHIN / 100) - 1]


@immutable
class Past:
    """What was foretold for a month, one month before, beside what came: percent points."""

    month_end: date
    foretold: float
    low: float
    high: float
    came: float

    @property
    def error(self) -> float:
        """Signed: positive where more was foretold than came."""
        return self.foretold - self.came

    @property
    def is_outside(self) -> bool:
        """Whether the band did not hold it."""
        return not self.low <= self.came <= self.high


def past_forecasts(
    months: Sequence[Month], *, target: Target, widths: Mapping[int, float], last: int = 12
) -> list[Past]:
    """The last forecasts for the month that followed, newest first; those that were said alone."""
    found = []
    for origin in range(len(months) - 1, max(0, len(months) - 1 - last), -1):
        known, came = months[:origin], months[origin]
        if _withheld(known, target) is not None:
            continue
        [middle], ([half], _) = (
            path_on_logit(known, horizon=1),
            half_widths(known, widths, horizon=1),
        )
        foretold, low, high = (100 * share_of(z) for z in (middle, middle - half, middle + half))
        found.append(Past(came.month_end, foretold, low, high, float(came.percent)))
    return found


@immutable
class Pace:
    """Percent points a month: what the last six months brought, and what the due date takes."""

    present: Fraction
    required: Fraction | None
    """None without a date to come."""


def pace(months: Sequence[Month], *, target: Target, due_on: date | None) -> Pace | None:
    """The pace; None with fewer than seven whole months, of which no rise can be told."""
    if len(months) <= TREND_MONTHS:
        return None
    last = months[-1]
    present = (last.percent - months[-1 - TREND_MONTHS].percent) / TREND_MONTHS
    ahead = months_between(last.month_end, due_on) if due_on else 0
    required = max(Fraction(0), target.percent - last.percent) / ahead if ahead > 0 else None
    return Pace(present, required)


def months_late(due_on: date, as_of: date) -> int:
    """Whole months since the due date; 0 before it."""
    return max(0, months_between(due_on, as_of))


def share_of(logit: float) -> float:
    """The rate, 0 … 1, of a logit."""
    return 1 / (1 + exp(-logit))


def _foreseen(months: Sequence[Month], half: Sequence[float]) -> tuple[Foreseen, ...]:
    last = months[-1]

    def count(logit: float) -> int:
        return floor(share_of(logit) * last.denominator)

    return tuple(
        Foreseen(
            month_start(last.month_end, months_before=-ahead),
            middle=count(z),
            low=count(z - wide),
            high=count(z + wide),
        )
        for ahead, (z, wide) in enumerate(zip(path_on_logit(months), half, strict=True), start=1)
    )


def _first(path: Sequence[Foreseen], counts: Sequence[int], needed: int) -> date | None:
    return next((f.month_on for f, n in zip(path, counts, strict=True) if n >= needed), None)
