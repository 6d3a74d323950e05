"""A country of a few hundred people, person by person: every frozen figure of it is consistent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from uuid import UUID

from pyroaring import BitMap

from idp.figures.lists.reading import SystemLists
from idp.figures.month_count import Month, count_month
from idp.figures.month_use import MonthUse
from idp.figures.month_window import Registry, WindowUse
from idp.figures.sets import AT_DAY, ORGANIZATION, PERSON
from idp.figures.slice_rows import WINDOWS, Dimension, SliceKey
from idp.figures.standing import Homes, Standing
from idp.journal.month_replay import Ended
from idp.organizations.models import OrganizationKind
from idp.places.crosswalk import Crosswalk

ENDS = (
    ("success", None),
    ("refused", "unmet_authentication_requirements"),
    ("refused", "login_required"),
    ("refused", "access_denied"),
    ("abandoned", None),
)


@dataclass
class Somebody:
    """A person, or an organization: what they did, each so many months ago."""

    is_live: bool
    proofing: int
    place: str
    did: dict[tuple[str, str], int] = field(default_factory=dict)
    """(dimension, code) as in `month_use` → months ago, the last time."""
    traits: dict[str, object] = field(default_factory=dict)
    """What the journal says of them beside (`Traits.tell`)."""


@dataclass
class Micro:
    """Draws everything by one random source."""

    random: Random
    crosswalk: Crosswalk
    places: Sequence[str]
    """The first have few people, the last have most."""
    agencies: Sequence[UUID]
    registry: Registry = field(default_factory=Registry)
    people: list[Somebody] = field(default_factory=list)
    companies: list[tuple[OrganizationKind, Somebody]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    acts_for: list[tuple[int, int]] = field(default_factory=list)
    """Company, person: its legal representative."""

    def settle(self, people: int, companies: int) -> None:
        """Draw everybody."""
        draw = self.random
        self.people = [self._somebody() for _ in range(people)]
        for _ in range(companies):
            kind = draw.choice([*OrganizationKind])
            self.companies.append((kind, self._company()))
            self.acts_for.append((len(self.companies) - 1, draw.randrange(people)))
        for agency in self.agencies:
            for outcome, reason in ENDS:
                count = draw.choice((0, 3, 7, 12, 60, 200))
                if count:
                    self.ended.append(
                        Ended(outcome, reason, agency, None, None, "otp", None, None, count)
                    )

    def change(self, people: int) -> None:
        """So many become somebody else: as if found late."""
        for number in self.random.sample(range(len(self.people)), people):
            self.people[number] = self._somebody()

    def _somebody(self) -> Somebody:
        draw = self.random
        weights = [1 + 4 * n for n in range(len(self.places))]
        found = Somebody(
            is_live=draw.random() < 0.97,
            proofing=draw.choices((0, 1, 2), (0.1, 0.4, 0.5))[0],
            place=draw.choices(self.places, weights)[0],
        )
        if draw.random() < 0.15:
            found.did["end", draw.choice(("level", "tried"))] = draw.randrange(12)
        if draw.random() < 0.8:
            self._use(found, draw.choices((0, 1, 2), (0.05, 0.35, 0.6))[0])
        return found

    def _company(self) -> Somebody:
        found = Somebody(is_live=True, proofing=0, place=self.random.choice(self.places))
        if self.random.random() < 0.4:
            self._use(found, self.random.randrange(3))
        return found

    def _use(self, found: Somebody, tiers: int) -> None:
        draw = self.random
        ago = draw.choice((0, 0, 0, 1, 2, 5, 11))
        found.did["use", "any"] = ago
        if tiers:
            found.did["use", "strong"] = ago
            for tier in draw.sample(("central", "local"), tiers):
                found.did["use", tier] = ago
            for agency in draw.sample(list(self.agencies), draw.choice((1, 1, 2, 3, 4, 5))):
                found.did["agency", str(agency)] = ago

    def rows(self, last: date, *, everyone: Mapping[str, int]) -> dict[SliceKey, int]:
        """The slices of the month; `everyone` is the residents of each place."""
        return self.counted(last, self.standing(last), everyone=everyone)

    def standing(self, last: date) -> Standing:
        """Who is what, and where, on that day."""
        homes, seats = Homes(crosswalk=self.crosswalk), Homes(crosswalk=self.crosswalk)
        standing = Standing(homes=homes, seats=seats)
        for number, each in enumerate(self.people):
            homes.move(number, each.place, last)
            standing.traits.tell(number, each.traits)
            if each.is_live:
                standing.persons["live"].add(number)
            for level in range(1, each.proofing + 1):
                standing.persons[f"proofed_{level}"].add(number)
        for number, (kind, company) in enumerate(self.companies):
            seats.move(number, company.place, last)
            standing.organizations["live"].add(number)
            standing.organizations[kind].add(number)
        for company_number, person in self.acts_for:
            standing.representatives.add(company_number << 32 | person)
        return standing

    def counted(
        self, last: date, standing: Standing, *, everyone: Mapping[str, int]
    ) -> dict[SliceKey, int]:
        """The slices, of who stands so."""
        windows = {
            name: WindowUse([self.window(length)], standing, self.registry)
            for name, length in WINDOWS.items()
        }
        lists = {name: self._lists(length) for name, length in WINDOWS.items()}
        month = Month(last, standing, windows, tuple(self.ended), self.registry, lists)
        rows = count_month(month)
        for code, count in everyone.items():
            rows[SliceKey(Dimension.PLACE, code, PERSON, "POP", AT_DAY)] = count
        rows[SliceKey(Dimension.COUNTRY, "", PERSON, "POP", AT_DAY)] = sum(everyone.values())
        return rows

    def window(self, length: int) -> MonthUse:
        """Who did what in so many months."""
        use = MonthUse()
        for kind, some in ((PERSON, self.people), (ORGANIZATION, [c for _, c in self.companies])):
            for number, each in enumerate(some):
                for (dimension, code), ago in each.did.items():
                    if ago < length:
                        use[kind, dimension, code].add(number)
        return use

    def _lists(self, length: int) -> list[SystemLists]:
        """Every ninth person stands in a list, and some who are nobody here."""
        served = BitMap(range(length % 9, len(self.people), 9 if length > 3 else 45))
        unknown = BitMap(range(length * 4))
        return [SystemLists("system", {PERSON: served}, {}, {PERSON: unknown})]
