"""Frozen months that were revised: what was published first, beside what stands."""

from itertools import pairwise

from sqlalchemy.orm import Session

from idp.figures.disclosure import FEWEST, STARRED, Cell, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.sets import MONTHS, PERSON, Figure
from idp.figures.slices import list_freezes, series
from idp.kit.immutable import immutable


@immutable
class RevisedMonth:
    """A revision, with the people of UNI-used in the version before it and in this one."""

    month: FrozenMonth
    before: Cell
    now: Cell


def read_revised(db: Session) -> list[RevisedMonth]:
    """Every revision of a month, the newest month first. Two statements."""
    freezes = list_freezes(db)
    used = series(db, freezes, (PERSON, Figure.UNI_USED, MONTHS))
    versions = pairwise(zip(freezes, used, strict=True))
    found = [
        RevisedMonth(month, _before(before, now), disclose(now, is_national=True))
        for (_, before), (month, now) in versions
        if month.revision
    ]
    return found[::-1]


def _before(count: int, now: int) -> Cell:
    """Starred where it would tell of a few whom the revision added or took out."""
    is_few = 0 < abs(now - count) < FEWEST
    return STARRED if is_few else disclose(count, is_national=True)
