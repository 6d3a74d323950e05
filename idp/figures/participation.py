"""The resolution's own denominator: who takes part, and what delivered lists say of it. Pure.

Its rate is an upper bound, and may not be called met, as long as a system has not delivered its
lists. Who stands in lists without an account may be several people or none: that makes a range.
"""

from collections.abc import Mapping
from math import floor
from typing import TypeAlias

from idp.figures.rates import DENOMINATOR_OF, Rate
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import YEAR
from idp.figures.system_counts import SYSTEM
from idp.kit.immutable import immutable

_OWED_MONTHS = 11
"""Of a window of twelve: the list of its last month is due when the next one is frozen."""
Values: TypeAlias = Mapping[tuple[str, str, str], int]


@immutable
class Participation:
    """Of people and businesses together, over the 12 months of a frozen month."""

    used: int
    """UNI-used."""
    known: int
    """Who took part and has an account: signed in here, or stands in a list."""
    unknown: int
    """Who stands in a list without one."""
    strict: int | None
    """People of UNI-used whom no list shows anywhere past this sign-in; None: not counted then."""
    systems_due: int
    """Systems that owed lists of these months."""
    systems_complete: int
    """Those of them that delivered every one."""
    has_every_month: bool = False
    """Whether every system that needs a sign-in delivered the lists of the eleven months before."""

    @property
    def at_most(self) -> Rate:
        """The bound that holds whatever is missing."""
        return Rate(self.used, self.known)

    @property
    def with_unknown(self) -> Rate:
        """The rate, if each of those without an account is somebody."""
        return Rate(self.used, self.known + self.unknown)

    @property
    def is_complete(self) -> bool:
        """Whether every system delivered all its lists; only then the rate may be called met."""
        return self.has_every_month and 0 < self.systems_due == self.systems_complete

    @property
    def has_lists(self) -> bool:
        """Whether any system is known to owe lists."""
        return self.systems_due > 0

    @property
    def coverage(self) -> int:
        """Percent of the systems that delivered all, cut down."""
        return floor(100 * self.systems_complete / self.systems_due) if self.systems_due else 0


def with_listed(values: Values) -> dict[tuple[str, str, str], int]:
    """With PART_LISTED, too, where a freeze is older than the lists: who signed in here."""
    signed_in = {
        (kind, "PART_LISTED", YEAR): values.get((kind, "PART", YEAR), 0) for kind in DENOMINATOR_OF
    }
    return {**signed_in, **values}


def participation_of(values: Values) -> Participation:
    """From the country's figures of a freeze; one older than the lists counted sign-ins alone."""
    values = with_listed(values)
    has_lists = (SYSTEM, "SYSTEMS_DUE", YEAR) in values
    systems = values.get((SYSTEM, "SYSTEMS", AT_DAY), 0)
    delivered = values.get((SYSTEM, "LISTS_DELIVERED", YEAR), 0)
    return Participation(
        used=sum(values.get((kind, "UNI_USED", YEAR), 0) for kind in DENOMINATOR_OF),
        known=sum(values.get((kind, "PART_LISTED", YEAR), 0) for kind in DENOMINATOR_OF),
        unknown=sum(values.get((kind, "PART_UNKNOWN", YEAR), 0) for kind in DENOMINATOR_OF),
        strict=values.get((PERSON, "UNI_STRICT", YEAR), 0) if has_lists else None,
        systems_due=values.get((SYSTEM, "SYSTEMS_DUE", YEAR), 0),
        systems_complete=values.get((SYSTEM, "SYSTEMS_COMPLETE", YEAR), 0),
        has_every_month=delivered >= _OWED_MONTHS * systems,
    )
