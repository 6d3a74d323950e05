"""The forecast tried on made-up countries that its band was not made of: errors, band, dates."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import TypeAlias

from bench.forecast.countries import BACKTEST_SEED, Made, make_countries
from idp.figures.band import simulated_widths
from idp.figures.forecast import (
    Expected,
    Month,
    are_enough,
    foretell,
    half_widths,
    path_on_logit,
    share_of,
)
from idp.settings.people import Target

ORIGINS = (12, 18, 24, 36)
AHEADS = (3, 6, 12)


@dataclass
class Held:
    """Over countries, of one method at one origin and length: errors and whether the band held."""

    errors: list[float] = field(default_factory=list)
    """|error| in percent points."""
    inside: list[bool] = field(default_factory=list)

    @property
    def error(self) -> float:
        return mean(self.errors)

    @property
    def share(self) -> float:
        """Of a hundred results, how many the band held."""
        return 100 * mean(self.inside)


Foretold: TypeAlias = Sequence[tuple[float, float, float]]
"""By month ahead: middle, lower and upper edge, in percent points."""
Results: TypeAlias = Mapping[tuple[int, int], Held]
"""(months known, months ahead) → how it held."""


def cases() -> Iterator[tuple[int, Made]]:
    """Every country at every origin from which a forecast would have been said."""
    for country in make_countries(BACKTEST_SEED):
        for origin in ORIGINS:
            if are_enough(country.months[:origin]):
                yield origin, country


def ours(known: Sequence[Month]) -> Foretold:
    """The product's own."""
    half, _ = half_widths(known, simulated_widths())
    return [
        (100 * share_of(z), 100 * share_of(z - wide), 100 * share_of(z + wide))
        for z, wide in zip(path_on_logit(known), half, strict=True)
    ]


def straight(known: Sequence[Month]) -> Foretold:
    """A straight line over the last six months, without a band: what the page showed before."""
    last = float(known[-1].percent)
    rise = (last - float(known[-7].percent)) / 6
    return [(last + rise * ahead,) * 3 for ahead in range(1, 13)]


def run(foretell: Callable[[Sequence[Month]], Foretold]) -> Results:
    """Every case."""
    return judge(
        (origin, country, foretell(country.months[:origin])) for origin, country in cases()
    )


def judge(foretold: Iterator[tuple[int, Made, Foretold]]) -> Results:
    """The same of forecasts made elsewhere."""
    held: dict[tuple[int, int], Held] = defaultdict(Held)
    for origin, country, path in foretold:
        for ahead in AHEADS:
            middle, low, high = path[ahead - 1]
            came = float(country.months[origin + ahead - 1].percent)
            held[origin, ahead].errors.append(abs(middle - came))
            held[origin, ahead].inside.append(low <= came <= high)
    return held


def dates() -> Mapping[str, int]:
    """Of the countries that reached 20% within 12 months, how far off the month foretold was."""
    found = {"reached": 0, "not foretold within 12 months": 0, "within 1": 0, "within 3": 0}
    target = Target(percent=20)
    for origin, country in cases():
        known, coming = country.months[:origin], country.months[origin : origin + 12]
        came = next((n for n, month in enumerate(coming) if month.has_reached(target)), None)
        answer = foretell(known, target=target, widths=simulated_widths())
        if came is None or not isinstance(answer, Expected):
            continue
        needed = 20 * known[-1].denominator // 100
        about = next((n for n, f in enumerate(answer.path[:12]) if f.middle >= needed), None)
        found["reached"] += 1
        found["not foretold within 12 months"] += about is None
        if about is not None:
            found["within 1"] += abs(about - came) <= 1
            found["within 3"] += abs(about - came) <= 3
    return found
