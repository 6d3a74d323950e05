"""Groups of provinces' funnels, and levers on their people: what is starred of them. Pure.

A province's groups add up to its registered, and those of all provinces to the nation's, which is
exact. Who uses both tiers is printed wherever they are not few, so that no star can be laid there.
"""

from collections import defaultdict
from collections.abc import Mapping

from idp.figures.action_rows import Of
from idp.figures.disclosure import FEWEST, Place, starred_in_lines
from idp.figures.partitions import FigureOf
from idp.figures.sets import PERSON
from idp.figures.slice_rows import YEAR, State

GROUPS = {
    "both": frozenset({State.BOTH}),
    "one_tier": frozenset({State.CENTRAL, State.LOCAL}),
    "unsigned": frozenset({State.NEVER_TRIED, State.FOR_LEVEL, State.TRIED, State.WEAK}),
    "not_proven": frozenset({State.NOT_PROVEN}),
    "no_tier": frozenset({State.NO_TIER}),
}
_NOT_PROVEN: FigureOf = (PERSON, State.NOT_PROVEN, YEAR)
_OF_BOTH = (Of.FAILURES, Of.LAPSED)
"""Levers of the country that each province has for its own residents."""


def hidden_groups(cuts: Mapping[str, Mapping[FigureOf, int]]) -> set[Place]:
    """Province and group that are starred; `cuts`: all figures of each, as they are today."""
    counts = {
        (code, name): sum(figures.get((PERSON, state, YEAR), 0) for state in own)
        for code, figures in cuts.items()
        if code
        for name, own in GROUPS.items()
    }
    counts = {at: count for at, count in counts.items() if count or at[1] != "no_tier"}
    lines: dict[str, list[Place]] = defaultdict(list)
    for code, name in counts:
        lines[f"place {code}"].append((code, name))
        if name != "both":
            lines[f"group {name}"].append((code, name))
    return starred_in_lines(counts, lines.values(), last={"both"})


def hidden_levers(
    cuts: Mapping[str, Mapping[FigureOf, int]], reached: Mapping[Place, int]
) -> set[Place]:
    """Levers of provinces that are starred: by province and lever.

    `reached`: how many each reaches. Desks reach just those who are not proven, so that they are
    starred where these are; what the country has, too (failures, the lapsed), adds up to its own,
    so that others are starred beside few.
    """
    desks = {
        (code, Of.DESKS)
        for code, name in hidden_groups(cuts)
        if name == "not_proven" and cuts[code].get(_NOT_PROVEN, 0) >= FEWEST
    }
    lines: dict[str, list[Place]] = defaultdict(list)
    for code, lever in sorted(reached):
        if lever.split(" ")[0] in _OF_BOTH:
            lines[lever].append((code, lever))
    of_both = {at: reached[at] for line in lines.values() for at in line}
    return desks | starred_in_lines(of_both, lines.values())
