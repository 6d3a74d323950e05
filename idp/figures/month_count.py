"""The figures of a month, from who stands where and who did what. Pure.

Proven people alone are in UNI-used here, so that the funnel adds up: states 1 to 6 are REG, 2A to 6
VER1, 3 to 6 ACT, 6 UNI-used.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import TypeAlias
from uuid import UUID

from pyroaring import BitMap

from idp.figures.company_funnel import Represented, company_funnel, states_at_day
from idp.figures.list_counts import count_listed
from idp.figures.lists.reading import SystemLists
from idp.figures.month_window import Registry, WindowUse
from idp.figures.sets import AT_DAY, ORGANIZATION, PERSON
from idp.figures.slice_rows import MONTH, YEAR, Dimension, SliceKey
from idp.figures.standing import Homes, Standing
from idp.figures.stood import partition
from idp.journal.models import Outcome
from idp.journal.month_replay import Ended, is_refused_for_level
from idp.kit.immutable import immutable
from idp.organizations.models import OrganizationKind

MOST_AGENCIES = 5
"""REUSE is counted at 2, 3, … so many agencies, or more."""
Row: TypeAlias = tuple[SliceKey, int]
_TIERS = ("central", "local")
_MEANS = (Dimension.METHOD, Dimension.DEVICE, Dimension.LANGUAGE)
_OF_USE = (Dimension.AGENCY, Dimension.SERVICE)


@immutable
class Month:
    """Everything the figures of a month are counted from."""

    last_on: date
    standing: Standing
    windows: Mapping[str, WindowUse]
    """Window name → who did what."""
    ended: tuple[Ended, ...]
    registry: Registry
    lists: Mapping[str, Iterable[SystemLists]] = field(default_factory=dict)
    """Window name → who stands in the lists of its months; gone through once."""


def count_month(month: Month) -> dict[SliceKey, int]:
    """Every figure that is not zero."""
    rows: dict[SliceKey, int] = {}
    use = month.windows
    for key, value in (
        *_people(month, use),
        *_organizations(month, use),
        *_by_use(month, use),
        *_outcomes(month),
        *count_listed(month.standing, use, month.lists),
    ):
        if value:
            rows[key] = rows.get(key, 0) + value
    return rows


def _people(month: Month, use: Mapping[str, WindowUse]) -> Iterator[Row]:
    live = month.standing.persons["live"]
    yield from _people_of(month, use, Dimension.COUNTRY, "", live)
    for name, window in use.items():
        proven = live & month.standing.persons["proofed_1"]
        for number, members in enumerate(_reuse(window, proven), start=2):
            yield SliceKey(Dimension.COUNTRY, "", PERSON, f"REUSE_{number}", name), len(members)
    places = _cuts(month, month.standing.homes, live)
    groups = month.standing.traits.cuts(month.last_on, live)
    for dimension, code, some in (*places, *groups):
        yield from _people_of(month, use, dimension, code, some)


def _cuts(month: Month, homes: Homes, among: BitMap) -> Iterator[tuple[Dimension, str, BitMap]]:
    """Those of `among` by place; the last are those whose place is not known."""
    cuts = [(Dimension.PLACE, homes.now())]
    if homes.crosswalk.changed_after(month.last_on):
        cuts.append((Dimension.PLACE_THEN, homes.on(month.last_on)))
    for dimension, places in cuts:
        for place, members in places.items():
            yield dimension, place.code, among & members
        yield dimension, "", among - homes.placed


def _people_of(
    month: Month, use: Mapping[str, WindowUse], dimension: Dimension, code: str, live: BitMap
) -> Iterator[Row]:
    """REG, VER, the uses and the funnel of these people, all of them registered."""
    proven = live & month.standing.persons["proofed_1"]
    for figure, members in (
        ("REG", live),
        ("VER1", proven),
        ("VER2", proven & month.standing.persons["proofed_2"]),
    ):
        yield SliceKey(dimension, code, PERSON, figure, AT_DAY), len(members)
    for name, window in use.items():
        did = {key: window[PERSON, "use", key] for key in ("any", "strong", *_TIERS)}
        level, tried = window[PERSON, "end", "level"], window[PERSON, "end", "tried"]
        counts = {
            "ACT": proven & did["strong"],
            "UNI_USED": proven & did["central"] & did["local"],
            "PART": live & did["any"],
            "SUCCEEDED": live & did["any"],
            "BEGAN": live & (did["any"] | level | tried),
        }
        for figure, members in counts.items():
            yield SliceKey(dimension, code, PERSON, figure, name), len(members)
        if dimension is Dimension.COUNTRY or name == YEAR:
            for state, some in partition(live, proven, did, level, tried).items():
                yield SliceKey(dimension, code, PERSON, state, name), len(some)


def _reuse(use: WindowUse, proven: BitMap) -> list[BitMap]:
    """Who was active at 2, 3, … agencies or more."""
    at_least = [proven, *(BitMap() for _ in range(MOST_AGENCIES))]
    for members in use.of(PERSON, Dimension.AGENCY).values():
        for count in range(MOST_AGENCIES, 0, -1):
            at_least[count] |= at_least[count - 1] & members
    return at_least[2:]


def _organizations(month: Month, use: Mapping[str, WindowUse]) -> Iterator[Row]:
    standing, represented = month.standing, Represented.of(month.standing)
    for kind in OrganizationKind:
        live = standing.organizations["live"] & standing.organizations[kind]
        cuts = [(Dimension.COUNTRY, "", live), *_cuts(month, standing.seats, live)]
        for dimension, code, some in cuts:
            for figure, window, count in _organizations_of(some, represented, use):
                yield SliceKey(dimension, code, kind, figure, window), count


def _organizations_of(
    live: BitMap, represented: Represented, use: Mapping[str, WindowUse]
) -> Iterator[tuple[str, str, int]]:
    yield from states_at_day(live, represented)
    for name, window in use.items():
        did = {code: window[ORGANIZATION, "use", code] for code in ("any", "strong", *_TIERS)}
        yield "ACT", name, len(live & represented.proven & did["strong"])
        yield "UNI_USED", name, len(live & did["central"] & did["local"])
        yield "PART", name, len(live & did["any"])
        for state, count in company_funnel(live, represented, did).items():
            yield state, name, count


def _by_use(month: Month, use: Mapping[str, WindowUse]) -> Iterator[Row]:
    """Who used which agency, ministry, system, service, and who of them uses both tiers; or means.

    Means are methods, classes of devices, languages.
    """
    proven = month.standing.persons["live"] & month.standing.persons["proofed_1"]
    for name, window in use.items():
        both = window[PERSON, "use", "central"] & window[PERSON, "use", "local"]
        for dimension in (*_OF_USE, Dimension.MINISTRY, Dimension.SYSTEM, *_MEANS):
            for code, members in window.of(PERSON, dimension).items():
                active = proven & members
                yield SliceKey(dimension, code, PERSON, "ACT", name), len(active)
                if name == YEAR and dimension not in _MEANS:
                    yield SliceKey(dimension, code, PERSON, "UNI_USED", name), len(active & both)


def _outcomes(month: Month) -> Iterator[Row]:
    """Sign-ins that ended in the month: begun is the sum of success, refused and abandoned."""
    counts: Counter[SliceKey] = Counter()
    for ended in month.ended:
        figures = ["BEGUN"]
        if ended.outcome == Outcome.SUCCESS:
            figures.append("SUCCESS")
        elif ended.outcome == Outcome.ABANDONED:
            figures.append("ABANDONED")
        elif is_refused_for_level(ended.outcome, ended.reason):
            figures.append("REFUSED_LEVEL")
        else:
            figures += ["REFUSED", f"REASON {ended.reason or ''}".strip()]
        for dimension, code in _credited(ended, month.registry):
            for figure in figures:
                counts[SliceKey(dimension, code, "sign_in", figure, MONTH)] += ended.count
    yield from counts.items()


def _credited(ended: Ended, registry: Registry) -> Iterator[tuple[Dimension, str]]:
    agency, party = _text(ended.agency_id), _text(ended.relying_party_id)
    yield Dimension.COUNTRY, ""
    yield Dimension.AGENCY, agency
    if ministry := registry.ministry_of.get(agency):
        yield Dimension.MINISTRY, ministry
    yield Dimension.SYSTEM, registry.system_of.get(party, "")
    yield Dimension.SERVICE, _text(ended.service_id)
    if ended.outcome == Outcome.SUCCESS or ended.method:
        yield Dimension.METHOD, ended.method or ""
    yield Dimension.DEVICE, ended.device_class or ""
    yield Dimension.LANGUAGE, ended.language or ""


def _text(value: UUID | None) -> str:
    return str(value) if value else ""
