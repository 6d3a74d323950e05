"""Lists that some agencies of the demo deliver: most in time, one late, one no longer, most none.

Local sign-ins grow rarer with the months; at one agency they do not. Whoever has no account here is
named by several lists, and counted once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.demo.accounts import Account, Company
from idp.demo.calendar import Calendar
from idp.demo.history import SignIn
from idp.demo.residents import Resident
from idp.figures.days import local_day, month_end, month_start
from idp.figures.lists.delivering import Delivering
from idp.figures.lists.dues import due_on
from idp.figures.lists.files import Named
from idp.figures.sets import ORGANIZATION, PERSON
from idp.journal.models import Outcome
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.relying_parties.models import RelyingParty

IN_TIME = ("G01", "G09", "G12", "G15", "G24", "H17", "H26", "H29", "H35", "H41")
LATE, GIVEN_UP, LEAKING = "G03", "H42", "H49"
"""Twelve days late each month; delivered no more for half a year; keeps its local accounts."""
DELIVERING = (*IN_TIME, LATE, GIVEN_UP, LEAKING)
_LATE, _GIVEN_UP_MONTHS = timedelta(days=12), 6
_STRANGERS = 0.035
"""Of the residents, so many have no account here and are served by an agency that delivers."""
_COMES = 0.12
"""The chance of each of them in a month."""
_OF_ACCOUNTS, _OF_LEAKING = 0.05, 0.3
"""How many of those with an account signed in locally in the first month."""
_LEFT = 0.15
"""Of that, what is left in the last month."""


@immutable
class Lists:
    """Writes the lists of the whole history."""

    db: Session
    keyring: Keyring
    calendar: Calendar
    random: Random = field(default_factory=lambda: Random(23))

    def deliver(
        self,
        residents: Sequence[Resident],
        accounts: Sequence[Account],
        companies: Sequence[Company],
        sign_ins: Sequence[SignIn],
    ) -> int:
        """All months that are over and due; how many lists."""
        have_one = {account.number for account in accounts}
        others = [each.number for each in residents if each.number not in have_one]
        people = {account.subject_number: account.number for account in accounts}
        codes = {company.organization_number: company.tax_code for company in companies}
        served = self._served(people, codes, sign_ins)
        delivering = Delivering(self.db, self.keyring, self.calendar.zone.key)
        count = 0
        for code, system in sorted(self._systems().items()):
            some = self.random.sample(others, round(_STRANGERS * len(others)))
            for month, at in self._months(code):
                named = self._named(code, month, served.get((system.id, month), ()), some)
                delivering.subjects(named, system=system, month=month, at=at)
                count += 1
        return count

    def _systems(self) -> dict[str, InformationSystem]:
        found = self.db.scalars(
            select(InformationSystem).where(
                InformationSystem.code.in_([f"{code}.CDVC" for code in DELIVERING])
            )
        )
        return {system.code.removesuffix(".CDVC"): system for system in found}

    def _served(
        self, people: Mapping[int, str], codes: Mapping[int, str], sign_ins: Sequence[SignIn]
    ) -> dict[tuple[object, date], set[Named]]:
        """(system, month) → who signed in here to it."""
        parties = self.db.execute(select(RelyingParty.id, RelyingParty.system_id))
        system_of = {party: system for party, system in parties}  # noqa: C416 - rows, no pairs
        wanted = {system.id for system in self._systems().values()}
        served: dict[tuple[object, date], set[Named]] = defaultdict(set)
        for each in sign_ins:
            system = system_of.get(each.relying_party_id)
            if each.outcome is not Outcome.SUCCESS or system not in wanted:
                continue
            names = served[system, month_end(local_day(each.at, self.calendar.zone.key))]
            if each.organization_number is not None and each.organization_number in codes:
                names.add(Named(ORGANIZATION, codes[each.organization_number]))
            elif each.subject_number is not None and each.subject_number in people:
                names.add(Named(PERSON, people[each.subject_number]))
        return served

    def _months(self, code: str) -> Iterator[tuple[date, datetime]]:
        """The last day of each month, and when its list came."""
        month = month_end(self.calendar.first_on)
        until = month_start(self.calendar.last_on, months_before=1)
        if code == GIVEN_UP:
            until = month_start(until, months_before=_GIVEN_UP_MONTHS)
        while month_start(month) <= until:
            day = due_on(month) - timedelta(days=self.random.randrange(1, 6))
            if code == LATE:
                day = due_on(month) + _LATE
            if day <= self.calendar.last_on:
                yield month, datetime.combine(day, time(9, 30), self.calendar.zone)
            month = month_end(month_start(month, months_before=-1))

    def _named(
        self, code: str, month: date, served: Sequence[Named] | set[Named], others: Sequence[str]
    ) -> dict[Named, int]:
        """Whom the list names, each with their local sign-ins."""
        random, first = self.random, self.calendar.first_on
        span = max((self.calendar.last_on - first).days, 1)
        left = 1 - (1 - _LEFT) * (month - first).days / span
        share = _OF_LEAKING if code == LEAKING else _OF_ACCOUNTS * left
        named = {each: int(random.random() < share) for each in sorted(served)}
        for number in others:
            if random.random() < _COMES * (1 if code == LEAKING else left):
                named[Named(PERSON, number)] = random.choice((1, 1, 2, 3))
        return named
