"""Made-up countries: counts of 60 months on a logistic curve, with a step, a season, a stall."""

from dataclasses import dataclass
from datetime import date
from math import exp, pi, sin
from random import Random

from idp.figures.days import month_end, month_start
from idp.figures.forecast import Month

MONTHS = 60
COUNTRIES = 240
KINDS = ("logistic", "step", "seasonal", "stall")
BAND_SEED = 20190307
"""Of the countries whose errors make the band; those of the backtest are others."""
BACKTEST_SEED = 20201231
_EVERYONE = 1_000_000
_FIRST = date(2015, 1, 1)


@dataclass(frozen=True)
class Made:
    """A country and what it did."""

    kind: str
    months: tuple[Month, ...]


def make_countries(seed: int) -> list[Made]:
    """As many of each kind; the same for the same seed, on every machine."""
    random = Random(seed)
    return [
        Made(kind, _months(random, kind))
        for n in range(COUNTRIES)
        for kind in [KINDS[n % len(KINDS)]]
    ]


def _months(random: Random, kind: str) -> tuple[Month, ...]:
    ceiling, speed = random.uniform(0.25, 0.9), random.uniform(0.04, 0.18)
    middle, noise = random.uniform(-6, 54), random.uniform(0.005, 0.02)
    turn, length = random.randrange(10, 50), random.randrange(6, 25)
    jump, swing, phase = (
        random.uniform(0.01, 0.05),
        random.uniform(0.01, 0.05),
        random.uniform(0, 2 * pi),
    )
    months = []
    for number in range(MONTHS):
        grown = number
        if kind == "stall":
            grown -= min(max(0, number - turn), length)
        share = ceiling / (1 + exp(-speed * (grown - middle)))
        if kind == "step" and number >= turn:
            share += jump
        if kind == "seasonal":
            share *= 1 + swing * sin(2 * pi * number / 12 + phase)
        share *= 1 + random.gauss(0, noise)
        used = round(_EVERYONE * min(share, 0.95))
        months.append(Month(month_end(month_start(_FIRST, months_before=-number)), used, _EVERYONE))
    return tuple(months)
