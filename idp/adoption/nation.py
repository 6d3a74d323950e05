"""The country's figures of a month as everybody sees them: those of the open data."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from idp.figures.disclosure import STARRED, Cell
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import read_rows
from idp.figures.open_tables import NATIONAL
from idp.figures.partitions import FigureOf
from idp.figures.rates import DENOMINATOR_OF, Rate
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.kit.immutable import immutable
from idp.kit.shares import cut_down
from idp.settings.people import Target


@immutable
class Nation:
    """Exact counts, starred where one would tell of a few."""

    cells: Mapping[FigureOf, Cell]

    def cell(self, kind: str, figure: str, window: str) -> Cell:
        """As printed; what has no row is nobody, but of POP it is not known."""
        return self.cells.get((kind, figure, window), Cell(None if figure == "POP" else 0))

    def rate(self, kind: str, figure: str, of: str, *, of_window: str = MONTHS) -> Rate:
        """The share over 12 months; not known where a count of it is not printed."""
        whole = self.cell(kind, of, of_window).value
        return Rate(self.cell(kind, figure, MONTHS).value, whole or None)


@immutable
class Since:
    """What stands beside the rates: the change since the month before, and who got in."""

    changes: Mapping[str, Decimal | None]
    """Kind of subject → percent points, cut down; None: not known."""
    succeeded: Rate
    """Of the people who began to sign in, those who succeeded at least once."""


def read_nation(db: Session, month: FrozenMonth, *, target: Target) -> Nation:
    """The figures of a freeze."""
    return Nation(
        {
            (row["kind"], row["figure"], row["window"]): STARRED
            if row["value"] is None and row["suppressed"]
            else Cell(row["value"])
            for row in read_rows(db, month, NATIONAL, target=target)
        }
    )


def since_of(now: Nation, before: Nation | None) -> Since:
    """The month beside the one before it; None: that was not frozen."""
    return Since(
        changes={kind: _change(kind, now, before) for kind in DENOMINATOR_OF},
        succeeded=now.rate(PERSON, "SUCCEEDED", "BEGAN"),
    )


def _change(kind: str, now: Nation, before: Nation | None) -> Decimal | None:
    if before is None:
        return None
    percents = [
        each.rate(kind, Figure.UNI_USED, "POP", of_window=AT_DAY).percent for each in (before, now)
    ]
    if percents[0] is None or percents[1] is None:
        return None
    points = percents[1] - percents[0]
    return cut_down(abs(points), 1).copy_sign(Decimal(points))
