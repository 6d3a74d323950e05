"""Systems: how people sign in to them, which lists they owe, what goes past this sign-in. Pure.

SYSTEMS, SYSTEMS_EXCLUSIVE (at the day): those that need a sign-in, and of them those with this one
alone. LISTS_DUE, LISTS_DELIVERED, LISTS_ON_TIME: lists whose day had passed as the month ended,
those of the eleven months before. SYSTEMS_DUE, SYSTEMS_COMPLETE: systems that owed any, and those
that delivered all. Of the month before alone: the first two again; and for systems that delivered,
LOCAL (sign-ins with local accounts) and LEAK_OF (these and the successes here).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from idp.catalogue.models import LoginState
from idp.figures.days import DAY, local_day, month_end, month_start
from idp.figures.lists.dues import due_on
from idp.figures.lists.reading import Listed
from idp.figures.sets import AT_DAY
from idp.figures.slice_rows import MONTH_BEFORE, WINDOWS, YEAR, Dimension, SliceKey
from idp.kit.immutable import immutable

SYSTEM = "system"
"""The kind of what is counted here: systems and their lists."""
_FigureOf: TypeAlias = tuple[str, str, str]
"""Kind, figure, window."""


@immutable
class Stated:
    """How people sign in to a system from that day on, as the journal tells it."""

    system: str
    day_on: date
    agency: str
    tier: str
    login_state: str
    needs_sign_in: bool


@immutable
class Systems:
    """What is known of systems as a month ends."""

    last_on: date
    time_zone: str
    stated: Sequence[Stated]
    """Oldest first."""
    lists: Sequence[Listed]
    """Of the months in the longest window."""
    successes: Mapping[str, int]
    """System → sign-ins here that succeeded in the month before."""

    def on(self, day: date) -> dict[str, Stated]:
        """Each system as it stood as that day ended."""
        return {each.system: each for each in self.stated if each.day_on <= day}


def count_systems(systems: Systems) -> Counter[SliceKey]:
    """Every figure of systems, by system, agency (that owns it now), tier and of the country."""
    rows: Counter[SliceKey] = Counter()
    now = systems.on(systems.last_on)
    for key, value in (*_coverage(now), *_lists(systems, now), *_leakage(systems, now)):
        rows[key] += value
    return rows


def owed_months(last_on: date) -> list[date]:
    """The last days of the months whose lists were due before that day, the newest first."""
    before = (month_end(month_start(last_on, months_before=n)) for n in range(1, WINDOWS[YEAR]))
    return [month for month in before if due_on(month) <= last_on]


def who_owes(systems: Systems, month: date) -> set[str]:
    """Systems that owe the list of that month: entered by its first day, needing a sign-in."""
    begun = systems.on(month_start(month))
    return {s for s, each in systems.on(month).items() if each.needs_sign_in and s in begun}


def _coverage(now: Mapping[str, Stated]) -> Iterator[tuple[SliceKey, int]]:
    for each in now.values():
        if not each.needs_sign_in:
            continue
        is_exclusive = int(each.login_state == LoginState.EXCLUSIVE)
        for dimension, code in (
            (Dimension.COUNTRY, ""),
            (Dimension.TIER, each.tier),
            (Dimension.AGENCY, each.agency),
        ):
            yield SliceKey(dimension, code, SYSTEM, "SYSTEMS", AT_DAY), 1
            yield SliceKey(dimension, code, SYSTEM, "SYSTEMS_EXCLUSIVE", AT_DAY), is_exclusive


def _lists(systems: Systems, now: Mapping[str, Stated]) -> Iterator[tuple[SliceKey, int]]:
    found = {(each.system, each.month_on): each for each in systems.lists}
    missing: dict[str, bool] = {}
    months = owed_months(systems.last_on)
    for month in months:
        for system in who_owes(systems, month):
            listed = found.get((system, month))
            missing[system] = missing.get(system, False) or listed is None
            figures = ["LISTS_DUE"]
            if listed is not None:
                figures.append("LISTS_DELIVERED")
                if local_day(listed.delivered_at, systems.time_zone) <= due_on(month):
                    figures.append("LISTS_ON_TIME")
            for figure in figures:
                yield from _of_system(now, system, (SYSTEM, figure, YEAR), 1)
                if month == months[0] and figure != "LISTS_ON_TIME":
                    yield from _of_system(now, system, (SYSTEM, figure, MONTH_BEFORE), 1)
    for lacks in missing.values():
        yield SliceKey(Dimension.COUNTRY, "", SYSTEM, "SYSTEMS_DUE", YEAR), 1
        complete = SliceKey(Dimension.COUNTRY, "", SYSTEM, "SYSTEMS_COMPLETE", YEAR)
        yield complete, int(not lacks)


def _leakage(systems: Systems, now: Mapping[str, Stated]) -> Iterator[tuple[SliceKey, int]]:
    before = month_start(systems.last_on) - DAY
    for each in systems.lists:
        if each.month_on == before and each.system in now:
            every = each.local_sign_ins + systems.successes.get(each.system, 0)
            for figure, value in (("LOCAL", each.local_sign_ins), ("LEAK_OF", every)):
                of_month = ("sign_in", figure, MONTH_BEFORE)
                yield from _of_system(now, each.system, of_month, value)


def _of_system(
    now: Mapping[str, Stated], system: str, figure: _FigureOf, value: int
) -> Iterable[tuple[SliceKey, int]]:
    yield SliceKey(Dimension.COUNTRY, "", *figure), value
    yield SliceKey(Dimension.SYSTEM, system, *figure), value
    if system in now:
        yield SliceKey(Dimension.AGENCY, now[system].agency, *figure), value
