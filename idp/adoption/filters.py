"""What the query of a page of figures chooses: month, order, provinces of which day, tier."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from idp.catalogue.models import Tier
from idp.figures.frozen import FrozenMonth
from idp.figures.sets import MONTHS
from idp.figures.slices import list_months
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.places.load import MERGER
from idp.web.messages import N_

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class Order(StrEnum):
    """Which places stand first."""

    RATE = "rate"
    """The lowest rate."""
    MISSING = "missing"
    """Most people missing to the target."""


@immutable
class Filters:
    """As the address has them; what is not named is the usual."""

    month: str = ""
    """`2026-10`; empty: the newest."""
    by: Order = Order.RATE
    is_then: bool = False
    """The provinces as they were in that month, not as they are today."""
    tier: str = ""
    """Of agencies; empty: every tier."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """What the query says. Raises NotFound for a value that there is not."""
        month = query.get("month", "")
        if month and not _MONTH.fullmatch(month):
            raise NotFound(N_("There are no figures of this month."))
        for name, (values, sentence) in _CHOICES.items():
            if query.get(name) and query[name] not in values:
                raise NotFound(sentence)
        return cls(
            month=month,
            by=Order(query.get("by") or Order.RATE),
            is_then=query.get("provinces") == "63",
            tier=query.get("tier", ""),
        )

    @property
    def query(self) -> str:
        """In the one spelling under which a page is kept."""
        given = {
            "month": self.month,
            "by": "" if self.by == Order.RATE else str(self.by),
            "provinces": "63" if self.is_then else "",
            "tier": self.tier,
        }
        return urlencode({name: value for name, value in given.items() if value})

    def link(self, path: str, **changes: object) -> str:
        """The address with these filters, some of them changed."""
        query = replace(self, **changes).query  # type: ignore[arg-type]
        return f"{path}?{query}" if query else path

    def elsewhere(self, path: str) -> str:
        """The address of another page, of the same month."""
        return Filters(month=self.month).link(path)


_CHOICES: Mapping[str, tuple[Collection[str], str]] = {
    "by": ([*Order], N_("The figures have no such order.")),
    "provinces": (("34", "63"), N_("There were never so many provinces here: 34, or 63.")),
    "tier": ([*Tier], N_("There is no such tier.")),
    "window": ((MONTHS,), N_("There are no figures over this window.")),
}
"""What else a query may name; 12 whole months are the one window that everybody sees."""


@immutable
class Chosen:
    """The months that a page may show, oldest first, and the one that it shows."""

    filters: Filters
    months: tuple[FrozenMonth, ...]
    month: FrozenMonth

    @property
    def up_to(self) -> tuple[FrozenMonth, ...]:
        """The last twelve months that end with it."""
        return tuple(m for m in self.months if m.month_on <= self.month.month_on)[-12:]

    @property
    def before(self) -> FrozenMonth | None:
        """The month before it."""
        return self.up_to[-2] if len(self.up_to) > 1 else None

    @property
    def had_others(self) -> bool:
        """Whether there were other provinces in that month."""
        return self.month.month_on < MERGER

    @property
    def is_then(self) -> bool:
        """Whether those are shown."""
        return self.filters.is_then and self.had_others

    @property
    def places_on(self) -> date:
        """The day as of which provinces are shown."""
        return self.month.month_on if self.is_then else max(MERGER, self.month.month_on)


def choose(db: Session, filters: Filters) -> Chosen | None:
    """The month that is asked for; None where none is frozen yet. Raises NotFound."""
    months = tuple(list_months(db))
    if not filters.month:
        return Chosen(filters, months, months[-1]) if months else None
    for month in months:
        if month.name == filters.month:
            return Chosen(filters, months, month)
    raise NotFound(N_("There are no figures of this month."))
