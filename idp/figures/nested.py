"""What is starred of the nation's exact figures, so that none less another tells of a few. Pure.

Figures lie within others: who is proven face to face is proven, who used both tiers in a month did
in the year. Each difference below is a number of people (or organizations) of its own; where it is
fewer than ten, one of its figures is starred: one that no sum gives away, or else all figures of
the shorter window.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from itertools import combinations

from idp.figures.disclosure import FEWEST, STARRED, Cell, disclose
from idp.figures.partitions import FigureOf, starred_together
from idp.figures.said import ANSWERED
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import WINDOWS, CompanyState, State
from idp.figures.system_counts import SYSTEM
from idp.kit.immutable import immutable
from idp.organizations.models import OrganizationKind

MOST_STARRED = 0.25
"""Of the figures of a window; of one with more stars none is told."""
_KINDS = frozenset(map(str, OrganizationKind))
_REUSE = tuple(f"REUSE_{n}" for n in range(2, 6))
_WITH = {"PART": ("SUCCEEDED", "BEGAN")}
"""Starred with it: another name of the same people, and the least that holds all of them."""
_AT_DAY = frozenset({"REG", "VER1", "VER2", "VER", "ACCOUNT", "DELEGATED"})


@immutable
class _Within:
    """How the figures of a kind of subject lie within each other."""

    last: tuple[str, ...]
    """Sums and states: never starred alone, as the others would give them away."""
    chains: tuple[tuple[str, ...], ...]
    """Each lies within those before it."""
    rest: tuple[tuple[Mapping[str, int], str], ...]
    """What is left of a sum less its known parts; and which figure is starred."""
    grows: tuple[str, ...]
    """In a longer window there are those of the shorter one, too."""
    shrinks: tuple[str, ...]
    """The other way round."""


def _less(outer: str, *inner: str) -> dict[str, int]:
    return {outer: 1} | dict.fromkeys(inner, -1)


_PEOPLE = _Within(
    last=("REG", "VER1", "ACT", "UNI_USED", *State),
    chains=(
        ("REG", "VER1", "VER2"),
        ("VER1", "ACT", "UNI_USED", "UNI_STRICT"),
        ("ACT", *_REUSE),
        ("REG", "BEGAN", "PART", "ACT"),
        ("REG", "PART_LISTED", "PART"),
    ),
    rest=(
        (_less("PART", "ACT", State.WEAK), "PART"),
        (_less("BEGAN", "PART", State.FOR_LEVEL, State.TRIED), "BEGAN"),
        (_less("REG", "BEGAN", State.NEVER_TRIED), "BEGAN"),
        (_less("BEGAN", "ACT", State.WEAK, State.FOR_LEVEL, State.TRIED), "BEGAN"),
        (_less("REG", "PART", State.NEVER_TRIED, State.FOR_LEVEL, State.TRIED), "PART"),
    ),
    grows=("ACT", "UNI_USED", "PART", "BEGAN", "PART_LISTED", "PART_UNKNOWN", *_REUSE),
    shrinks=(State.NEVER_TRIED,),
)
_COMPANIES = _Within(
    last=("REG", "PART", "UNI_USED", *CompanyState),
    chains=(
        ("REG", "ACCOUNT", "VER", "ACT"),
        ("REG", "DELEGATED"),
        ("REG", "PART_LISTED", "PART", "UNI_USED"),
        ("PART", "ACT"),
    ),
    rest=(
        (_less("REG", "ACCOUNT", CompanyState.NO_ACCOUNT), "ACCOUNT"),
        (_less("ACCOUNT", "VER", CompanyState.NOT_PROVEN), "ACCOUNT"),
        (_less("VER", CompanyState.NOT_SIGNED_IN, CompanyState.DELEGATED), "VER"),
        (
            _less("PART", "VER")
            | dict.fromkeys((CompanyState.NOT_SIGNED_IN, CompanyState.DELEGATED), 1),
            "VER",
        ),
        (_less("DELEGATED", CompanyState.DELEGATED), "DELEGATED"),
    ),
    grows=("ACT", "UNI_USED", "PART", "PART_LISTED", "PART_UNKNOWN", "REGISTER_DISAGREES"),
    shrinks=(CompanyState.NO_ACCOUNT, CompanyState.NOT_PROVEN),
)


@immutable
class Difference:
    """A number of subjects that printed figures would tell, and what is starred against it."""

    of: Mapping[FigureOf, int]
    """Figure → 1 or −1."""
    starred: frozenset[FigureOf]
    """Empty: the whole window `window` of this kind."""
    kind: str
    window: str

    def is_told(self, stars: Set[FigureOf], groups: Collection[frozenset[FigureOf]]) -> bool:
        """Whether what is printed gives it away: all its figures, or a group by its sum alone."""
        hidden = stars & self.of.keys()
        for group in groups:
            if group <= hidden and len({self.of[each] for each in group}) == 1:
                hidden -= group
        return not hidden

    def value(self, values: Mapping[FigureOf, int]) -> int:
        """How many they are."""
        return sum(sign * values.get(figure, 0) for figure, sign in self.of.items())


def starred_nation(values: Mapping[FigureOf, int]) -> set[FigureOf]:
    """Of all exact figures of the nation, those that are not told; some of them are of nobody.

    Where a quarter of a window would not be told, none of it is; where a figure is starred, those
    of its window that count nobody are, too: a star does not say that there is somebody.
    """
    stars, groups = starred_together(values)
    stars |= {key for key, count in values.items() if _is_of_people(key) and 0 < count < FEWEST}
    differences = [each for each in list_differences() if 0 < each.value(values) < FEWEST]
    while open_ := next((each for each in differences if each.is_told(stars, groups)), None):
        stars |= open_.starred or _whole(open_.kind, open_.window)
        for name, others in _WITH.items():
            stars |= {
                (k, each, w) for each in others for k, own, w in stars if (k, own) == (PERSON, name)
            }
    for kind, window in {(kind, window) for kind, _, window in stars}:
        whole = _whole(kind, window)
        told = [key for key in whole if values.get(key)]
        if whole and MOST_STARRED * len(told) < len(stars.intersection(told)):
            stars |= whole
        stars |= {key for key in whole if not values.get(key)}
    return stars


def of_nation(
    values: Mapping[FigureOf, int], stars: Set[FigureOf], figures: Collection[FigureOf]
) -> Cell:
    """What is told of these together: their exact sum, or a star; `stars` of `starred_nation`."""
    if any(each in stars for each in figures):
        return STARRED
    return disclose(sum(values.get(each, 0) for each in figures), is_national=True)


def _whole(kind: str, window: str) -> set[FigureOf]:
    """All figures of a window of a kind of subject, but how many are registered."""
    within = _PEOPLE if kind == PERSON else _COMPANIES if kind in _KINDS else None
    if within is None:
        return set()
    names = {*within.last, *within.grows, *within.shrinks}.union(*within.chains)
    names |= {"SUCCEEDED"} if kind == PERSON else set()
    return {
        (kind, name, window) for name in names - {"REG"} if (name in _AT_DAY) == (window == AT_DAY)
    }


def changed_by_few(before: Mapping[FigureOf, int], now: Mapping[FigureOf, int]) -> set[FigureOf]:
    """What an older version of a month does not tell beside a later one.

    All that changed of a kind of subject, if any figure of it changed by fewer than ten: sums and
    differences of the two versions are then of what is the same in both.
    """
    changed = {
        key
        for key in {*before, *now}
        if _is_of_people(key) and before.get(key, 0) != now.get(key, 0)
    }
    kinds = {key[0] for key in changed if abs(now.get(key, 0) - before.get(key, 0)) < FEWEST}
    return {key for key in changed if key[0] in kinds}


def list_differences() -> Iterator[Difference]:
    """Every one, of people and of each kind of organization."""
    yield from _of_kind(PERSON, _PEOPLE)
    for kind in OrganizationKind:
        yield from _of_kind(kind, _COMPANIES)


def _of_kind(kind: str, within: _Within) -> Iterator[Difference]:
    for window in WINDOWS:
        for chain in within.chains:
            for outer, inner in combinations(chain, 2):
                either = next((name for name in (inner, outer) if name not in within.last), None)
                yield _difference(kind, window, _less(outer, inner), either)
        for signs, starred in within.rest:
            yield _difference(kind, window, signs, starred)
    for longer, shorter in combinations(WINDOWS, 2):
        for name in (*within.grows, *within.shrinks):
            sign = 1 if name in within.grows else -1
            own = (kind, name, shorter)
            yield Difference(
                {(kind, name, longer): sign, own: -sign},
                frozenset() if name in within.last else frozenset({own}),
                kind,
                shorter,
            )


def _difference(
    kind: str, window: str, signs: Mapping[str, int], starred: str | None
) -> Difference:
    of = {figure_of(kind, name, window): sign for name, sign in signs.items()}
    some = frozenset({figure_of(kind, starred, window)} if starred else ())
    return Difference(of, some, kind, window)


def figure_of(kind: str, name: str, window: str) -> FigureOf:
    """The figure of that window, or of the day."""
    return kind, name, AT_DAY if name in _AT_DAY else window


def _is_of_people(key: FigureOf) -> bool:
    return key[0] not in {SYSTEM, ANSWERED}
