"""How people sign in to systems, as the journal tells it: read as a snapshot saw it."""

from sqlalchemy.engine import Connection

from idp.figures.system_counts import Stated
from idp.journal.month_replay import read_told
from idp.journal.snapshots import Snapshot


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
