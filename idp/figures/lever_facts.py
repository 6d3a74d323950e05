"""Where everybody stood in the months up to one, and what its levers are counted from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyroaring import BitMap

from idp.figures.action_rows import Cases, Offer, pooled
from idp.figures.cases import own_cases
from idp.figures.days import month_end, month_start, months_between
from idp.figures.ground import CASE, DEPTH, IN_USE, WHOLE, Ground
from idp.figures.levers import lever_rows, median_rows, moved_rows
from idp.figures.month_use import STANDS_BY, MonthUse, window_of
from idp.figures.sets import PERSON
from idp.figures.slice_rows import ActionKey, Actions, Dimension, Slices
from idp.figures.standing import Standing
from idp.figures.stood import Stood
from idp.kit.immutable import immutable

_YEAR = 12
MONTHS_READ = DEPTH + _YEAR
"""So many months, the last of them its own, say where everybody stood before a month."""


def ends_before(last: date) -> list[date]:
    """The ends of the months before it that are looked at, oldest first."""
    return [month_end(month_start(last, months_before=n)) for n in range(DEPTH, 0, -1)]


@immutable
class Basis:
    """What stands outside the journal: the registry's offer, the cases of months before."""

    offer: Offer = field(default_factory=Offer)
    cases: list[dict[ActionKey, int]] = field(default_factory=list)


@dataclass
class Past:
    """Months by their last day; each is added in turn, as the state moves on."""

    wanted: Sequence[date]
    """The months whose levers are counted: what none of them asks for is not held."""
    months: dict[date, Stood] = field(default_factory=dict)

    def add(self, last: date, standing: Standing, uses: Mapping[date, MonthUse]) -> None:
        """Where everybody stands at the end of that month; what no month reaches again is gone."""
        stood = Stood.of(standing, window_of(uses, last, _YEAR, of=STANDS_BY))
        is_whole = any(months_between(last, month) in WHOLE for month in self.wanted)
        self.months[last] = stood if is_whole else stood.both_alone()
        for on in [on for on in self.months if on < ends_before(last)[0]]:
            del self.months[on]

    def actions(
        self,
        last: date,
        standing: Standing,
        uses: Mapping[date, MonthUse],
        slices: Slices,
        *,
        basis: Basis,
        lists: Iterable[tuple[str, BitMap]],
    ) -> Actions:
        """The rows of that month, which was the last to be added.

        `lists`: each system with who stands in its delivered lists of 12 months; without one its
        lever is not known. Gone through once.
        """
        ground = self._ground(last, standing, uses, basis=basis, lists=lists)
        own = dict(own_cases(ground))
        cases: Cases = pooled([*basis.cases, own])
        return {
            **own,
            **dict(basis.offer.rows(ground.connected())),
            **dict(lever_rows(ground, cases)),
            **dict(median_rows(slices)),
            **dict(moved_rows(ground)),
        }

    def _ground(
        self,
        last: date,
        standing: Standing,
        uses: Mapping[date, MonthUse],
        *,
        basis: Basis,
        lists: Iterable[tuple[str, BitMap]],
    ) -> Ground:
        ends = [*ends_before(last), last]
        reachable = self.months[last].people.one_sided

        def settled(use: MonthUse, dimension: str) -> dict[str, BitMap]:
            found = use.of(PERSON, dimension).items()
            return {code: standing.of_survivors(members) for code, members in found}

        def services(ago: int, length: int) -> dict[str, BitMap]:
            use = window_of(uses, ends[-1 - ago], length, of={Dimension.SERVICE})
            return settled(use, Dimension.SERVICE)

        return Ground(
            stood={DEPTH - n: self.months[end] for n, end in enumerate(ends)},
            homes={place.code: members for place, members in standing.homes.now().items()},
            failed={
                ago: settled(window_of(uses, ends[-1 - ago], _YEAR, of={"failed"}), "failed")
                for ago in (0, CASE)
            },
            used=services(0, IN_USE),
            began=frozenset(services(IN_USE - 1, 1)).difference(services(IN_USE, CASE)),
            offer=basis.offer,
            lists={code: standing.of_survivors(members) & reachable for code, members in lists},
        )
