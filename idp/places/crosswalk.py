"""What a place's code means on a day, and what became of that place: 63 provinces, then 34."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.places.models import Place, PlaceSuccession


class PlaceKey(NamedTuple):
    """A place: its code alone is no key, for eight codes changed their meaning."""

    code: str
    valid_on: date


@immutable
class Crosswalk:
    """Every place with its end (None while it stands), and which place it became."""

    ends: dict[PlaceKey, date | None]
    became: dict[PlaceKey, PlaceKey]

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """The crosswalk as it is recorded."""
        places = connection.execute(select(table_of(Place)))
        successions = connection.execute(select(table_of(PlaceSuccession)))
        return cls(
            {PlaceKey(row.code, row.valid_on): row.ended_on for row in places},
            {
                PlaceKey(row.old_code, row.old_valid_on): PlaceKey(row.new_code, row.new_valid_on)
                for row in successions
            },
        )

    def find(self, code: str, on: date) -> PlaceKey | None:
        """The place of that code on that day; None where there was none."""
        for key in self._of_code.get(code, ()):
            ended_on = self.ends[key]
            if key.valid_on <= on and (ended_on is None or on < ended_on):
                return key
        return None

    @cached_property
    def _of_code(self) -> Mapping[str, list[PlaceKey]]:
        """The places that ever had a code: one is looked for with every account there is."""
        places: dict[str, list[PlaceKey]] = defaultdict(list)
        for key in self.ends:
            places[key.code].append(key)
        return places

    def now(self, place: PlaceKey) -> PlaceKey:
        """What the place is called since the last change."""
        while place in self.became:
            place = self.became[place]
        return place

    def on(self, place: PlaceKey, day: date) -> PlaceKey:
        """What the place was called on that day."""
        while place in self.became and self.became[place].valid_on <= day:
            place = self.became[place]
        return place

    def standing_on(self, day: date) -> list[PlaceKey]:
        """The places of that day, by code."""
        return sorted(
            key
            for key, ended_on in self.ends.items()
            if key.valid_on <= day and (ended_on is None or day < ended_on)
        )

    def changed_after(self, day: date) -> bool:
        """Whether places have been merged since that day."""
        return any(new.valid_on > day for new in self.became.values())
