"""The lists behind a frozen month, as its freeze had seen them.

people = listed_people(db, month, system.id)     # a bitmap of analytics numbers; None: no list
"""

from collections.abc import Collection
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.figures.days import month_start
from idp.figures.frozen import FrozenMonth
from idp.figures.lists.reading import Listed, read_known, read_lists, read_members
from idp.figures.month_models import AdoptionMonth
from idp.figures.sets import PERSON
from idp.figures.slice_rows import WINDOWS, YEAR
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of


def snapshot_of(db: Session, month: FrozenMonth) -> Snapshot:
    """What the freeze had seen."""
    months = table_of(AdoptionMonth).c
    row = db.execute(
        select(months.snapshot, months.xact_id).where(months.number == month.number)
    ).one()
    return Snapshot(row.snapshot, row.xact_id)


def list_delivered(
    db: Session,
    month: FrozenMonth,
    *,
    systems: Collection[UUID] | None = None,
    window: str = YEAR,
) -> list[Listed]:
    """The lists of the window's months, of these systems or of all, each in its newest version."""
    first = month_start(month.month_on, months_before=WINDOWS[window] - 1)
    return read_lists(
        db.connection(),
        first=first,
        last=month.month_on,
        seen_by=snapshot_of(db, month),
        systems=systems,
    )


def listed_people(
    db: Session, month: FrozenMonth, system_id: UUID, *, window: str = YEAR
) -> BitMap | None:
    """Whom the system's lists of the window name and who have an account; None: it has no list.

    Who got theirs after a list named them is among them once another list does. Numbers are
    those of the lists: who was merged away since is to be settled (`Standing.of_survivors`).
    """
    lists = list_delivered(db, month, systems=[system_id], window=window)
    if not lists:
        return None
    known = read_known(db.connection(), seen_by=snapshot_of(db, month))
    members = (each.of(PERSON) for each in read_members(db.connection(), lists, known))
    return BitMap.union(BitMap(), *members)
