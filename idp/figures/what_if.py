"""What would move the figure: who could be completed by which lever, as unions of people. Pure.

A lever is a set of people outside UNI-used whom it would complete, and how many of a hundred it
did complete in past cases. Two levers that reach the same person help once: what they bring
together is a union, never a sum. Nothing here claims a cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import TypeAlias

from pyroaring import BitMap

from idp.kit.immutable import immutable

FEWEST_CASES = 3
"""Past cases below which a conversion is not known."""
SPREAD_MONTHS = 6
"""Over which a gain is added to the path, in equal parts."""
ACTIONS = 5


@immutable
class Conversion:
    """Of those a lever reached in past cases, the share that became UNI-used, 0 … 1."""

    low: Fraction
    """First quartile."""
    middle: Fraction
    """Median."""
    high: Fraction
    """Third quartile."""


@immutable
class Lever:
    """Somebody's action. `reaches` None: no list says whom; `conversion` None: too few cases."""

    id: str
    reaches: BitMap | None
    conversion: Conversion | None


@immutable
class Gain:
    """People that a lever would add: at most so many, and about so many. None: not known."""

    lever: str
    at_most: int | None
    low: int | None
    about: int | None
    high: int | None


@immutable
class People:
    """Who stands where in the window: bitmaps over people. Only proven ones are in UNI-used."""

    proven: BitMap
    central: BitMap
    local: BitMap
    unproven: BitMap = field(default_factory=BitMap)
    """Registered, and not proven: whom a desk could help."""

    @property
    def both(self) -> BitMap:
        """UNI-used."""
        return self.proven & self.central & self.local

    @property
    def one_sided(self) -> BitMap:
        """One tier alone."""
        return self.proven & (self.central ^ self.local)

    @property
    def outside(self) -> BitMap:
        """The registered who are not UNI-used: all that could still be completed."""
        return (self.proven | self.unproven) - self.both

    def completed_by(self, members: BitMap, *, tier: str) -> BitMap:
        """L1: those who need only that tier (`central`, `local`) and stand in a list of it."""
        other = self.local if tier == "central" else self.central
        return self.one_sided & other & members


_Group: TypeAlias = tuple[frozenset[int], int]
"""Which levers reach these people, and how many they are."""


def observed(cases: Sequence[tuple[int, int]]) -> Conversion | None:
    """Median and quartiles of past cases (converted, reached); None for fewer than three."""
    rates = sorted(Fraction(done, reached) for done, reached in cases if reached > 0)
    if len(rates) < FEWEST_CASES:
        return None
    return Conversion(*(_quantile(rates, Fraction(part, 4)) for part in (1, 2, 3)))


def gain(lever: Lever, people: People) -> Gain:
    """What one lever would bring alone."""
    if lever.reaches is None:
        return Gain(lever.id, None, None, None, None)
    reached = len(lever.reaches & people.outside)
    rates = lever.conversion
    if rates is None:
        return Gain(lever.id, reached, None, None, None)
    return Gain(
        lever.id,
        reached,
        floor(rates.low * reached),
        floor(rates.middle * reached),
        floor(rates.high * reached),
    )


def together(levers: Iterable[Lever], people: People) -> Gain:
    """All that are known: Σ over people of 1 − Π (1 − r), each person once."""
    known = [lever for lever in levers if lever.reaches is not None]
    union = BitMap.union(*(lever.reaches or BitMap() for lever in known)) if known else BitMap()
    rated = [lever for lever in known if lever.conversion is not None]
    sums = [_expected(rated, people, name) for name in ("low", "middle", "high")]
    low, about, high = (floor(value) for value in sums)
    name = " + ".join(lever.id for lever in known)
    return Gain(name, len(union & people.outside), low, about, high)


