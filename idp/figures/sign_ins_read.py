"""How the sign-ins of a month ended at every agency: one statement, a row for each.

`slices` reads all figures of theirs, ten times as many rows: of communes there are thousands.
"""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth, Outcomes
from idp.figures.month_models import AdoptionSlice
from idp.figures.said import ANSWERED
from idp.figures.sets import PERSON
from idp.figures.slice_rows import Dimension
from idp.kit.db import table_of

_ENDED = ("BEGUN", "SUCCESS", "REFUSED_LEVEL", "REFUSED", "ABANDONED")


def outcomes_by_agency(db: Session, month: FrozenMonth) -> dict[str, Outcomes]:
    """By id, of the agencies that `slices` has of the month; without reasons."""
    rows = table_of(AdoptionSlice).c
    ended = [
        func.coalesce(
            func.max(rows.value).filter(and_(rows.subject_kind == "sign_in", rows.figure == name)),
            0,
        )
        for name in _ENDED
    ]
    is_used = or_(rows.subject_kind.in_([PERSON, ANSWERED]), rows.figure == "BEGUN")
    found = db.execute(
        select(rows.code, *ended)
        .where(rows.freeze_number == month.number, rows.dimension == Dimension.AGENCY)
        .group_by(rows.code)
        .having(func.bool_or(is_used))
    )
    return {code: Outcomes(*counts) for code, *counts in found}
