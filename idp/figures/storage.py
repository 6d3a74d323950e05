"""Sets of subjects in and out of the database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TypeAlias

from pyroaring import BitMap, BitMap64
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from idp.figures.days import DAY
from idp.figures.models import AdoptionBitmap
from idp.figures.sets import ORGANIZATION, PERSON, Use
from idp.figures.state import State

KEPT_DAYS = 400
"""Daily sets older than this are dropped; the journal can bring them back."""

_STATE, _WINDOW = "state_", "window_"
_Set: TypeAlias = tuple[date, str, str, BitMap | BitMap64]
"""Day, kind of subject, name, members."""


def load_state(connection: Connection, day: date) -> State:
    """Who is what at the end of the last closed day."""
    state = State()
    for kind, full_name, bitmap in _load(connection, day, _STATE):
        name, _, on = full_name.removeprefix(_STATE).partition(" ")
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
    """Replace state and window by those of the newly closed last day; drop what is too old."""
    connection.execute(
        delete(AdoptionBitmap).where(
            AdoptionBitmap.name.not_in(Use.NAMES) | (AdoptionBitmap.day_on <= day - KEPT_DAYS * DAY)
        )
    )
    sets: list[_Set] = [(day, ORGANIZATION, f"{_STATE}representatives", state.representatives)]
    for kind, members in ((PERSON, state.persons), (ORGANIZATION, state.organizations)):
        sets += [(day, kind, _STATE + name, bitmap) for name, bitmap in members.items()]
    for name, waiting in (("starting", state.starting), ("ending", state.ending)):
        sets += [
            (day, ORGANIZATION, f"{_STATE}{name} {on}", pairs) for on, pairs in waiting.items()
        ]
    sets += [(day, kind, _WINDOW + name, bitmap) for (kind, name), bitmap in window.items()]
    _insert(connection, sets)


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
