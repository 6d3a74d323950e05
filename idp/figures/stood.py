"""Where everybody stood at the end of a month, over its 12 months: the funnel, as sets. Pure."""

from collections.abc import Mapping
from functools import cached_property

from pyroaring import BitMap

from idp.figures.month_use import MonthUse
from idp.figures.sets import ORGANIZATION, PERSON
from idp.figures.slice_rows import State
from idp.figures.standing import Standing
from idp.figures.what_if import People
from idp.kit.immutable import immutable
from idp.organizations.models import OrganizationKind

_USES = ("any", "strong", "central", "local")


def partition(
    live: BitMap, proven: BitMap, did: Mapping[str, BitMap], level: BitMap, tried: BitMap
) -> dict[State, BitMap]:
    """The registered by state, each in exactly one: the first that matches."""
    active = proven & did["strong"]
    central, local = active & did["central"], active & did["local"]
    quiet = proven - active
    weak = quiet & did["any"]
    rest = quiet - weak
    gave_up = rest & tried
    refused = (rest - gave_up) & level
    return {
        State.NOT_PROVEN: live - proven,
        State.NEVER_TRIED: rest - gave_up - refused,
        State.FOR_LEVEL: refused,
        State.TRIED: gave_up,
        State.WEAK: weak,
        State.NO_TIER: active - central - local,
        State.CENTRAL: central - local,
        State.LOCAL: local - central,
        State.BOTH: central & local,
    }


@immutable
class Stood:
    """One month."""

    states: Mapping[State, BitMap]
    enterprises: BitMap
    """Live ones."""
    represented: BitMap
    """Of them, those for which a legal representative proven face to face acts."""
    enterprises_both: BitMap
    """Of them, those that used both tiers."""

    @classmethod
    def of(cls, standing: Standing, use: MonthUse) -> "Stood":
        """As `month_count` counts it; `use` is that of the 12 months."""
        persons, organizations = standing.persons, standing.organizations
        live, proven = persons["live"], persons["live"] & persons["proofed_1"]
        did = {name: standing.of_survivors(use[PERSON, "use", name]) for name in _USES}
        level, tried = (
            standing.of_survivors(use[PERSON, "end", name]) for name in ("level", "tried")
        )
        enterprises = organizations["live"] & organizations[OrganizationKind.ENTERPRISE]
        both = use[ORGANIZATION, "use", "central"] & use[ORGANIZATION, "use", "local"]
        return cls(
            states=partition(live, proven, did, level, tried),
            enterprises=enterprises,
            represented=enterprises & standing.represented_by(proven & persons["proofed_2"]),
            enterprises_both=enterprises & both,
        )

    def both_alone(self) -> "Stood":
        """Who used both tiers, and nothing else."""
        return Stood({State.BOTH: self.both}, BitMap(), BitMap(), BitMap())

    @cached_property
    def live(self) -> BitMap:
        """All registered people."""
        return BitMap.union(*self.states.values())

    @cached_property
    def proven(self) -> BitMap:
        """VER1."""
        return self.live - self.states[State.NOT_PROVEN]

    @property
    def both(self) -> BitMap:
        """UNI-used."""
        return self.states[State.BOTH]

    @cached_property
    def people(self) -> People:
        """The same for `what_if`."""
        return People(
            proven=self.proven,
            central=self.states[State.CENTRAL] | self.both,
            local=self.states[State.LOCAL] | self.both,
            unproven=self.states[State.NOT_PROVEN],
        )
