"""Who is what, and lives where, at the end of a month: by the dates on which facts take effect.

Differs from `state` in that alone: a day that is closed takes a late fact on the next open day, a
frozen month takes it on its own date, in a revision.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from sys import intern

from pyroaring import BitMap, BitMap64

from idp.figures.groups import Traits
from idp.figures.state import State, represented
from idp.journal.replay import StateEvent
from idp.mandates.roles import OrganizationRole
from idp.people.models import PersonStatus
from idp.places.crosswalk import Crosswalk, PlaceKey


@dataclass(kw_only=True)
class Homes:
    """Where each subject lives: place → subjects; who lives nowhere known is in none."""

    crosswalk: Crosswalk
    members: dict[PlaceKey, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    placed: BitMap = field(default_factory=BitMap)

    def move(self, subject: int, code: str | None, on: date) -> None:
        """Subject lives there from that day on; an unknown code is no place."""
        if subject in self.placed:
            for members in self.members.values():
                members.discard(subject)
            self.placed.discard(subject)
        place = self.crosswalk.find(code, on) if code else None
        if place is not None:
            self.members[place].add(subject)
            self.placed.add(subject)

    def now(self) -> dict[PlaceKey, BitMap]:
        """By the places there are today: the past of a merged place is the sum of its parts."""
        return self._by(self.crosswalk.now)

    def on(self, day: date) -> dict[PlaceKey, BitMap]:
        """By the places of that day."""
        return self._by(lambda place: self.crosswalk.on(place, day))

    def _by(self, called: Callable[[PlaceKey], PlaceKey]) -> dict[PlaceKey, BitMap]:
        united: dict[PlaceKey, BitMap] = defaultdict(BitMap)
        for place, members in self.members.items():
            united[called(place)] |= members
        return united


@dataclass(kw_only=True)
class Standing(State):
    """The state, facts being applied in the order in which they take effect."""

    homes: Homes
    seats: Homes
    """Of organizations."""
    traits: Traits = field(default_factory=Traits)
    survivors: dict[int, int] = field(default_factory=dict)
    """Merged person → the one who stays."""
    periods: dict[str, dict[int, tuple[str, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Role → representative (as in `representatives`) → `valid_on` of the periods that go on."""
    delegates: BitMap64 = field(default_factory=BitMap64)
    """Who acts for an organization by delegation, as in `representatives`."""

    def apply(self, event: StateEvent) -> None:
        """Take in one fact."""
        subject, organization, data = event.subject_number, event.organization_number, event.data
        match event.event:
            case "representation.started" | "representation.ended":
                if subject is not None and organization is not None:
                    self._represent(organization << 32 | subject, event)
                return
            case "person.place_changed" | "person.registered" | "person.proofed":
                if "place" in data and subject is not None:
                    self.homes.move(subject, data["place"], event.day_on)
                if subject is not None:
                    self.traits.tell(subject, data)
            case "organization.registered" if organization is not None:
                self.seats.move(organization, data.get("place"), event.day_on)
            case "person.status_changed" if subject is not None:
                self.survivors.pop(subject, None)
                if data.get("status") == PersonStatus.MERGED and data.get("survivor"):
                    self.survivors[subject] = int(data["survivor"])
        super().apply(event)

    def of_survivors(self, members: BitMap) -> BitMap:
        """The same people, each by the account that stays: a person merged away counts as it."""
        gone = members & BitMap(self.survivors)
        return members - gone | BitMap(self._stays(number) for number in gone) if gone else members

    def delegated_by(self, persons: BitMap) -> BitMap:
        """The organizations for which one of these persons acts by delegation."""
        return represented(self.delegates, persons)

    def _represent(self, pair: int, event: StateEvent) -> None:
        role = str(event.data.get("role"))
        is_legal = role == OrganizationRole.LEGAL_REPRESENTATIVE
        acting = self.representatives if is_legal else self.delegates
        periods, valid_on = self.periods[role], intern(str(event.data.get("valid_on")))
        going = tuple(on for on in periods.pop(pair, ()) if on != valid_on)
        if event.event == "representation.started":
            going += (valid_on,)
        if going:
            periods[pair] = going
            acting.add(pair)
        else:
            acting.discard(pair)

    def _stays(self, number: int) -> int:
        for _ in range(len(self.survivors)):
            if number not in self.survivors:
                break
            number = self.survivors[number]
        return number
