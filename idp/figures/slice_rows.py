"""The rows of a frozen month: their keys, their canonical form and its hash, to and from the table.

Constants name what stands in the columns `dimension`, `window_name` and `figure`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias, cast

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.figures.month_models import AdoptionAction, AdoptionSlice
from idp.kit.db import table_of
from idp.kit.immutable import immutable

DEFINITIONS_VERSION = "2026-12.whole"
"""Changes whenever a figure of a frozen month comes to mean something else, or one is added."""
YEAR, MONTH = "months_12", "months_1"
WINDOWS = {YEAR: 12, "months_3": 3, MONTH: 1}
"""Whole months that end with the frozen one."""
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
    DEVICE = "device"
    """Its class (`journal.means`); empty code: not known."""
    LANGUAGE = "language"
    AGE = "age"
    """Bands of `groups`; empty code: not known."""
    SEX = "sex"
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


class CompanyState(StrEnum):
    """The funnel of organizations: every one of a kind stands in exactly one, the furthest."""

    NO_ACCOUNT = "COMPANY_1"
    """In the register; nobody who represents it has an account."""
    NOT_PROVEN = "COMPANY_2"
    """None of those who represent it is proven face to face."""
    NOT_SIGNED_IN = "COMPANY_3A"
    """Legally represented by a proven person; nobody signed in for it."""
    DELEGATED = "COMPANY_3B"
    """The same, and it has a delegate."""
    SIGNED_IN = "COMPANY_4"
    """Somebody signed in for it; not at both tiers, or below LoA2."""
    BOTH = "COMPANY_5"
    """UNI_USED."""


class SliceKey(NamedTuple):
    """Which figure; in the order by which rows are written and hashed."""

    dimension: str
    code: str
    subject_kind: str
    figure: str
    window_name: str


class ActionKey(NamedTuple):
    """Which figure of what could move a month's; in the order by which rows are hashed."""

    dimension: str
    code: str
    subject_kind: str
    lever: str
    figure: str


Slices: TypeAlias = Mapping[SliceKey, int]
Actions: TypeAlias = Mapping[ActionKey, int]

_ADDED = {
    "2026-12.lists": frozenset(
        {
            *("PART_LISTED", "PART_UNKNOWN", "UNI_STRICT", "SYSTEMS", "SYSTEMS_EXCLUSIVE"),
            *("LISTS_DUE", "LISTS_DELIVERED", "LISTS_ON_TIME", "SYSTEMS_DUE", "SYSTEMS_COMPLETE"),
            *("LOCAL", "LEAK_OF", "LIVE", "LIVE_DUE", "LIVE_IN_TIME", "LEAD_DAYS"),
        }
    ),
    "2026-12.voices": frozenset(
        {*CompanyState, "ACCOUNT", "DELEGATED", "REGISTER_DISAGREES", "ANSWERS", "SATISFIED"}
    ),
    "2026-12.ways": frozenset({Dimension.DEVICE, Dimension.LANGUAGE, Dimension.AGE, Dimension.SEX}),
}
"""Version of the definitions → the figures, or the dimensions, that it added."""
_REDEFINED = {"2026-12.whole": frozenset({"PART_LISTED", "UNI_STRICT"})}
"""Version → the figures that mean something else since: those of older freezes stay as published,
and are compared with no count made by the newer meaning."""
_ACTIONS_SINCE = "2026-12.whole"
"""The version by which what could move a month is counted as it is now."""


def as_defined(rows: Slices, version: str) -> Slices:
    """Without the figures and dimensions that definitions later than it added or changed."""
    added = (*_ADDED.items(), *_REDEFINED.items())
    later = {name for since, names in added if since > version for name in names}
    return {k: n for k, n in rows.items() if k.figure not in later and k.dimension not in later}


@immutable
class MonthRows:
    """All that is published of a month."""

    slices: Slices
    actions: Actions = field(default_factory=dict)


def defined_by(version: str, rows: MonthRows) -> MonthRows:
    """Those of the rows that mean by that version of the definitions what they mean today."""
    actions = {} if version < _ACTIONS_SINCE else rows.actions
    return MonthRows(as_defined(rows.slices, version), actions)


def canonical(rows: Mapping[Any, int]) -> bytes:
    """One line a row, tab-separated, the value last; the lines in order of their code points."""
    lines = sorted("\t".join((*map(str, key), str(value))) + "\n" for key, value in rows.items())
    return "".join(lines).encode()


def hash_of(month_on: date, rows: MonthRows) -> bytes:
    """SHA-256 over the month's last day and the canonical rows; those of actions if there are."""
    digest = hashlib.sha256(f"{month_on}\n".encode() + canonical(rows.slices))
    if rows.actions:
        digest.update(b"actions\n" + canonical(rows.actions))
    return digest.digest()


COUNTING = {
    "assurance": ("levels",),
    "figures": (
        *("action_rows", "cases", "company_funnel", "days", "frozen", "ground", "groups"),
        *("ladder", "lead_times"),
        *("lever_facts", "lever_registry", "levers", "list_counts", "month_count", "month_facts"),
        *(
            "month_use",
            "month_window",
            "populations",
            "rules",
            "said",
            "sets",
            "slice_rows",
            "standing",
            "state",
        ),
        *("stated", "stood", "system_counts", "units", "what_if"),
    ),
    "figures.lists": ("behind", "dues", "reading"),
    "journal": ("month_replay", "replay", "snapshots"),
    "mandates": ("roles",),
    "places": ("crosswalk",),
    "relying_parties": ("login_evidence",),
    "satisfaction": ("answers",),
}
"""Room → its modules that months are counted by."""


@cache
def code_version() -> str:
    """The program's version, and the first digits of a hash of the sources that count months."""
    digest = hashlib.sha256()
    for room, names in COUNTING.items():
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


def write_rows(connection: Connection, freeze: int, rows: Slices | Actions) -> None:
    """Write the rows of a freeze, by COPY: its figures, or what could move them."""
    raw = cast(PsycopgConnection[object], connection.connection.driver_connection)
    of = type(next(iter(rows), SliceKey))
    table = AdoptionAction if of is ActionKey else AdoptionSlice
    columns = ("freeze_number", *(ActionKey if of is ActionKey else SliceKey)._fields, "value")
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for key, value in rows.items():
            copy.write_row((freeze, *map(str, key), value))
