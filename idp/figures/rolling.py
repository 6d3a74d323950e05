"""Figures over the last 365, 90 and 30 days, of the country, its provinces and agencies. Pure.

They mean what those of a frozen month mean, over days instead of whole months: everybody stands
where the facts' own dates have them, merged people are one, and only who is proven uses both tiers.
Where a window is made of whole months, both agree to the digit.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from pyroaring import BitMap

from idp.figures.company_funnel import Represented
from idp.figures.list_counts import strict_users
from idp.figures.lists.reading import SystemLists
from idp.figures.month_count import Row
from idp.figures.month_use import MonthUse
from idp.figures.month_window import Registry, WindowUse
from idp.figures.sets import AT_DAY, ORGANIZATION, PERSON, ROLLING
from idp.figures.slice_rows import Dimension, SliceKey
from idp.figures.standing import Homes, Standing
from idp.kit.immutable import immutable
from idp.organizations.models import OrganizationKind

WINDOWS = {"rolling_30": 30, "rolling_90": 90, ROLLING: 365}
"""Days that end with the as-of day; the shortest first."""
REACH = "UNI_REACH"
"""Proven people with a second factor in use: who could sign in everywhere."""


@immutable
class Standings:
    """Who is what at the end of the day."""

    standing: Standing
    reach: BitMap
    """People with a second factor in use."""
    registry: Registry


def count_standings(of: Standings) -> Iterator[Row]:
    """What is no matter of a window: REG, VER1, VER, UNI_REACH."""
    people = of.standing.persons
    for dimension, code, live in _cuts(of.standing.homes, people["live"]):
        proven = live & people["proofed_1"]
        yield SliceKey(dimension, code, PERSON, "REG", AT_DAY), len(live)
        yield SliceKey(dimension, code, PERSON, "VER1", AT_DAY), len(proven)
        yield SliceKey(dimension, code, PERSON, REACH, AT_DAY), len(proven & of.reach)
    represented = Represented.of(of.standing)
    for kind, dimension, code, live in _organizations(of.standing):
        verified = len(live & represented.proven)
        yield SliceKey(dimension, code, kind, "REG", AT_DAY), len(live)
        yield SliceKey(dimension, code, kind, "VER", AT_DAY), verified


def count_window(
    of: Standings, name: str, use: MonthUse, lists: Iterable[SystemLists]
) -> Iterator[Row]:
    """ACT, UNI_USED, UNI_STRICT and PART over one window; agencies: of who signed in there."""
    standing, settled = of.standing, WindowUse([use], of.standing, of.registry)
    live = standing.persons["live"]
    proven = live & standing.persons["proofed_1"]
    did = {code: settled[PERSON, "use", code] for code in ("any", "strong", "central", "local")}
    both = proven & did["central"] & did["local"]
    strict, active = strict_users(standing, settled, lists), proven & did["strong"]
    for dimension, code, some in _cuts(standing.homes, live):
        for figure, members in (
            ("ACT", active),
            ("UNI_USED", both),
            ("UNI_STRICT", strict),
            ("PART", did["any"]),
        ):
            count = some.intersection_cardinality(members)
            yield SliceKey(dimension, code, PERSON, figure, name), count
    for dimension in (Dimension.AGENCY, Dimension.MINISTRY):
        for code, members in settled.of(PERSON, dimension).items():
            some = proven & members
            yield SliceKey(dimension, code, PERSON, "ACT", name), len(some)
            for figure, among in (("UNI_USED", both), ("UNI_STRICT", strict)):
                count = some.intersection_cardinality(among)
                yield SliceKey(dimension, code, PERSON, figure, name), count
    yield from _window_of_organizations(standing, name, settled)


def _window_of_organizations(standing: Standing, name: str, settled: WindowUse) -> Iterator[Row]:
    did = {
        code: settled[ORGANIZATION, "use", code] for code in ("any", "strong", "central", "local")
    }
    both, represented = did["central"] & did["local"], Represented.of(standing).proven
    for kind, dimension, code, live in _organizations(standing):
        for figure, members in (
            ("ACT", represented & did["strong"]),
            ("UNI_USED", both),
            ("PART", did["any"]),
        ):
            count = live.intersection_cardinality(members)
            yield SliceKey(dimension, code, kind, figure, name), count


def _organizations(standing: Standing) -> Iterator[tuple[str, Dimension, str, BitMap]]:
    for kind in OrganizationKind:
        live = standing.organizations["live"] & standing.organizations[kind]
        for dimension, code, some in _cuts(standing.seats, live):
            yield kind, dimension, code, some


def _cuts(homes: Homes, among: BitMap) -> Iterator[tuple[Dimension, str, BitMap]]:
    """The country, and each province as it is today; the last: whose place is not known."""
    yield Dimension.COUNTRY, "", among
    for place, members in homes.now().items():
        yield Dimension.PLACE, place.code, among & members
    yield Dimension.PLACE, "", among - homes.placed


def first_day(last: date, window: str) -> date:
    """The first day of the window that ends with `last`."""
    return date.fromordinal(last.toordinal() - WINDOWS[window] + 1)
