"""Reading what the figures of a month are counted from; and the counts they are a share of."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.catalogue.models import Tier
from idp.figures.company_funnel import REFUSED, refused_by_register
from idp.figures.days import DAY, day_start, month_start
from idp.figures.groups import COUNTED, group_populations
from idp.figures.lead_times import EVENTS, count_lead_times
from idp.figures.lists.reading import (
    Known,
    Listed,
    SystemLists,
    read_known,
    read_lists,
    read_members,
)
from idp.figures.month_count import Month, count_month
from idp.figures.month_use import MonthUse, months_of
from idp.figures.month_window import Registry, WindowUse
from idp.figures.populations import populations
from idp.figures.rules import CountingRules
from idp.figures.said import TOLD, said_rows, told_of
from idp.figures.sets import PERSON
from idp.figures.slice_rows import WINDOWS, SliceKey
from idp.figures.standing import Homes, Standing
from idp.figures.stated import read_stated
from idp.figures.system_counts import Stated, Systems, count_systems
from idp.figures.units import tops
from idp.journal.models import Outcome
from idp.journal.month_replay import (
    Ended,
    Told,
    read_ended,
    read_facts,
    read_month_uses,
    read_set_counts,
    read_told,
)
from idp.journal.record import copy_entries, entry
from idp.journal.replay import StateEvent
from idp.journal.snapshots import Snapshot
from idp.kit.immutable import immutable
from idp.places.crosswalk import Crosswalk
from idp.relying_parties.models import RelyingParty

_YEAR = max(WINDOWS.values())


@immutable
class Reader:
    """One reading: by these rules, no more than this snapshot saw."""

    connection: Connection
    rules: CountingRules
    seen_by: Snapshot

    def registry(self) -> Registry:
        """Which ministry an agency is below, which system an application serves."""
        found = tops(self.connection)
        ministries = {str(id_): str(top.id) for id_, top in found if top.tier == Tier.CENTRAL}
        parties = self.connection.execute(select(RelyingParty.id, RelyingParty.system_id))
        return Registry(ministries, {str(id_): str(system) for id_, system in parties if system})

    def tell_answers(self, months: Sequence[date]) -> "Reader":
        """Tell the journal what people said in these months; a reader that has seen that, too."""
        ministry_of = self.registry().ministry_of
        told = [told_of(self.connection, last, ministry_of=ministry_of) for last in months]
        copy_entries(self.connection, [entry(event=TOLD, counted=False, data=row) for row in told])
        return replace(self, seen_by=self.seen_by.and_own(self.connection))

    def standings(self, months: Sequence[date]) -> Iterator[tuple[date, Standing]]:
        """Who is what at the end of each month; one state that moves on: use it before the next."""
        crosswalk = Crosswalk.read(self.connection)
        standing = Standing(homes=Homes(crosswalk=crosswalk), seats=Homes(crosswalk=crosswalk))
        facts = read_facts(
            self.connection,
            time_zone=self.rules.time_zone,
            seen_by=self.seen_by,
            until=months[-1] + DAY,
        )
        fact: StateEvent | None = next(facts, None)
        for last in months:
            while fact is not None and fact.day_on <= last:
                standing.apply(fact)
                fact = next(facts, None)
            yield last, standing

    def uses(
        self, first: date, last: date, *, unseen_by: Snapshot | None = None
    ) -> dict[date, MonthUse]:
        """Who did what in the months from `first` to `last`, and what was left over before."""
        months: dict[date, MonthUse] = {}
        for uses in read_month_uses(
            self.connection,
            time_zone=self.rules.time_zone,
            since=self._start(first),
            until=self._start(last + DAY),
            seen_by=self.seen_by,
            unseen_by=unseen_by,
        ):
            months.setdefault(uses.first_on, MonthUse()).add(uses, self.rules.strong_acrs)
        return months

    def count(
        self,
        last: date,
        standing: Standing,
        uses: Mapping[date, MonthUse],
        registry: Registry,
    ) -> dict[SliceKey, int]:
        """Every row of the month that ends with `last`."""
        windows = {
            name: WindowUse(months_of(uses, last, length), standing, registry)
            for name, length in WINDOWS.items()
        }
        lists = self._lists(last, _YEAR)
        in_lists = {name: self._members(lists, last, length) for name, length in WINDOWS.items()}
        month = Month(last, standing, windows, self._ended(last), registry, in_lists)
        systems = self._systems(last, lists, registry)
        return {
            **count_month(month),
            **populations(self._counts, last=last, crosswalk=standing.homes.crosswalk),
            **group_populations(self._groups, last=last),
            **{key: value for key, value in count_systems(systems).items() if value},
            **refused_by_register(self._refused, last=last),
            **dict(said_rows(self._said, last=last)),
            **count_lead_times(
                self._applications,
                last_on=last,
                system_of=registry.system_of,
                agency_of={each.system: each.agency for each in systems.on(last).values()},
            ),
        }

    def _lists(self, last: date, months: int) -> list[Listed]:
        first = month_start(last, months_before=months - 1)
        return read_lists(self.connection, first=first, last=last, seen_by=self.seen_by)

    def _members(self, lists: Sequence[Listed], last: date, months: int) -> Iterator[SystemLists]:
        first = month_start(last, months_before=months - 1)
        some = [each for each in lists if each.month_on >= first]
        return read_members(self.connection, some, self._known)

    def _systems(self, last: date, lists: Sequence[Listed], registry: Registry) -> Systems:
        before: Counter[str] = Counter()
        for ended in self._ended(month_start(last) - DAY):
            if ended.outcome == Outcome.SUCCESS:
                before[registry.system_of.get(str(ended.relying_party_id), "")] += ended.count
        return Systems(last, self.rules.time_zone, self._stated, lists, before)

    def _ended(self, last: date) -> tuple[Ended, ...]:
        """How the sign-ins of the month ended; of two months that follow each other, read once."""
        known = self._ended_in
        if last not in known:
            if len(known) > 1:
                del known[min(known)]
            known[last] = tuple(
                read_ended(
                    self.connection,
                    since=self._start(month_start(last)),
                    until=self._start(last + DAY),
                    seen_by=self.seen_by,
                )
            )
        return known[last]

    @cached_property
    def _ended_in(self) -> dict[date, tuple[Ended, ...]]:
        return {}

    @cached_property
    def _known(self) -> Known:
        """Who got an account after a list had named them."""
        return read_known(self.connection, seen_by=self.seen_by)

    @cached_property
    def _stated(self) -> list[Stated]:
        """How people sign in to systems, as it was told."""
        zone = self.rules.time_zone
        return read_stated(self.connection, time_zone=zone, seen_by=self.seen_by)

    @cached_property
    def _applications(self) -> list[Told]:
        """What became of applications."""
        return self._told(EVENTS)

    def _told(self, events: Sequence[str]) -> list[Told]:
        zone, seen_by = self.rules.time_zone, self.seen_by
        return read_told(self.connection, events=events, time_zone=zone, seen_by=seen_by)

    def served(self, last: date) -> Iterator[tuple[str, BitMap]]:
        """Each system that delivered lists of the 12 months to `last`, with the people in them."""
        lists = self._lists(last, _YEAR)
        empty = {each.system for each in lists}
        for each in self._members(lists, last, _YEAR):
            empty.discard(each.system)
            yield each.system, each.served.get(PERSON, BitMap())
        yield from ((system, BitMap()) for system in sorted(empty))

    @cached_property
    def _counts(self) -> list[dict[str, Any]]:
        """What was told of residents and enterprises."""
        return read_set_counts(self.connection, event="denominator.set", seen_by=self.seen_by)

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        """What was told of residents by age and sex."""
        return read_set_counts(self.connection, event=COUNTED, seen_by=self.seen_by)

    @cached_property
    def _refused(self) -> list[dict[str, Any]]:
        """Who was not let act for an organization."""
        return read_set_counts(self.connection, event=REFUSED, seen_by=self.seen_by)

    @cached_property
    def _said(self) -> list[dict[str, Any]]:
        """What was told of answers to the question after a sign-in."""
        return read_set_counts(self.connection, event=TOLD, seen_by=self.seen_by)

    def _start(self, day: date) -> datetime:
        return day_start(day, self.rules.time_zone)
