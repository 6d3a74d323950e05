"""Who is what at one instant: live, proven, represented. Pure.

It follows the journal's events in the order they happened, so it stands for any past day. What was
recorded earlier than it takes effect, a representation that starts or ends on a later day, waits
for its day; what was recorded later takes effect on the day it was recorded, for closed days are
final.
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
from sys import byteorder

from pyroaring import BitMap, BitMap64

from idp.journal.replay import StateEvent
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import OrganizationStatus
from idp.people.models import PersonStatus

LIVE_PERSON = {PersonStatus.ACTIVE, PersonStatus.SUSPENDED}


@dataclass
class State:
    """A closed subject keeps its level, should it be opened again."""

    persons: dict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    """`live`, `proofed_1`, `proofed_2` (proofing at least 1, 2)."""
    organizations: dict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    """`live`, and one set for each kind."""
    representatives: BitMap64 = field(default_factory=BitMap64)
    """Legal representatives: organization number << 32 | subject number."""
    starting: dict[date, BitMap64] = field(default_factory=lambda: defaultdict(BitMap64))
    """Representatives from a later day on."""
    ending: dict[date, BitMap64] = field(default_factory=lambda: defaultdict(BitMap64))
    """Representatives no more from a later day on."""

    def begin(self, day: date) -> None:
        """Let in what waited for this day or one before it."""
        for on in sorted(on for on in {*self.starting, *self.ending} if on <= day):
            self.representatives -= self.ending.pop(on, BitMap64())
            self.representatives |= self.starting.pop(on, BitMap64())

    def apply(self, event: StateEvent) -> None:
        """Take in one event; they come in the order they happened."""
        self.begin(event.day_on)
        subject, organization, data = event.subject_number, event.organization_number, event.data
        match event.event:
            case "person.registered" if subject is not None:
                self.persons["live"].add(subject)
                self._set_proofing(subject, int(data.get("proofing", 0)))
            case "person.proofed" if subject is not None:
                self._set_proofing(subject, int(data.get("proofing", 0)))
            case "person.status_changed" if subject is not None:
                _put(self.persons["live"], subject, is_in=data.get("status") in LIVE_PERSON)
            case "organization.registered" if organization is not None:
                self.organizations[str(data.get("kind"))].add(organization)
                self._set_status(organization, str(data.get("status")))
            case "organization.status_changed" if organization is not None:
                self._set_status(organization, str(data.get("status")))
            case "representation.started" | "representation.ended" if (
                subject is not None
                and organization is not None
                and data.get("role") == OrganizationRole.LEGAL_REPRESENTATIVE
            ):
                pair = organization << 32 | subject
                if event.event == "representation.started":
                    self._start(pair, event)
                else:
                    self._end(pair, event)

    def represented_by(self, persons: BitMap) -> BitMap:
        """The organizations that one of these persons legally represents."""
        return represented(self.representatives, persons)

    def copy(self) -> "State":
        """The same, which goes on by itself."""
        return State(
            persons=_copies(self.persons),
            organizations=_copies(self.organizations),
            representatives=self.representatives.copy(),
            starting=_copies64(self.starting),
            ending=_copies64(self.ending),
        )

    def _start(self, pair: int, event: StateEvent) -> None:
        """From `valid_on` on, without end; an end beyond it belonged to a period cut short."""
        valid_on = _day_of(event, "valid_on")
        for on, pairs in self.ending.items():
            if on > valid_on:
                pairs.discard(pair)
        later = valid_on > event.day_on
        (self.starting[valid_on] if later else self.representatives).add(pair)

    def _end(self, pair: int, event: StateEvent) -> None:
        """From `ended_on` on; a period that had not begun by then never will."""
        valid_on, ended_on = _day_of(event, "valid_on"), _day_of(event, "ended_on")
        if ended_on <= valid_on and valid_on in self.starting:
            self.starting[valid_on].discard(pair)
        elif ended_on > event.day_on:
            self.ending[ended_on].add(pair)
        else:
            self.representatives.discard(pair)

    def _set_proofing(self, subject: int, proofing: int) -> None:
        for level in (1, 2):
            _put(self.persons[f"proofed_{level}"], subject, is_in=proofing >= level)

    def _set_status(self, organization: int, status: str) -> None:
        is_live = status == OrganizationStatus.ACTIVE
        _put(self.organizations["live"], organization, is_in=is_live)


def represented(pairs: BitMap64, persons: BitMap) -> BitMap:
    """Of pairs, organization number << 32 | subject number, the organizations of these persons.

    Without a step of Python for each: there are a million in a country.
    """
    halves = array("I", pairs.to_array().tobytes())
    first, second = halves[0::2], halves[1::2]
    subjects, organizations = (first, second) if byteorder == "little" else (second, first)
    if BitMap(subjects) <= persons:
        return BitMap(organizations)
    return BitMap(array("I", compress(organizations, map(persons.__contains__, subjects))))


def _copies(sets: Mapping[str, BitMap]) -> defaultdict[str, BitMap]:
    return defaultdict(BitMap, {name: members.copy() for name, members in sets.items()})


def _copies64(sets: Mapping[date, BitMap64]) -> defaultdict[date, BitMap64]:
    return defaultdict(BitMap64, {on: pairs.copy() for on, pairs in sets.items()})


def _day_of(event: StateEvent, name: str) -> date:
    """The date in the event's data; the day of the event when it names none."""
    return date.fromisoformat(event.data[name]) if event.data.get(name) else event.day_on


def _put(members: BitMap, number: int, *, is_in: bool) -> None:
    if is_in:
        members.add(number)
    else:
        members.discard(number)
