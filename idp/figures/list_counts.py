"""Who took part, and who uses this sign-in everywhere they take part: with delivered lists. Pure.

PART_LISTED: distinct subjects with a success here, or in a list of the window. PART_UNKNOWN: who
stands in lists without an account here; one who is in several is one. UNI_STRICT: UNI-used, by no
local sign-in in a list, and with a sign-in here at every system whose lists name them.
"""

from collections.abc import Iterator, Mapping

from pyroaring import BitMap

from idp.figures.lists.reading import WindowLists
from idp.figures.month_use import MonthUse
from idp.figures.sets import ORGANIZATION, PERSON
from idp.figures.slice_rows import Dimension, SliceKey
from idp.figures.standing import Standing
from idp.organizations.models import OrganizationKind

_ENTERPRISE = OrganizationKind.ENTERPRISE


def count_listed(
    standing: Standing, use: Mapping[str, MonthUse], lists: Mapping[str, WindowLists]
) -> Iterator[tuple[SliceKey, int]]:
    """Of the country, window by window; `use` is that of survivors, systems summed up."""
    for name, window in use.items():
        listed = lists.get(name, WindowLists())
        served = standing.of_survivors(listed.of(PERSON))
        yield _key(PERSON, "PART_LISTED", name), len(window[PERSON, "use", "any"] | served)
        yield _key(PERSON, "PART_UNKNOWN", name), len(listed.unknown.get(PERSON, ()))
        yield _key(PERSON, "UNI_STRICT", name), len(strict_users(standing, window, listed))
        organizations = window[ORGANIZATION, "use", "any"] | listed.of(ORGANIZATION)
        for kind in OrganizationKind:
            members = organizations & standing.organizations[kind]
            yield _key(kind, "PART_LISTED", name), len(members)
        unknown = listed.unknown.get(ORGANIZATION, ())
        yield _key(_ENTERPRISE, "PART_UNKNOWN", name), len(unknown)


def strict_users(standing: Standing, window: MonthUse, lists: WindowLists) -> BitMap:
    """UNI-used that no list shows elsewhere; `window` is that of survivors, systems summed up."""
    both = standing.persons["live"] & standing.persons["proofed_1"]
    both &= window[PERSON, "use", "central"] & window[PERSON, "use", "local"]
    past = standing.of_survivors(lists.local.get(PERSON, BitMap()))
    for (kind, system), served in lists.served.items():
        if kind == PERSON:
            past |= standing.of_survivors(served) - window[PERSON, Dimension.SYSTEM, system]
    return both - past


def _key(kind: str, figure: str, window: str) -> SliceKey:
    return SliceKey(Dimension.COUNTRY, "", kind, figure, window)
