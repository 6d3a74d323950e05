"""Where organizations stand on the way to using both tiers: a partition that adds up. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pyroaring import BitMap

from idp.figures.days import month_start
from idp.figures.sets import AT_DAY
from idp.figures.slice_rows import WINDOWS, CompanyState, Dimension, SliceKey
from idp.figures.standing import Standing
from idp.kit.immutable import immutable

REFUSED = "representation.refused"
DISAGREES = "REGISTER_DISAGREES"
"""Who was to represent an organization that the business register has not, or not as active."""


@immutable
class Represented:
    """Organizations by who acts for them at the month's end."""

    accounts: BitMap
    """Somebody with a live account legally represents it."""
    proven: BitMap
    """One of them is proven face to face."""
    delegated: BitMap
    """It has a delegate with a live account."""

    @classmethod
    def of(cls, standing: Standing) -> "Represented":
        """As the journal has it."""
        live = standing.persons["live"]
        proven = live & standing.persons["proofed_1"] & standing.persons["proofed_2"]
        return cls(
            accounts=standing.represented_by(live),
            proven=standing.represented_by(proven),
            delegated=standing.delegated_by(live),
        )


def states_at_day(some: BitMap, represented: Represented) -> Iterator[tuple[str, str, int]]:
    """Figure, window and count of what holds at the month's end."""
    yield "REG", AT_DAY, len(some)
    yield "ACCOUNT", AT_DAY, len(some & represented.accounts)
    yield "VER", AT_DAY, len(some & represented.proven)
    yield "DELEGATED", AT_DAY, len(some & represented.delegated)


def company_funnel(
    some: BitMap, represented: Represented, did: Mapping[str, BitMap]
) -> dict[CompanyState, int]:
    """Of these organizations, how many stand in each state; `did` as in `month_use`."""
    signed_in = some & did["any"]
    both = some & did["central"] & did["local"]
    quiet = some - signed_in - both
    without = quiet - represented.accounts
    unproven = quiet - without - represented.proven
    rest = quiet - without - unproven
    delegated = rest & represented.delegated
    return {
        CompanyState.NO_ACCOUNT: len(without),
        CompanyState.NOT_PROVEN: len(unproven),
        CompanyState.NOT_SIGNED_IN: len(rest - delegated),
        CompanyState.DELEGATED: len(delegated),
        CompanyState.SIGNED_IN: len(signed_in - both),
        CompanyState.BOTH: len(both),
    }


def refused_by_register(entries: Iterable[Mapping[str, Any]], *, last: date) -> dict[SliceKey, int]:
    """Requests refused as the register does not agree; `entries`: `representation.refused`."""
    counts: Counter[SliceKey] = Counter()
    for data in entries:
        asked_on = date.fromisoformat(data["asked_on"])
        for window, length in WINDOWS.items():
            if month_start(last, months_before=length - 1) <= asked_on <= last:
                kind = data.get("kind") or "enterprise"
                counts[SliceKey(Dimension.COUNTRY, "", kind, DISAGREES, window)] += 1
    return dict(counts)
