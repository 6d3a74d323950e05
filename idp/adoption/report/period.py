"""The month or the quarter that a report is of. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from idp.figures.days import month_end
from idp.kit.errors import NotFound
from idp.web.messages import N_

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(20\d\d)Q([1-4])")


@dataclass(frozen=True)
class Period:
    """One or three whole months, told from those before by as many."""

    name: str
    """`2026-10`, or `2026Q3`."""
    last_on: date
    """The last day of its last month, whose freeze all its figures come from."""
    months: int

    @classmethod
    def read(cls, name: str) -> Self:
        """Raises NotFound where it names neither."""
        if found := _MONTH.fullmatch(name):
            year, month, months = int(found[1]), int(found[2]), 1
        elif found := _QUARTER.fullmatch(name):
            year, month, months = int(found[1]), 3 * int(found[2]), 3
        else:
            raise NotFound(N_("There are no figures of this month."))
        return cls(name, month_end(date(year, month, 1)), months)

    @property
    def is_quarter(self) -> bool:
        """Whether it has three months."""
        return self.months == 3

    @property
    def quarter(self) -> int:
        """1 to 4: the one that its last month is in."""
        return (self.last_on.month + 2) // 3
