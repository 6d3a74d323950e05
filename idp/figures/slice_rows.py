"""The rows of a frozen month: their keys, their canonical form and its hash, to and from the table.

Constants name what stands in the columns `dimension`, `window_name` and `figure`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple, TypeAlias, cast

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.figures.month_models import AdoptionSlice
from idp.figures.sets import AT_DAY
from idp.kit.db import table_of

DEFINITIONS_VERSION = "2026-12.lists"
"""Changes whenever a figure of a frozen month comes to mean something else, or one is added."""
WINDOWS = {"months_12": 12, "months_3": 3, "months_1": 1}
"""Whole months that end with the frozen one."""
WINDOW_NAMES = (AT_DAY, *WINDOWS)
MONTH_BEFORE = "month_before"
"""The month before the frozen one: the newest whose lists were due."""


class Dimension(StrEnum):
    """By what a figure is cut."""

    COUNTRY = "country"
    PLACE = "place"
    """Provinces as they are today; empty code: not known."""
    PLACE_THEN = "place_then"
    """Provinces as they were at the month's end, where that differs."""
    AGENCY = "agency"
    MINISTRY = "ministry"
    SYSTEM = "system"
    SERVICE = "service"
    METHOD = "method"
    TIER = "tier"
    """Of the agency that owns a system."""


class State(StrEnum):
    """The funnel: every registered person stands in exactly one, the first that matches."""

    NOT_PROVEN = "FUNNEL_1"
    NEVER_TRIED = "FUNNEL_2A"
    FOR_LEVEL = "FUNNEL_2B"
    """Refused, each time for the level only."""
    TRIED = "FUNNEL_2C"
    """Refused otherwise, or given up."""
    WEAK = "FUNNEL_2D"
    """A success below LoA2 only."""
    NO_TIER = "FUNNEL_3"
    """A success at LoA2 or higher, credited to no tier."""
    CENTRAL = "FUNNEL_4"
    LOCAL = "FUNNEL_5"
    BOTH = "FUNNEL_6"


class SliceKey(NamedTuple):
    """Which figure; in the order by which rows are written and hashed."""

    dimension: str
    code: str
    subject_kind: str
    figure: str
    window_name: str


Slices: TypeAlias = Mapping[SliceKey, int]

_ADDED = {
    DEFINITIONS_VERSION: frozenset(
        {
            *("PART_LISTED", "PART_UNKNOWN", "UNI_STRICT", "SYSTEMS", "SYSTEMS_EXCLUSIVE"),
            *("LISTS_DUE", "LISTS_DELIVERED", "LISTS_ON_TIME", "SYSTEMS_DUE", "SYSTEMS_COMPLETE"),
            *("LOCAL", "LEAK_OF", "LIVE", "LIVE_DUE", "LIVE_IN_TIME", "LEAD_DAYS"),
        }
    )
}
"""Version of the definitions → the figures that it added."""


def as_defined(rows: Slices, version: str) -> Slices:
    """Without the figures that definitions later than that version added."""
    later = {name for since, names in _ADDED.items() if since > version for name in names}
    return {key: value for key, value in rows.items() if key.figure not in later}


def canonical(rows: Slices) -> bytes:
    """One line a row, tab-separated, the value last; the lines in order of their code points."""
    lines = sorted("\t".join((*map(str, key), str(value))) + "\n" for key, value in rows.items())
    return "".join(lines).encode()


def hash_of(month_on: date, rows: Slices) -> bytes:
    """SHA-256 over the month's last day and the canonical rows."""
    return hashlib.sha256(f"{month_on}\n".encode() + canonical(rows)).digest()


_COUNTING = {
    "figures": (
        *("days", "lead_times", "list_counts", "month_count", "month_facts", "month_use"),
        *("populations", "slice_rows", "standing", "state", "system_counts"),
    ),
    "figures.lists": ("dues", "reading"),
    "journal": ("month_replay",),
    "places": ("crosswalk",),
}


@cache
def code_version() -> str:
    """The program's version, and the first digits of a hash of the sources that count months."""
    digest = hashlib.sha256()
    for room, names in _COUNTING.items():
        for name in names:
            digest.update((files(f"idp.{room}") / f"{name}.py").read_bytes())
    return f"{version('idp')}+{digest.hexdigest()[:12]}"


def read_rows(
    connection: Connection,
    freeze: int,
    *,
    dimensions: Iterable[str] = (),
    codes: Iterable[str] = (),
) -> dict[SliceKey, int]:
    """The rows of one freeze; of those dimensions and codes, or of all."""
    slices = table_of(AdoptionSlice).c
    statement = select(*(slices[name] for name in SliceKey._fields), slices.value).where(
        slices.freeze_number == freeze
    )
    if wanted := list(dimensions):
        statement = statement.where(slices.dimension.in_(wanted))
    if some := list(codes):
        statement = statement.where(slices.code.in_(some))
    return {SliceKey(*key): value for *key, value in connection.execute(statement)}


def write_rows(connection: Connection, freeze: int, rows: Slices) -> None:
    """Write the rows of a freeze, by COPY."""
    raw = cast(PsycopgConnection[object], connection.connection.driver_connection)
    columns = ("freeze_number", *SliceKey._fields, "value")
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(AdoptionSlice.__tablename__),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for key, value in rows.items():
            copy.write_row((freeze, *map(str, key), value))
