"""How each province got here: its counts in the freezes of several months, in one statement."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth
from idp.figures.month_models import AdoptionSlice
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import Dimension
from idp.kit.db import table_of

UsedOf = tuple[int, int | None]
"""Who uses both tiers, of how many residents; None: not known."""


def place_series(
    db: Session, months: Sequence[FrozenMonth], *, code: str | None = None
) -> dict[str, list[UsedOf]]:
    """Of each province as it is today (or one), a pair for each of these months."""
    columns = table_of(AdoptionSlice).c
    pairs = ((Figure.UNI_USED, MONTHS), ("POP", AT_DAY))
    statement = select(columns.code, columns.freeze_number, columns.figure, columns.value).where(
        columns.freeze_number.in_([month.number for month in months]),
        columns.dimension == Dimension.PLACE,
        columns.subject_kind == PERSON,
        columns.figure.in_([figure for figure, _ in pairs]),
        columns.window_name.in_([window for _, window in pairs]),
    )
    if code is not None:
        statement = statement.where(columns.code == code)
    found: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
    for place, freeze, figure, value in db.execute(statement):
        found[place][freeze, figure] = value
    return {
        place: [
            (values.get((m.number, Figure.UNI_USED), 0), values.get((m.number, "POP")))
            for m in months
        ]
        for place, values in found.items()
    }
