"""The five classes that maps and tiles show a rate by, and what stands for none. Pure."""

from bisect import bisect_right

from idp.kit.immutable import immutable

BOUNDS = (5, 10, 15, 20)
"""Percent points at which the next class begins; a rate is cut down to a digit before."""


@immutable
class Shade:
    """A class: its colour, and that of text on it, which differ by 4.5 : 1 at least.

    One hue from light to dark, so that it is told apart without colours and on paper.
    """

    fill: str
    ink: str
    has_tick: bool = False
    """The target's class has a tick and a thick border, too."""


SHADES = (
    Shade("#eaf4f4", "#14252a"),
    Shade("#bcdfe1", "#14252a"),
    Shade("#7fc0c5", "#14252a"),
    Shade("#23767f", "#ffffff"),
    Shade("#07343a", "#ffffff", has_tick=True),
)
UNKNOWN = Shade("url(#hatch)", "#14252a")
"""Not known, or not shown."""


def shade_of(percent: float | None) -> Shade:
    """The class of a rate in percent points."""
    return UNKNOWN if percent is None else SHADES[bisect_right(BOUNDS, percent)]
