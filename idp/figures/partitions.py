"""The partitions of the nation whose sums are printed exactly, and what is starred of them. Pure.

One rule for pages, files and programs, as they print of the same counts. Each figure below is the
sum of its own states and of those of all figures after it.
"""

from collections.abc import Mapping
from itertools import chain
from typing import TypeVar

from idp.figures.disclosure import Group, is_cut, starred_within
from idp.figures.sets import AT_DAY, PERSON, Figure
from idp.figures.slice_rows import MONTH, WINDOWS, CompanyState, State
from idp.organizations.models import OrganizationKind

PEOPLE = {
    Figure.REG: (State.NOT_PROVEN,),
    Figure.VER1: (State.NEVER_TRIED, State.FOR_LEVEL, State.TRIED, State.WEAK),
    Figure.ACT: (State.NO_TIER, State.CENTRAL, State.LOCAL),
    Figure.UNI_USED: (State.BOTH,),
}
COMPANIES = {
    Figure.REG: (
        CompanyState.NO_ACCOUNT,
        CompanyState.NOT_PROVEN,
        CompanyState.NOT_SIGNED_IN,
        CompanyState.DELEGATED,
    ),
    Figure.PART: (CompanyState.SIGNED_IN,),
    Figure.UNI_USED: (CompanyState.BOTH,),
}
SIGN_IN = "sign_in"
_ENDED = ("SUCCESS", "REFUSED_LEVEL", "ABANDONED")
"""With the reasons of what was refused otherwise (REFUSED) they add up to BEGUN."""
_AT_DAY = {Figure.REG, Figure.VER1}
FigureOf = tuple[str, str, str]
"""Kind of subject, figure, window."""
_State = TypeVar("_State", bound=str)


def hidden_people(states: Mapping[State, int]) -> tuple[Group[State], ...]:
    """The states that are starred together, of one window."""
    return _hidden(PEOPLE, states)


def hidden_companies(states: Mapping[CompanyState, int]) -> tuple[Group[CompanyState], ...]:
    """The same of organizations of one kind."""
    return _hidden(COMPANIES, states)


def starred_figures(values: Mapping[FigureOf, int]) -> set[FigureOf]:
    """Of all exact figures of the nation, those that are starred for what sums would tell."""
    stars, _ = starred_together(values)
    return stars


def starred_together(
    values: Mapping[FigureOf, int],
) -> tuple[set[FigureOf], list[frozenset[FigureOf]]]:
    """The same, and the groups of which no more than the sum is told."""
    stars, groups = _starred(PERSON, PEOPLE, values)
    for kind in OrganizationKind:
        some, of_kind = _starred(kind, COMPANIES, values)
        stars, groups = stars | some, groups + of_kind
    return stars | {(SIGN_IN, name, MONTH) for name in hidden_sign_ins(values)}, groups


def hidden_sign_ins(values: Mapping[FigureOf, int]) -> set[str]:
    """Of the nation's sign-ins of a month by how they ended, what would tell of a few."""
    ended = {figure: n for (kind, figure, _), n in values.items() if kind == SIGN_IN}
    reasons = {figure: n for figure, n in ended.items() if figure.startswith("REASON")}
    regions = [{name: ended.get(name, 0) for name in _ENDED}, reasons]
    groups = starred_within(regions)
    hidden = {name for group in groups for name in group}
    return hidden | ({"REFUSED"} if is_cut({*reasons}, groups) else set())


def _hidden(
    partition: Mapping[Figure, tuple[_State, ...]],
    states: Mapping[_State, int],
    few: Group[_State] = frozenset(),
) -> tuple[Group[_State], ...]:
    return starred_within([{s: states.get(s, 0) for s in own} for own in partition.values()], few)


def _starred(
    kind: str, partition: Mapping[Figure, tuple[_State, ...]], values: Mapping[FigureOf, int]
) -> tuple[set[FigureOf], list[frozenset[FigureOf]]]:
    stars: set[FigureOf] = set()
    together: list[frozenset[FigureOf]] = []
    every: list[_State] = [*chain.from_iterable(partition.values())]
    counts = {w: {s: values.get((kind, s, w), 0) for s in every} for w in WINDOWS}
    found = {window: _hidden(partition, states) for window, states in counts.items()}
    if any(State.NOT_PROVEN in group for groups in found.values() for group in groups):
        few = frozenset(state for state in every if state == State.NOT_PROVEN)
        found = {window: _hidden(partition, states, few) for window, states in counts.items()}
    for window, groups in found.items():
        together += [frozenset((kind, state, window) for state in group) for group in groups]
        stars = stars.union(*together)
        inner: set[str] = {*every}
        for figure, own in partition.items():
            if is_cut(inner, groups):
                stars.add((kind, figure, AT_DAY if figure in _AT_DAY else window))
            inner -= {*own}
    return stars & values.keys(), together
