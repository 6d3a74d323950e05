"""How long a system waits from its agency's request until it is live in production. Pure.

LIVE: systems that first went live in the window; LEAD_DAYS: their median, in days. LIVE_DUE: those
asked for whose thirty days ended in it; LIVE_IN_TIME: those of them that were live by then, so that
who never goes live counts. A request is the first application of a system, of the sandbox or not;
what an operator entered as live nobody asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import Any

from idp.figures.days import DAY, month_start
from idp.figures.slice_rows import WINDOWS, YEAR, Dimension, SliceKey
from idp.figures.system_counts import SYSTEM
from idp.journal.month_replay import Told
from idp.relying_parties.models import Environment, RelyingPartyState

CREATED, CHANGED = "relying_party.created", "relying_party.state_changed"
EVENTS = (CREATED, CHANGED)
DAYS = 30
"""Within which a system is to be live."""


@dataclass
class _Wait:
    asked_on: date | None = None
    live_on: date | None = None


def count_lead_times(
    told: Iterable[Told],
    *,
    last_on: date,
    system_of: Mapping[str, str],
    agency_of: Mapping[str, str],
) -> dict[SliceKey, int]:
    """Of the country and of each agency that owns a system, over twelve months."""
    first_on = month_start(last_on, months_before=WINDOWS[YEAR] - 1)
    waits: dict[str, list[_Wait]] = defaultdict(list)
    for system, wait in _waits(told, system_of, last_on).items():
        if wait.asked_on is not None:
            waits[""].append(wait)
            if system in agency_of:
                waits[agency_of[system]].append(wait)
    rows: dict[SliceKey, int] = {}
    for code, some in waits.items():
        dimension = Dimension.AGENCY if code else Dimension.COUNTRY
        for figure, value in _figures(some, first_on, last_on):
            if value:
                rows[SliceKey(dimension, code, SYSTEM, figure, YEAR)] = value
    return rows


def _waits(told: Iterable[Told], system_of: Mapping[str, str], last_on: date) -> dict[str, _Wait]:
    waits: dict[str, _Wait] = defaultdict(_Wait)
    real: set[Any] = set()
    for each in told:
        party = str(each.relying_party_id)
        if party not in system_of or each.day_on > last_on:
            continue
        wait, is_live = waits[system_of[party]], False
        if each.event == CREATED:
            if each.data.get("environment") == Environment.PRODUCTION:
                real.add(party)
            is_live = each.data.get("state") == RelyingPartyState.LIVE and party in real
            if not is_live and wait.live_on is None and wait.asked_on is None:
                wait.asked_on = each.day_on
        else:
            is_live = each.data.get("to") == RelyingPartyState.LIVE and party in real
        if is_live and wait.live_on is None:
            wait.live_on = each.day_on
    return waits


def _figures(waits: Iterable[_Wait], first_on: date, last_on: date) -> Iterator[tuple[str, int]]:
    lengths, due, in_time = [], 0, 0
    for wait in waits:
        if wait.asked_on is None:
            continue
        ends_on = wait.asked_on + DAYS * DAY
        if first_on <= ends_on <= last_on:
            due += 1
            in_time += wait.live_on is not None and wait.live_on <= ends_on
        if wait.live_on is not None and first_on <= wait.live_on:
            lengths.append((wait.live_on - wait.asked_on).days)
    yield "LIVE_DUE", due
    yield "LIVE_IN_TIME", in_time
    yield "LIVE", len(lengths)
    if lengths:
        yield "LEAD_DAYS", median_low(lengths)
