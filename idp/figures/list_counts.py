"""Who took part, and who uses this sign-in everywhere they take part: with delivered lists. Pure.

PART_LISTED: distinct subjects, live at the month's end, with a success here or in a list of the
window. PART_UNKNOWN: who stands in lists without an account here; one who is in several is one.
UNI_STRICT: UNI-used, by no local sign-in in a list, and with a sign-in here at every system whose
lists name them; who got an account after a list was delivered is known once another names them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyroaring import BitMap

from idp.figures.lists.reading import SystemLists
from idp.figures.month_window import WindowUse
from idp.figures.sets import ORGANIZATION, PERSON
from idp.figures.slice_rows import Dimension, SliceKey
from idp.figures.standing import Standing
from idp.organizations.models import OrganizationKind

_ENTERPRISE = OrganizationKind.ENTERPRISE


def count_listed(
    standing: Standing, use: Mapping[str, WindowUse], lists: Mapping[str, Iterable[SystemLists]]
) -> Iterator[tuple[SliceKey, int]]:
    """Of the country, window by window; each window's lists are gone through once."""
    live = standing.persons["live"]
    for name, window in use.items():
        listed = _Together.of(standing, window, lists.get(name, ()))
        served = standing.of_survivors(listed.served[PERSON])
        strict = _both(standing, window) - listed.past
        yield _key(PERSON, "PART_LISTED", name), len(live & (window[PERSON, "use", "any"] | served))
        yield _key(PERSON, "PART_UNKNOWN", name), len(listed.unknown[PERSON])
        yield _key(PERSON, "UNI_STRICT", name), len(strict)
        organizations = window[ORGANIZATION, "use", "any"] | listed.served[ORGANIZATION]
        organizations &= standing.organizations["live"]
        for kind in OrganizationKind:
            members = organizations & standing.organizations[kind]
            yield _key(kind, "PART_LISTED", name), len(members)
        unknown = listed.unknown[ORGANIZATION]
        yield _key(_ENTERPRISE, "PART_UNKNOWN", name), len(unknown)


def strict_users(standing: Standing, window: WindowUse, lists: Iterable[SystemLists]) -> BitMap:
    """UNI-used that no list shows elsewhere."""
    return _both(standing, window) - _Together.of(standing, window, lists).past


@dataclass
class _Together:
    """The lists of all systems, one added after the other."""

    served: dict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    unknown: dict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    past: BitMap = field(default_factory=BitMap)
    """People who went past this sign-in: with a local account, or to a system without one here."""

    @classmethod
    def of(cls, standing: Standing, window: WindowUse, lists: Iterable[SystemLists]) -> "_Together":
        together = cls()
        for each in lists:
            for kind in each.served:
                together.served[kind] |= each.of(kind)
            for kind, unknown in each.unknown.items():
                together.unknown[kind] |= unknown
            here = window[PERSON, Dimension.SYSTEM, each.system]
            together.past |= standing.of_survivors(each.served.get(PERSON, BitMap())) - here
            together.past |= standing.of_survivors(each.local.get(PERSON, BitMap()))
        return together


def _both(standing: Standing, window: WindowUse) -> BitMap:
    both = standing.persons["live"] & standing.persons["proofed_1"]
    return both & window[PERSON, "use", "central"] & window[PERSON, "use", "local"]


def _key(kind: str, figure: str, window: str) -> SliceKey:
    return SliceKey(Dimension.COUNTRY, "", kind, figure, window)
