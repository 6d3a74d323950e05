"""How tables of a frozen month leave the house: what everybody sees of true rows.

Everybody sees them suppressed: fewer than ten starred, with what exact sums and differences of the
nation would tell (`partitions`, `nested`); provinces and agencies are rounded to five. What one
version starred no later one shows; where a revision changed fewer than ten of the nation, every
older version tells only what has not changed since.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from idp.figures.disclosure import Shown, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.nested import changed_by_few
from idp.figures.partitions import FigureOf
from idp.figures.rates import Rate
from idp.figures.slices import list_freezes, national
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.shares import cut_down
from idp.settings.people import Target

OF_MONTH = {
    "month": N_("The frozen month, as 2026-10; figures are of the 12 whole months to its end"),
    "version": N_("1 as first published, one more with each revision"),
    "freeze": N_("The number of the freeze that all figures of the row come from"),
}
"""The columns with which each row of a frozen month begins."""
STARS = {
    "suppressed": N_("The columns that are not shown: fewer than 10, or all but so few; else empty")
}
"""And with which it ends."""
_DECIMALS = 2
OF_TARGET = "percent"
"""The column of rates that the target is of."""
Row: TypeAlias = dict[str, Any]
Stars: TypeAlias = set[tuple[str, str]]
"""Row and column of what is not shown."""


@immutable
class OpenTable:
    """A table: its columns with their meaning in English, and what makes them of a freeze."""

    name: str
    title: str
    columns: Mapping[str, str]
    read: Callable[[Session, FrozenMonth], list["TrueRow"]]
    is_national: bool = False
    told_by_sums: Callable[[Sequence["TrueRow"], Stars], Stars] = lambda *_: set()
    """What exact sums of the nation, beside it, would tell of what is starred already."""


@immutable
class TrueRow:
    """A row before anything is suppressed."""

    key: str
    words: Row
    counts: Mapping[str, int | None]
    rates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Column → the two columns of counts that it is the percentage of."""
    is_of_things: bool = False
    """Systems or answers of nobody are counted, not people: nothing of it is suppressed."""
    hidden: Collection[str] = ()
    """Columns that are starred for what sums beside them would tell."""
    printed: Mapping[str, int | None] = field(default_factory=dict)
    """Counts that are printed by a rule of their own."""


def of_month(month: FrozenMonth) -> Row:
    """What stands in the columns of OF_MONTH."""
    return {"month": month.name, "version": month.version, "freeze": month.number}


def read_rows(
    db: Session, month: FrozenMonth, table: OpenTable, *, target: Target, is_true: bool = False
) -> list[Row]:
    """The rows as everybody sees them, or with true values; none below the target reaches it."""
    begins = of_month(month)
    found = table.read(db, month)
    if is_true:
        return [{**begins, **row.words, **_true(row), "suppressed": ""} for row in found]
    stars = _starred(db, month, table, found)
    return [_suppressed(begins, row, stars, table, target) for row in found]


def _true(row: TrueRow) -> Row:
    rates = {
        name: Rate(row.counts[part], row.counts[whole]).percent
        for name, (part, whole) in row.rates.items()
    }
    percents = {n: None if p is None else float(cut_down(p, _DECIMALS)) for n, p in rates.items()}
    return {**row.counts, **percents}


def _suppressed(begins: Row, row: TrueRow, stars: Stars, table: OpenTable, target: Target) -> Row:
    own = [c for c in (*row.counts, *row.rates) if (row.key, c) in stars]
    counts = {
        name: None if name in own else _shown(row, count, table)
        for name, count in row.counts.items()
    }
    rates: Row = {}
    for name, (part, whole) in row.rates.items():
        aim = target if name == OF_TARGET else None
        counted = row.counts[part], row.counts[whole]
        shown = Shown.of(*counted, target=aim, is_national=table.is_national)
        is_told = shown.percent is not None and name not in own
        rates[name] = float(cut_down(shown.percent or 0, shown.decimals)) if is_told else None
    return {**begins, **row.words, **counts, **row.printed, **rates, "suppressed": " ".join(own)}


def _shown(row: TrueRow, count: int | None, table: OpenTable) -> int | None:
    return count if row.is_of_things else disclose(count, is_national=table.is_national).value


def _starred(db: Session, month: FrozenMonth, table: OpenTable, found: Sequence[TrueRow]) -> Stars:
    """What is not shown, in this version for what others show, too."""
    versions = [each for each in list_freezes(db) if each.month_on == month.month_on]
    stars = _stars_of(table, found)
    for each in versions:
        if each.number < month.number:
            stars |= _stars_of(table, table.read(db, each))
    if table.is_national:
        stars |= {(" ".join(key), "value") for key in unsaid_beside(db, month)}
    return stars


def unsaid_beside(db: Session, month: FrozenMonth) -> set[FigureOf]:
    """Of the nation, what this version does not tell beside those that replaced it."""
    later = [
        each
        for each in list_freezes(db)
        if each.month_on == month.month_on and each.revision > month.revision
    ]
    then = national(db, month) if later else {}
    return {key for each in later for key in changed_by_few(then, national(db, each))}


def _stars_of(table: OpenTable, rows: Sequence[TrueRow]) -> Stars:
    few = _few(rows)
    stars = few | table.told_by_sums(rows, few)
    return stars | {
        (row.key, name)
        for row in rows
        for name, counts in row.rates.items()
        if any((row.key, count) in stars for count in counts)
    }


def _few(rows: Sequence[TrueRow]) -> Stars:
    stars = {
        (row.key, name)
        for row in rows
        for name, count in row.counts.items()
        if name in row.hidden or (not row.is_of_things and disclose(count).is_suppressed)
    }
    for row in rows:
        for name, (part, whole) in row.rates.items():
            if {(row.key, part), (row.key, whole)} & stars:
                stars.add((row.key, name))
            elif Shown.of(row.counts[part], row.counts[whole]).is_suppressed:
                stars |= {(row.key, name), (row.key, part)}
    return stars
