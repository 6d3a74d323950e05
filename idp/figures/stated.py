"""How people sign in to systems, as the journal tells it: read as a snapshot saw it."""

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth
from idp.figures.lists.behind import snapshot_of
from idp.figures.month_models import AdoptionMonth
from idp.figures.system_counts import Stated, Systems
from idp.journal.month_replay import read_told
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of


def read_stated(connection: Connection, *, time_zone: str, seen_by: Snapshot) -> list[Stated]:
    """Every statement, oldest first."""
    told = read_told(connection, events=("system.stated",), time_zone=time_zone, seen_by=seen_by)
    return [
        Stated(
            each.data["system"],
            each.day_on,
            each.data["agency"],
            each.data["tier"],
            each.data["login_state"],
            bool(each.data["needs_sign_in"]),
        )
        for each in told
    ]


def systems_of(db: Session, month: FrozenMonth) -> Systems:
    """How people signed in to systems up to the month's end, and whose each was; no lists."""
    months = table_of(AdoptionMonth).c
    zone = db.scalar(select(months.time_zone).where(months.number == month.number)) or ""
    seen_by = snapshot_of(db, month)
    stated = read_stated(db.connection(), time_zone=zone, seen_by=seen_by)
    return Systems(month.month_on, zone, stated, lists=(), successes={})
