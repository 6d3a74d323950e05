"""Sets of subjects in and out of the database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from pyroaring import BitMap, BitMap64
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.engine import Connection

from idp.figures.days import DAY
from idp.figures.models import AdoptionBitmap, AdoptionToday
from idp.figures.sets import ORGANIZATION, PERSON, Use
from idp.figures.state import State
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of

KEPT_FROM = 2000
"""So many rows since the last reading are kept; fewer are read again."""
KEPT_DAYS = 400
"""Daily sets older than this are dropped; the journal can bring them back."""

_STATE, _WINDOW = "state_", "window_"
_NOW, _TODAY = "now_", "today_"
"""The same of the days since the last closed one, as far as they have been read."""
_Set: TypeAlias = tuple[date, str, str, BitMap | BitMap64]
"""Day, kind of subject, name, members."""


@dataclass
class Progress:
    """The days since the last closed one: who is what now, who used what on which day.

    `read` is where the reading of the journal began; None: with today.
    """

    state: State
    days: dict[date, Use]
    read: Snapshot | None
    is_kept: bool = False
    """Whether it is what was kept: `read` has seen what of today stands in it."""

    def copy(self) -> "Progress":
        """The same, which goes on by itself."""
        days = defaultdict(Use, {day: use.copy() for day, use in self.days.items()})
        return replace(self, state=self.state.copy(), days=days)


def load_progress(connection: Connection, closed: date) -> Progress | None:
    """What has been read since that day was closed; None when nothing was kept."""
    read = kept_read(connection, closed)
    if read is None:
        return None
    days: dict[date, Use] = defaultdict(Use)
    for kind, full_name, bitmap in _load(connection, closed, _TODAY):
        name, _, on = full_name.removeprefix(_TODAY).partition(" ")
        days[date.fromisoformat(on)][kind, name] = BitMap.deserialize(bitmap)
    state = load_state(connection, closed, prefix=_NOW)
    return Progress(state, days, read, is_kept=True)


def kept_read(connection: Connection, closed: date) -> Snapshot | None:
    """Up to where the days since that one have been read and kept; None when nothing was."""
    columns = table_of(AdoptionToday).c
    row = connection.execute(
        select(columns.snapshot, columns.xact_id).where(columns.closed_on == closed)
    ).one_or_none()
    return Snapshot(*row) if row else None


def save_progress(
    connection: Connection, closed: date, progress: Progress, *, read: Snapshot
) -> None:
    """Keep what has been read since that day was closed, instead of what was kept before."""
    of_progress = (AdoptionBitmap.name.startswith(p, autoescape=True) for p in (_NOW, _TODAY))
    connection.execute(delete(AdoptionBitmap).where(or_(*of_progress)))
    connection.execute(delete(AdoptionToday))
    sets = _state_sets(closed, progress.state, _NOW)
    for day, use in progress.days.items():
        sets += [
            (closed, kind, f"{_TODAY}{name} {day}", bitmap) for (kind, name), bitmap in use.items()
        ]
    _insert(connection, sets)
    connection.execute(insert(AdoptionToday), {"closed_on": closed, "snapshot": read.text})


def load_state(connection: Connection, day: date, *, prefix: str = _STATE) -> State:
    """Who is what at the end of the last closed day."""
    state = State()
    for kind, full_name, bitmap in _load(connection, day, prefix):
        name, _, on = full_name.removeprefix(prefix).partition(" ")
        match name:
            case "representatives":
                state.representatives = BitMap64.deserialize(bitmap)
            case "starting":
                state.starting[date.fromisoformat(on)] = BitMap64.deserialize(bitmap)
            case "ending":
                state.ending[date.fromisoformat(on)] = BitMap64.deserialize(bitmap)
            case _:
                sets = state.persons if kind == PERSON else state.organizations
                sets[name] = BitMap.deserialize(bitmap)
    return state


def load_window(connection: Connection, day: date) -> Use:
    """Who used what in the 364 days that end with the last closed day."""
    window = Use()
    for kind, name, bitmap in _load(connection, day, _WINDOW):
        window[kind, name.removeprefix(_WINDOW)] = BitMap.deserialize(bitmap)
    return window


def load_days(connection: Connection, first: date, last: date) -> dict[date, Use]:
    """Who used what on each day from `first` to `last`."""
    rows = connection.execute(
        select(
            AdoptionBitmap.day_on,
            AdoptionBitmap.subject_kind,
            AdoptionBitmap.name,
            AdoptionBitmap.bitmap,
        ).where(AdoptionBitmap.day_on.between(first, last), AdoptionBitmap.name.in_(Use.NAMES))
    )
    days: dict[date, Use] = {}
    for day, kind, name, bitmap in rows:
        days.setdefault(day, Use())[kind, name] = BitMap.deserialize(bitmap)
    return days


def save_days(connection: Connection, days: Mapping[date, Use]) -> None:
    """Keep the use of newly closed days."""
    _insert(
        connection,
        (
            (day, kind, name, bitmap)
            for day, use in days.items()
            for (kind, name), bitmap in use.items()
        ),
    )


def save_last_day(connection: Connection, day: date, state: State, window: Use) -> None:
    """Replace state and window by those of the newly closed last day; drop what is too old.

    What was kept of the days since then goes too: it stands there now.
    """
    connection.execute(delete(AdoptionToday))
    connection.execute(
        delete(AdoptionBitmap).where(
            AdoptionBitmap.name.not_in(Use.NAMES) | (AdoptionBitmap.day_on <= day - KEPT_DAYS * DAY)
        )
    )
    sets = _state_sets(day, state, _STATE)
    sets += [(day, kind, _WINDOW + name, bitmap) for (kind, name), bitmap in window.items()]
    _insert(connection, sets)


def _state_sets(day: date, state: State, prefix: str) -> list[_Set]:
    sets: list[_Set] = [(day, ORGANIZATION, f"{prefix}representatives", state.representatives)]
    for kind, members in ((PERSON, state.persons), (ORGANIZATION, state.organizations)):
        sets += [(day, kind, prefix + name, bitmap) for name, bitmap in members.items()]
    for name, waiting in (("starting", state.starting), ("ending", state.ending)):
        sets += [
            (day, ORGANIZATION, f"{prefix}{name} {on}", pairs) for on, pairs in waiting.items()
        ]
    return sets


def _load(connection: Connection, day: date, prefix: str) -> Iterator[tuple[str, str, bytes]]:
    rows = connection.execute(
        select(AdoptionBitmap.subject_kind, AdoptionBitmap.name, AdoptionBitmap.bitmap).where(
            AdoptionBitmap.day_on == day, AdoptionBitmap.name.startswith(prefix, autoescape=True)
        )
    )
    return ((row.subject_kind, row.name, row.bitmap) for row in rows)


def _insert(connection: Connection, sets: Iterable[_Set]) -> None:
    """Write the sets that are not empty."""
    rows = [
        {"day_on": day, "subject_kind": kind, "name": str(name), "bitmap": bitmap.serialize()}
        for day, kind, name, bitmap in sets
        if bitmap
    ]
    if rows:
        connection.execute(insert(AdoptionBitmap), rows)