def best_actions(
    levers: Iterable[Lever], people: People, *, most: int = ACTIONS
) -> list[tuple[Lever, int]]:
    """The levers with the largest marginal gain, greedily: each with what it adds to those before.

    Only levers that can be estimated; one that adds nobody ends the list. Ties by id. What a lever
    adds only falls as others are chosen, so that of many few are counted again.
    """
    left = {lever.id: lever for lever in levers if lever.reaches is not None and lever.conversion}
    added = {id_: _expected([lever], people, "middle") for id_, lever in left.items()}
    chosen: list[Lever] = []
    found: list[tuple[Lever, int]] = []
    before = Fraction(0)
    while left and len(found) < most:
        best: tuple[Fraction, str] | None = None
        for id_ in sorted(left, key=lambda id_: (-added[id_], id_)):
            if best is not None and added[id_] < best[0]:
                break
            added[id_] = _expected([*chosen, left[id_]], people, "middle") - before
            if best is None or (-added[id_], id_) < (-best[0], best[1]):
                best = added[id_], id_
        if best is None or floor(before + best[0]) - floor(before) < 1:
            break
        chosen.append(left.pop(best[1]))
        found.append((chosen[-1], floor(before + best[0]) - floor(before)))
        before += best[0]
    return found


def to_the_median(used: int, everyone: int, median: Fraction) -> int:
    """L2: people a province lacks to the median rate (0 … 1); 0 above it. Arithmetic alone."""
    return max(0, ceil(median * everyone) - used)


def with_gain(path: Sequence[int], added: int) -> list[int]:
    """A path of counts by month with a gain that comes in six equal monthly parts."""
    return [
        count + added * min(ahead, SPREAD_MONTHS) // SPREAD_MONTHS
        for ahead, count in enumerate(path, start=1)
    ]


def change(before: People, now: People, *, closed: BitMap, ever: BitMap) -> Mapping[str, int]:
    """UNI-used since the month before, as parts that add up exactly.

    `closed`: accounts no longer live. `ever`: whoever was UNI-used at any time before.
    """
    came, went = now.both - before.both, before.both - now.both
    return {
        "new": len(came - ever),
        "returned": len(came & ever),
        "lapsed": -len(went - closed),
        "closed": -len(went & closed),
    }


def between(
    before: Sequence[tuple[int, int]], now: Sequence[tuple[int, int]]
) -> tuple[Fraction, Fraction]:
    """The change of the country's rate as that of the provinces' rates, and that of their sizes.

    Of each province (used, everyone), in the same order, nobody's province being empty:
    Σ w̄ Δr + Σ r̄ Δw, without a rest.
    """
    rate, mix = Fraction(0), Fraction(0)
    all_before, all_now = (sum(everyone for _, everyone in some) for some in (before, now))
    for (used, everyone), (used_now, everyone_now) in zip(before, now, strict=True):
        r, r_now = Fraction(used, everyone), Fraction(used_now, everyone_now)
        w, w_now = Fraction(everyone, all_before), Fraction(everyone_now, all_now)
        rate += (w + w_now) / 2 * (r_now - r)
        mix += (r + r_now) / 2 * (w_now - w)
    return rate, mix


def _expected(levers: Sequence[Lever], people: People, quartile: str) -> Fraction:
    rates = [getattr(lever.conversion, quartile) for lever in levers]
    total = Fraction(0)
    for reaching, size in _groups([lever.reaches or BitMap() for lever in levers], people.outside):
        missed = Fraction(1)
        for number in reaching:
            missed *= 1 - rates[number]
        total += size * (1 - missed)
    return total


def _groups(sets: Sequence[BitMap], among: BitMap) -> list[_Group]:
    """People by which of the sets they stand in: every one in exactly one group."""
    groups: list[tuple[frozenset[int], BitMap]] = [(frozenset(), among)]
    for number, members in enumerate(sets):
        split = []
        for (reaching, some), is_in in product(groups, (True, False)):
            part = some & members if is_in else some - members
            if part:
                split.append((reaching | {number} if is_in else reaching, part))
        groups = split
    return [(reaching, len(some)) for reaching, some in groups if reaching]


def _quantile(values: Sequence[Fraction], part: Fraction) -> Fraction:
    """Between the values beside it, as far as `part` lies between their places."""
    place = part * (len(values) - 1)
    low = floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
