"""What is read of frozen months: a freeze, a province's rate, the funnel, how sign-ins ended."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime

from idp.figures.slice_rows import CompanyState, State
from idp.kit.immutable import immutable


@immutable
class FrozenMonth:
    """A freeze: what was published of a month, when, by what, and why it was revised."""

    number: int
    """Of all freezes; names this one for good."""
    month_on: date
    """The last day of the month: the as-of date of all its figures."""
    revision: int
    """0 as first published."""
    reason: str
    frozen_at: datetime
    code_version: str
    definitions_version: str
    rows_hash: bytes

    @property
    def version(self) -> int:
        """1 as first published, one more with each revision: as pages and files call it."""
        return self.revision + 1

    @property
    def name(self) -> str:
        """As addresses and files have it: `2026-10`."""
        return f"{self.month_on:%Y-%m}"


@immutable
class PlaceRate:
    """One province: who of its residents use both tiers, and what that was before."""

    code: str
    name_vi: str
    name_en: str
    registered: int
    uni_used: int
    """In the 12 months; enterprises where these are asked for."""
    population: int | None
    """Residents, or active enterprises; None: not known, and so is the rate."""
    uni_used_before: int | None = None
    """The same in the freeze of a month before; None: there is none."""
    population_before: int | None = None

    @property
    def percent(self) -> float | None:
        """The rate in percent points."""
        return 100 * self.uni_used / self.population if self.population else None

    @property
    def change(self) -> float | None:
        """Percent points since the month before."""
        if self.percent is None or self.uni_used_before is None or not self.population_before:
            return None
        return self.percent - 100 * self.uni_used_before / self.population_before


@immutable
class Funnel:
    """Where the registered stand; every one in exactly one state (`slice_rows.State`)."""

    states: Mapping[State, int]
    population: int | None

    @property
    def registered(self) -> int:
        """The sum of all states: REG."""
        return sum(self.states.values())

    @property
    def proven(self) -> int:
        """VER1."""
        return self.registered - self.states[State.NOT_PROVEN]

    @property
    def active(self) -> int:
        """ACT."""
        return sum(self.states[s] for s in (State.NO_TIER, State.CENTRAL, State.LOCAL, State.BOTH))


@immutable
class Outcomes:
    """How the sign-ins of a month ended; `begun` is the sum of the other four."""

    begun: int = 0
    success: int = 0
    refused_level: int = 0
    refused: int = 0
    abandoned: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Of those refused otherwise: reason → sign-ins."""


@immutable
class Companies:
    """Where the organizations of a kind stand; every registered one in exactly one state."""

    states: Mapping[CompanyState, int]
    population: int | None
    disagreed: int
    """Requests of the 12 months refused, as the business register does not agree."""

    @property
    def registered(self) -> int:
        """The sum of all states: REG."""
        return sum(self.states.values())


@immutable
class Said:
    """Answers of 12 months to the question after a sign-in; none of fewer than 30 are kept."""

    answers: int = 0
    satisfied: int = 0


@immutable
class Slice:
    """One agency, ministry, system, service or method in a month."""

    code: str
    active: Mapping[str, int]
    """Window → proven people with a success at LoA2 or higher there."""
    uni_used: int
    """Of those of 12 months, who uses both tiers; 0 for methods."""
    outcomes: Outcomes
    said: Said = Said()
