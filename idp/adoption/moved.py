"""Who moved since the month before, as outside readers see it: the change in parts, the matrix."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from idp.adoption.why import cut_groups
from idp.figures.action_rows import NOBODY
from idp.figures.actions import MonthActions
from idp.figures.disclosure import FEWEST, STARRED, Cell, disclose, tells
from idp.figures.slice_rows import State
from idp.figures.what_if import between
from idp.kit.immutable import immutable
from idp.web.messages import N_

GROUPS = {
    NOBODY: N_("not registered"),
    State.NOT_PROVEN: N_("not proven"),
    State.NEVER_TRIED: N_("proven without a sign-in at the level"),
    State.NO_TIER: N_("signed in to no known service"),
    State.CENTRAL: N_("one tier"),
    State.BOTH: N_("use both tiers"),
}
"""The states of the matrix, those of the first page; each stands for several of the funnel."""
_IN = {
    **dict.fromkeys((State.FOR_LEVEL, State.TRIED, State.WEAK), State.NEVER_TRIED),
    State.LOCAL: State.CENTRAL,
}
_OF_WHY = {
    "not_proven": State.NOT_PROVEN,
    "unsigned": State.NEVER_TRIED,
    "no_tier": State.NO_TIER,
    "one_tier": State.CENTRAL,
    "both": State.BOTH,
}
PARTS = {
    "NEW": N_("New: never before, in 18 months"),
    "RETURNED": N_("Returned after a break"),
    "LAPSED": N_("Lapsed: not in 12 months"),
    "CLOSED": N_("Accounts closed"),
    "LATE": N_("Found late, of the month before"),
}


@immutable
class Part:
    """One part of the change."""

    name: str
    people: Cell
    is_less: bool
    points: Fraction | None
    """Of the rate, as the printed people make it; None: starred, or of how many is not known."""


@immutable
class Change:
    """The change of people's UNI-used, and of its rate, since the month before."""

    people: int
    points: Fraction | None
    parts: tuple[Part, ...]
    denominator: Fraction | None
    """What the change of the denominator did to the rate."""
    of_rates: Fraction | None
    """Of the change of all provinces together: through their rates, and through their sizes."""
    of_sizes: Fraction | None


Counted = tuple[int, int | None]
"""Who uses both tiers, of how many; None: not known."""


def change_of(
    actions: MonthActions,
    before: Counted,
    now: Counted,
    provinces: Sequence[tuple[Counted, Counted]],
) -> Change:
    """From two freezes: their counts of the country, and of each province."""
    (used, everyone), (used_now, everyone_now) = before, now
    then = sum(n for (was, _), n in actions.moved.items() if was == State.BOTH)
    sizes = {**actions.change, "LATE": then - used}
    rate = None if not everyone or not everyone_now else (everyone, everyone_now)
    known = [
        ((u, n), (v, m)) for (u, n), (v, m) in provinces if n is not None and m is not None and n
    ]
    effects = between([a for a, _ in known], [b for _, b in known]) if known else None
    hidden = _hidden(sizes)
    return Change(
        people=used_now - used,
        points=rate and Fraction(100 * used_now, rate[1]) - Fraction(100 * used, rate[0]),
        parts=tuple(
            _part(name, sizes.get(id_, 0), everyone_now, is_hidden=id_ in hidden)
            for id_, name in PARTS.items()
            if id_ != "LATE" or sizes["LATE"]
        ),
        denominator=rate and Fraction(100 * used, rate[1]) - Fraction(100 * used, rate[0]),
        of_rates=effects and 100 * effects[0],
        of_sizes=effects and 100 * effects[1],
    )


def _hidden(sizes: Mapping[str, int]) -> set[str]:
    """Parts that are starred: their exact sum, less what is printed, leaves room for 1 to 9 of few.

    The smallest first; a part with the other sign makes room, too.
    """
    parts = {id_: sizes.get(id_, 0) for id_ in PARTS if id_ != "LATE" or sizes["LATE"]}
    hidden = {id_ for id_, size in parts.items() if abs(size) < FEWEST}
    for id_ in sorted(parts, key=lambda each: abs(parts[each])):
        if tells([abs(parts[each]) for each in hidden], rounded=len(parts) - len(hidden)):
            hidden.add(id_)
    return hidden


