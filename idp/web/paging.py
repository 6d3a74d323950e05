"""Long lists, a page at a time: pages stay light however much there is (decision 39)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from idp.kit.immutable import immutable
from idp.web.forms import read_page

Item = TypeVar("Item")
Other = TypeVar("Other")


@immutable
class Leaf(Generic[Item]):
    """One page of a list; `earlier` and `later` are the pages beside it, 0 where there is none."""

    lines: tuple[Item, ...]
    number: int
    earlier: int
    later: int

    def holding(self, lines: Iterable[Other]) -> "Leaf[Other]":
        """That page with its lines made into others."""
        return Leaf(tuple(lines), self.number, self.earlier, self.later)


def leaf_of(found: Sequence[Item], number: int, *, most: int) -> Leaf[Item]:
    """The page of that number, of whose list `most` lines were looked for from there, and one."""
    later = number + 1 if len(found) > most else 0
    return Leaf(tuple(found[:most]), number, earlier=number - 1, later=later)


def cut(items: Sequence[Item], query: Mapping[str, str], *, most: int) -> Leaf[Item]:
    """The page of a whole list that the query's `page` names, its last for one behind it."""
    last = max(-(-len(items) // most), 1)
    number = min(read_page(query.get("page", "")), last)
    return leaf_of(items[(number - 1) * most : number * most + 1], number, most=most)
