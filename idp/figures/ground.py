"""What a month's levers are counted from: who stood where, now and in months before. Pure."""

from collections.abc import Mapping
from dataclasses import field

from pyroaring import BitMap

from idp.figures.action_rows import Offer, Unit
from idp.figures.stood import Stood
from idp.kit.immutable import immutable

CASE = 6
"""Months after which it is seen what became of somebody."""
IN_USE = 3
"""Months of use after which it is seen whom a new service brought."""
LAPSE = 12
"""Whoever used both tiers in the 12 months that ended so many months ago, and no more, lapsed."""
DEPTH = CASE + LAPSE
"""So many months before a month are looked at."""
WHOLE = frozenset({0, 1, IN_USE, CASE, CASE + 1, DEPTH})
"""Months ago of which everybody's state is asked for; of the others, who used both tiers."""


@immutable
class Ground:
    """One month."""

    stood: Mapping[int, Stood]
    """Months ago → where everybody stood; 0 … DEPTH. All of it is known of those in WHOLE."""
    homes: Mapping[str, BitMap]
    """Province, as it is today → its residents."""
    failed: Mapping[int, Mapping[str, BitMap]]
    """0 and CASE months ago → `reason tier` → whose sign-ins failed so in 12 months."""
    used: Mapping[str, BitMap]
    """Service → who used it in the last IN_USE months."""
    began: frozenset[str]
    """The services that were used in the first of these months, and in none of the six before."""
    offer: Offer = field(default_factory=Offer)
    lists: Mapping[str, BitMap] = field(default_factory=dict)
    """System → who of the one-sided stands in the lists that it delivered: they alone could be
    completed. None delivered: whom it reaches is not known."""

    def failing(self, ago: int = 0) -> dict[str, BitMap]:
        """Reason → who failed so at a tier that they lack."""
        people = self.stood[ago].people
        found: dict[str, BitMap] = {}
        for name, members in self.failed[ago].items():
            reason, _, tier = name.rpartition(" ")
            have = people.central if tier == "central" else people.local
            lacking = members & (people.outside - have)
            found[reason] = found.get(reason, BitMap()) | lacking
        return {reason: found[reason] for reason in sorted(found)}

    def failed_then(self) -> dict[str, BitMap]:
        """The same, CASE months ago."""
        return self.failing(CASE)

    def connected(self) -> dict[str, Unit]:
        """The services that have been in use for IN_USE months, and whose they are.

        None as long as nobody was registered before: all that began with the journal is no case.
        """
        if not self.stood[DEPTH].live:
            return {}
        owners = self.offer.owners
        return {each: owners[each] for each in sorted(self.began) if each in owners}