def _part(name: str, size: int, everyone: int | None, *, is_hidden: bool) -> Part:
    cell = STARRED if is_hidden else disclose(abs(size))
    sign = -1 if size < 0 else 1
    is_known = cell.value is not None and everyone
    points = Fraction(100 * sign * (cell.value or 0), everyone or 1) if is_known else None
    return Part(name, cell, size < 0, points)


@immutable
class Matrix:
    """State then × state now. Margins are the funnels of both months, exact or starred as these."""

    groups: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...]
    """Of the rows: of the state a month before."""
    ends: tuple[Cell, ...]
    """Of the columns: of the state now."""
    has_none: bool
    """Whether the first group is of those not registered: nobody was so in both months."""
    stayed: frozenset[int]
    """Groups of which it is not said how many stayed, beside so few who left: the rest."""


def matrix_of(
    moved: Mapping[tuple[str, str], int], *, before: Mapping[State, int] | None = None
) -> Matrix:
    """Of the registered of either month; whoever was in neither is in none.

    `before`: the funnel of the month before as it was published, which is the margin; what was
    found late of it stands in the rows alone. None: the rows' own sums.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for (then, now), size in moved.items():
        counts[_group(then), _group(now)] += size
    groups = [
        group for group in GROUPS if any(group in pair and size for pair, size in counts.items())
    ]
    table = [[counts[then, now] for now in groups] for then in groups]
    rows = starred(table)
    return Matrix(
        groups=tuple(GROUPS[group] for group in groups),
        rows=rows,
        totals=_margin(
            _states(moved, 0) | {str(state): n for state, n in (before or {}).items()}, groups
        ),
        ends=_margin(_states(moved, 1), groups),
        has_none=NOBODY in groups,
        stayed=frozenset(
            i for i, row in enumerate(rows) if row[i].is_suppressed and table[i][i] >= FEWEST
        ),
    )


def _states(moved: Mapping[tuple[str, str], int], which: int) -> dict[str, int]:
    """Of the month before (0), or of this one (1): state → people."""
    states = Counter[str]()
    for pair, size in moved.items():
        states[pair[which]] += size
    return dict(states)


def _margin(states: Mapping[str, int], groups: Sequence[str]) -> tuple[Cell, ...]:
    """The groups of one of both months, starred as on the first page.

    Who came and who left is rounded: exact, both would tell what was found late of the registered.
    """
    sums = Counter[str]()
    for state, size in states.items():
        sums[_group(state)] += size
    cut = {_OF_WHY[name] for name in cut_groups({state: states.get(state, 0) for state in State})}
    return tuple(
        STARRED if group in cut else disclose(sums[group], is_national=group != NOBODY)
        for group in groups
    )


def starred(table: Sequence[Sequence[int]]) -> tuple[tuple[Cell, ...], ...]:
    """The cells, rounded; fewer than ten are starred.

    Where their row or column would tell of so few, who stayed is hidden too, then the smallest.
    """
    size = range(len(table))
    hidden = {(i, j) for i in size for j in size if table[i][j] < FEWEST}
    lines = [[(i, j) for j in size] for i in size] + [[(i, j) for i in size] for j in size]
    for _ in range(len(table) ** 2):
        found = next((line for line in lines if _tells(table, line, hidden)), None)
        if found is None:
            break
        shown = [at for at in found if at not in hidden]
        hidden.add(min(shown, key=lambda at: (at[0] != at[1], table[at[0]][at[1]], at)))
    return tuple(
        tuple(STARRED if (i, j) in hidden else disclose(table[i][j]) for j in size) for i in size
    )


def _tells(
    table: Sequence[Sequence[int]], line: Sequence[tuple[int, int]], hidden: set[tuple[int, int]]
) -> bool:
    """Whether its margin, less what is printed, leaves fewer than ten for what is starred."""
    stars = [table[i][j] for i, j in line if (i, j) in hidden]
    printed = len(line) - len(stars)
    return bool(printed) and tells(stars, rounded=printed)


def _group(state: str) -> str:
    return _IN.get(State(state), state) if state != NOBODY else state
