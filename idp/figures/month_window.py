"""Who did what in a window of months, one set at a time: a country's together fill the memory.

By the accounts that stay: who was merged away counts as who stays. Agencies are summed up to
ministries, applications to systems. Pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import BitMap

from idp.figures.month_use import STANDS_BY, MonthUse, SetKey
from idp.figures.sets import PERSON
from idp.figures.slice_rows import Dimension
from idp.figures.standing import Standing
from idp.kit.immutable import immutable


@immutable
class Registry:
    """What the catalogue says of agencies and applications: the ministry, the system of each."""

    ministry_of: Mapping[str, str] = field(default_factory=dict)
    system_of: Mapping[str, str] = field(default_factory=dict)


@dataclass
class WindowUse:
    """United as they are asked for; what says where somebody stands is kept."""

    months: Sequence[MonthUse]
    standing: Standing
    registry: Registry
    _parts: dict[tuple[str, str], dict[str, set[SetKey]]] = field(init=False)
    """Kind and dimension → code → the sets of months that it is made of."""
    _kept: dict[SetKey, BitMap] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._parts = defaultdict(lambda: defaultdict(set))
        for key in {key for month in self.months for key in month}:
            for kind, dimension, code in self._counted_as(key):
                self._parts[kind, dimension][code].add(key)

    def __getitem__(self, key: SetKey) -> BitMap:
        """The subjects of one set."""
        if key not in self._kept:
            members = self._unite(key)
            if key[1] not in STANDS_BY:
                return members
            self._kept[key] = members
        return self._kept[key]

    def of(self, kind: str, dimension: str) -> Mapping[str, BitMap]:
        """The sets of one dimension by code, each made as its turn comes."""
        return _Sets(self, kind, dimension, tuple(self._parts[kind, dimension]))

    def _counted_as(self, key: SetKey) -> Iterator[SetKey]:
        kind, dimension, code = key
        yield key
        if dimension == "agency" and (ministry := self.registry.ministry_of.get(code)):
            yield kind, Dimension.MINISTRY, ministry
        if dimension == "party":
            yield kind, Dimension.SYSTEM, self.registry.system_of.get(code, "")

    def _unite(self, key: SetKey) -> BitMap:
        kind, dimension, code = key
        parts = self._parts[kind, dimension].get(code, ())
        members = BitMap.union(
            BitMap(), *(month[each] for month in self.months for each in parts if each in month)
        )
        return self.standing.of_survivors(members) if kind == PERSON else members


@immutable
class _Sets(Mapping[str, BitMap]):
    window: WindowUse
    kind: str
    dimension: str
    codes: tuple[str, ...]

    def __getitem__(self, code: str) -> BitMap:
        if code not in self.codes:
            raise KeyError(code)
        return self.window[self.kind, self.dimension, code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)
