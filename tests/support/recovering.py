"""A reader with every published number and patience: whole numbers that all of them allow.

    reader = Reader()
    reader.told({"a": 1, "b": 1}, 100)             # a + b is printed as 100, exactly
    reader.told({"a": 1}, 95, give=2)              # a is printed as 95, rounded to five
    reader.allows("b", 1, like=truth)              # whether b may be 1

Exact both ways: what it allows it has seen in a solution of whole numbers, none of them negative;
what it does not allow, its own bounds refuse. Where neither comes about in so many steps, it says
so (`Undecided`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

_MOST = 10**9
_STEPS = 200
_WALKED, _ASTRAY = 4_000, 0.1
"""Steps of a walk; how many of ten of them are not the best, so that it goes round no circle."""
_ALL = 12
"""Values of a range that are tried, each."""
Bounds = dict[str, tuple[int, int]]


class Undecided(Exception):
    """Neither a solution nor a contradiction within the steps it may take."""


@dataclass(frozen=True)
class Told:
    """low ≤ Σ sign × unknown ≤ high."""

    of: Mapping[str, int]
    low: int
    high: int

    def lacks(self, values: Mapping[str, int]) -> int:
        """By how much the sum is too low; less than 0: too high; 0: it holds."""
        found = sum(sign * values[name] for name, sign in self.of.items())
        return max(self.low - found, 0) + min(self.high - found, 0)


@dataclass
class _Part:
    """Unknowns that hang together, and all that is told of them: derived numbers written out."""

    at: defaultdict[str, list[Told]]


@dataclass
class Reader:
    """All that is known of some unknown counts."""

    all_told: list[Told] = field(default_factory=list)
    at: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    derived: set[str] = field(default_factory=set)
    parts: dict[str, _Part] = field(default_factory=dict)

    def told(self, of: Mapping[str, int], value: int, *, give: int = 0) -> None:
        """A number is printed, off by as many as `give` at most."""
        self.between(of, value - give, value + give)

    def at_least(self, of: Mapping[str, int], value: int = 0) -> None:
        """It is known not to be lower: one figure lies within another."""
        self.between(of, value, _MOST)

    def between(self, of: Mapping[str, int], low: int, high: int) -> None:
        """The general form."""
        for name in of:
            self.at[name].append(len(self.all_told))
        self.all_told.append(Told(dict(of), low, high))

    def derive(self, name: str, of: Mapping[str, int]) -> None:
        """A number of its own, never negative, that others make up."""
        self.derived.add(name)
        self.told({name: -1, **of}, 0)

    def known(self) -> Bounds:
        """What follows at once; the world itself is a solution, so there is one."""
        self.parts.clear()
        bounds: Bounds = dict.fromkeys(self.at, (0, _MOST))
        if not self._narrow(bounds, range(len(self.all_told))):
            raise AssertionError("What is printed contradicts itself.")
        return bounds

    def allows(self, name: str, value: int, *, like: Mapping[str, int], known: Bounds) -> bool:
        """Whether a solution has that value; `like` is one that guides the search."""
        low, high = known[name]
        if not low <= value <= high:
            return False
        bounds = {**known, name: (value, value)}
        if not self._narrow(bounds, self.at[name]):
            return False
        part = self._part(name, known)
        asked = [each for each in self._asked(name, value) if each.of]
        if self._walk(part, bounds, like, Random(value), asked):
            return True
        near = [each for each in self._near(name, known) if each not in self.derived]
        return self._solve(bounds, near, like)

    def _asked(self, name: str, value: int) -> list[Told]:
        """That a derived number has that value; of others their bounds say so."""
        if name not in self.derived:
            return []
        told = (self.all_told[at].of for at in self.at[name] if len(self.all_told[at].of) > 1)
        of = next(each for each in told if each[name] == -1)
        return [Told({n: sign for n, sign in of.items() if n != name}, value, value)]

    def _walk(
        self,
        part: _Part,
        bounds: Bounds,
        like: Mapping[str, int],
        random: Random,
        asked: list[Told],
    ) -> bool:
        """From the solution that is known, mend what no longer holds, one unknown at a time."""
        values = {n: min(max(like.get(n, 0), bounds[n][0]), bounds[n][1]) for n in part.at}
        of = {**part.at, **{n: [*part.at[n], *asked] for told in asked for n in told.of}}
        moved = [n for n, value in values.items() if value != like.get(n, 0)]
        near = {id(rule): rule for n in moved for rule in of[n]} | {id(r): r for r in asked}
        wrong = {key: rule for key, rule in near.items() if rule.lacks(values)}
        last = ""
        for _ in range(_WALKED):
            if not wrong:
                return True
            rule = random.choice(list(wrong.values()))
            moves = []
            for each, sign in rule.of.items():
                low, high = bounds[each]
                to = min(max(values[each] + sign * rule.lacks(values), low), high)
                if to != values[each] and each != last:
                    was = values[each]
                    cost = -sum(abs(r.lacks(values)) for r in of[each])
                    values[each] = to
                    cost += sum(abs(r.lacks(values)) for r in of[each])
                    values[each] = was
                    moves.append((cost, random.random(), each, to))
            if not moves:
                last = ""
                continue
            _, _, last, to = random.choice(moves) if random.random() < _ASTRAY else min(moves)
            values[last] = to
            for each_rule in of[last]:
                if each_rule.lacks(values):
                    wrong[id(each_rule)] = each_rule
                else:
                    wrong.pop(id(each_rule), None)
        return False

    def _part(self, name: str, known: Bounds) -> _Part:
        """Found once for all who hang together."""
        if name not in self.parts:
            names = self._near(name, known)
            rules = []
            for at in dict.fromkeys(at for each in names for at in self.at[each]):
                told = self.all_told[at]
                derived = self.derived & told.of.keys()
                if not derived:
                    rules.append(told)
                elif len(told.of) > 1:
                    (number,) = derived
                    of = {n: sign for n, sign in told.of.items() if n != number}
                    rules.append(Told(of, *known[number]))
            found = _Part(defaultdict(list))
            for rule in rules:
                for each in rule.of:
                    found.at[each].append(rule)
            self.parts |= dict.fromkeys(names, found)
        return self.parts[name]

    def _near(self, name: str, known: Bounds) -> list[str]:
        """The unknowns that hang together with it, the nearest first; not through what is known."""
        found, queue = {name: None}, [name]
        for each in queue:
            for told in self.at[each]:
                for other in self.all_told[told].of:
                    if other not in found and known[other][0] < known[other][1]:
                        found[other] = None
                        queue.append(other)
        return list(found)

    def _solve(self, bounds: Bounds, names: list[str], like: Mapping[str, int]) -> bool:
        """Depth first, without recursion: a choice, what follows from it, the next."""
        stack: list[tuple[Bounds, list[int], str]] = []
        is_whole = True
        for _ in range(_STEPS):
            open_ = [n for n in names if bounds[n][0] < bounds[n][1]]
            if not open_:
                return True
            known = bounds
            name = min(open_, key=lambda n: known[n][1] - known[n][0])
            values, has_all = _values(*bounds[name], like.get(name, 0))
            is_whole &= has_all
            stack.append((bounds, values, name))
            if (after := self._next(stack)) is None:
                if is_whole:
                    return False
                break
            bounds = after
        raise Undecided(names[0])

    def _next(self, stack: list[tuple[Bounds, list[int], str]]) -> Bounds | None:
        """What follows from the next choice that contradicts nothing; None: there is no more."""
        while stack:
            before, values, name = stack[-1]
            if not values:
                stack.pop()
                continue
            value = values.pop(0)
            after = {**before, name: (value, value)}
            if self._narrow(after, self.at[name]):
                return after
        return None

    def _narrow(self, bounds: Bounds, first: "range | list[int]") -> bool:
        """Draw from each told number what it says of its unknowns; False: a contradiction."""
        queue, waiting = list(first), set(first)
        while queue:
            number = queue.pop()
            waiting.discard(number)
            told = self.all_told[number]
            lows = {n: s * bounds[n][0 if s > 0 else 1] for n, s in told.of.items()}
            highs = {n: s * bounds[n][1 if s > 0 else 0] for n, s in told.of.items()}
            least, most = sum(lows.values()), sum(highs.values())
            if least > told.high or most < told.low:
                return False
            for name, sign in told.of.items():
                low, high = bounds[name]
                top = told.high - (least - lows[name])
                bottom = told.low - (most - highs[name])
                ends = (bottom, top) if sign > 0 else (-top, -bottom)
                new = max(low, ends[0]), min(high, ends[1])
                if new[0] > new[1]:
                    return False
                if new != (low, high):
                    bounds[name] = new
                    lows[name] = sign * new[0 if sign > 0 else 1]
                    highs[name] = sign * new[1 if sign > 0 else 0]
                    least, most = sum(lows.values()), sum(highs.values())
                    for other in self.at[name]:
                        if other != number and other not in waiting:
                            waiting.add(other)
                            queue.append(other)
        return True


def _values(low: int, high: int, like: int) -> tuple[list[int], bool]:
    """What to try of a range, the nearest first; and whether that is all of it."""
    nearest = min(max(like, low), high)
    if high - low <= _ALL:
        return sorted(range(low, high + 1), key=lambda value: abs(value - nearest)), True
    steps = (0, 1, -1, 3, -3, 9, -9, 20, -20, 60, 200)
    some = dict.fromkeys(min(max(nearest + step, low), high) for step in steps)
    ends = [end for end in (high, low) if end < _MOST and end not in some]
    return [nearest, *ends, *list(some)[1:]], False
