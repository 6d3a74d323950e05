"""The rows of what could move a month's figure: names, past cases, and what the registry said.

`dimension` and `code` say whose lever it is; `lever` which (`Of`), for failures with their reason;
`figure` what of it. A count of 0 has a row: what has none is not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import NamedTuple, TypeAlias

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.figures.days import month_start
from idp.figures.month_models import AdoptionAction, AdoptionMonth
from idp.figures.sets import PERSON
from idp.figures.slice_rows import ActionKey, Actions, Dimension
from idp.kit.db import table_of
from idp.kit.immutable import immutable

AT_MOST, LOW, ABOUT, HIGH, CASES = "AT_MOST", "LOW", "ABOUT", "HIGH", "CASES"
"""Of a lever: the exact count, the estimate with its quartiles, how many past cases it rests on."""
RANK, ADDS = "RANK", "ADDS"
"""Of the levers that are among the best: which it is, and what it adds to those before."""
REACHED, DONE = "REACHED", "DONE"
"""Of the month's own case: so many stood there six months ago, so many of them use both now."""
WAITING = "WAITING"
"""Level-4 services that nobody uses through this sign-in."""
TOGETHER, CHANGE, WAS = "TOGETHER", "CHANGE", "WAS"
NOBODY = "NONE"
"""The state of whoever is not registered."""
CASE_MONTHS = 24
"""Cases older than so many months do not count."""


class Of:
    """Levers, by what they do."""

    CONNECT = "L1"
    """A system moves to this sign-in alone, or a unit's level-4 services are connected."""
    MEDIAN = "L2"
    FAILURES = "L3"
    """With the reason: `L3 login_required`."""
    DESKS = "L4"
    LAPSED = "L5"
    REPRESENTATION = "L6"


class Unit(NamedTuple):
    """A province or a ministry: `dimension` is `place` or `ministry`."""

    dimension: str
    code: str

    @property
    def tier(self) -> str:
        """Of its services, as in UNI-used."""
        return "central" if self.dimension == Dimension.MINISTRY else "local"


@immutable
class Offer:
    """What the registry said as the month was frozen; it keeps no history, so the freeze does."""

    waiting: Mapping[Unit, int] = field(default_factory=dict)
    systems: Mapping[str, Unit] = field(default_factory=dict)
    """Systems that need a sign-in and have another besides, or none here."""
    owners: Mapping[str, Unit] = field(default_factory=dict)
    """Whose each service is."""

    def rows(self, connected: Iterable[str]) -> Iterator[tuple[ActionKey, int]]:
        """As they are kept; of services those alone that were connected lately."""
        for unit, count in self.waiting.items():
            yield ActionKey(*unit, PERSON, Of.CONNECT, WAITING), count
        for dimension, owners in (
            (Dimension.SYSTEM, self.systems),
            (Dimension.SERVICE, {each: self.owners[each] for each in connected}),
        ):
            for code, unit in owners.items():
                yield ActionKey(dimension, code, PERSON, Of.CONNECT, f"OF {' '.join(unit)}"), 1

    @classmethod
    def kept(cls, rows: Actions) -> "Offer":
        """What the rows of a freeze say that it was."""
        waiting: dict[Unit, int] = {}
        owners: dict[str, dict[str, Unit]] = defaultdict(dict)
        for key, value in rows.items():
            if key.figure == WAITING:
                waiting[Unit(key.dimension, key.code)] = value
            elif key.figure.startswith("OF "):
                _, dimension, code = key.figure.split(" ", 2)
                owners[key.dimension][key.code] = Unit(dimension, code)
        return cls(waiting, owners[Dimension.SYSTEM], owners[Dimension.SERVICE])


Cases: TypeAlias = Mapping[tuple[str, str, str], list[tuple[int, int]]]
"""Lever, dimension, code → past cases (done, reached). Connections are one pool for each tier."""


def pool_of(key: ActionKey) -> tuple[str, str, str]:
    """To which cases a row belongs: of desks to the province's own, else to the lever's."""
    return (key.lever, key.dimension, key.code) if key.lever == Of.DESKS else (key.lever, "", "")


def pooled(rows: Iterable[Actions]) -> dict[tuple[str, str, str], list[tuple[int, int]]]:
    """The cases that the rows of several freezes tell."""
    cases: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for some in rows:
        for key, reached in some.items():
            if key.figure == REACHED and reached:
                cases[pool_of(key)].append((some.get(key._replace(figure=DONE), 0), reached))
    return cases


def read_cases(connection: Connection, *, before: int, last: date) -> list[dict[ActionKey, int]]:
    """The cases of the months before `last`, each from the newest freeze with a number below."""
    months = table_of(AdoptionMonth).c
    since = month_start(last, months_before=CASE_MONTHS)
    freezes = connection.execute(
        select(months.month_on, months.number)
        .where(months.number < before, months.month_on < last, months.month_on >= since)
        .order_by(months.revision)
    )
    newest = {month_on: number for month_on, number in freezes}  # noqa: C416 - no pairs to mypy
    found: dict[int, dict[ActionKey, int]] = {number: {} for number in newest.values()}
    actions = table_of(AdoptionAction).c
    rows = connection.execute(
        select(
            actions.freeze_number, *(actions[name] for name in ActionKey._fields), actions.value
        ).where(actions.freeze_number.in_([*found]), actions.figure.in_([REACHED, DONE]))
    )
    for number, *key, value in rows:
        found[number][ActionKey(*key)] = value
    return list(found.values())


def read_actions(
    connection: Connection, freeze: int, *, figures: Iterable[str] = ()
) -> dict[ActionKey, int]:
    """What the freeze says could move its figure."""
    actions = table_of(AdoptionAction).c
    statement = select(*(actions[name] for name in ActionKey._fields), actions.value).where(
        actions.freeze_number == freeze
    )
    if wanted := list(figures):
        statement = statement.where(actions.figure.in_(wanted))
    return {ActionKey(*key): value for *key, value in connection.execute(statement)}
