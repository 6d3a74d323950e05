"""Counts of provinces that the nation's, which are exact, tell: starred with the few. Pure."""

from collections.abc import Iterable, Mapping

from idp.figures.disclosure import starred_in_lines
from idp.figures.partitions import FigureOf
from idp.figures.sets import PERSON, Figure
from idp.figures.slice_rows import YEAR

USED: FigureOf = (PERSON, Figure.UNI_USED, YEAR)
PATH: tuple[FigureOf, FigureOf] = ((PERSON, "SUCCEEDED", YEAR), (PERSON, "BEGAN", YEAR))
"""Who succeeded, of who began."""


def hidden_places(counts: Mapping[str, int]) -> set[str]:
    """The provinces whose count is starred: few, and those that hide them in the nation's."""
    cells = {(code, ""): count for code, count in counts.items() if code}
    return {code for code, _ in starred_in_lines(cells, [[*cells]])}


def hidden_figures(
    cuts: Mapping[str, Mapping[FigureOf, int]], figures: Iterable[FigureOf]
) -> set[str]:
    """The provinces of which one of these figures is starred so."""
    return {
        code
        for figure in figures
        for code in hidden_places({code: cut.get(figure, 0) for code, cut in cuts.items()})
    }
