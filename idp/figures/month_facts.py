"""Reading what the figures of a month are counted from; and the counts they are a share of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.catalogue.models import Agency, Tier
from idp.figures.days import DAY, day_start, month_start
from idp.figures.month_count import Month, Registry, count_month
from idp.figures.month_use import MonthUse, window_of
from idp.figures.populations import populations
from idp.figures.rules import CountingRules
from idp.figures.slice_rows import WINDOWS, SliceKey
from idp.figures.standing import Homes, Standing
from idp.journal.month_replay import (
    read_ended,
    read_facts,
    read_month_uses,
    read_set_counts,
)
from idp.journal.replay import StateEvent
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of
from idp.places.crosswalk import Crosswalk
from idp.relying_parties.models import RelyingParty


@dataclass(frozen=True)
class Reader:
    """One reading: by these rules, no more than this snapshot saw."""

    connection: Connection
    rules: CountingRules
    seen_by: Snapshot

    def registry(self) -> Registry:
        """Which ministry an agency is below, which system an application serves."""
        agencies = {row.id: row for row in self.connection.execute(select(table_of(Agency))).all()}
        ministries: dict[str, str] = {}
        for id_, row in agencies.items():
            top = row
            while top.parent_id in agencies:
                top = agencies[top.parent_id]
            if top.tier == Tier.CENTRAL:
                ministries[str(id_)] = str(top.id)
        parties = self.connection.execute(select(RelyingParty.id, RelyingParty.system_id))
        return Registry(ministries, {str(id_): str(system) for id_, system in parties if system})

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
            months.setdefault(uses.month_on, MonthUse()).add(uses, self.rules.strong_acrs)
        return months

    def count(
        self,
        last: date,
        standing: Standing,
        uses: Mapping[date, MonthUse],
        registry: Registry,
    ) -> dict[SliceKey, int]:
        """Every row of the month that ends with `last`."""
        ended = read_ended(
            self.connection,
            since=self._start(month_start(last)),
            until=self._start(last + DAY),
            seen_by=self.seen_by,
        )
        windows = {name: window_of(uses, last, length) for name, length in WINDOWS.items()}
        month = Month(last, standing, windows, tuple(ended), registry)
        crosswalk = standing.homes.crosswalk
        return count_month(month) | populations(self._counts, last=last, crosswalk=crosswalk)

    def served(self, last: date) -> dict[str, BitMap]:
        """System → who stands in its delivered lists of the 12 months; nobody delivers any yet."""
        return {}

    @cached_property
    def _counts(self) -> list[dict[str, Any]]:
        """What was told of residents and enterprises."""
        return read_set_counts(self.connection, event="denominator.set", seen_by=self.seen_by)

    def _start(self, day: date) -> datetime:
        return day_start(day, self.rules.time_zone)
