"""The month or the quarter that a report is of. Pure."""

import re
from datetime import date
from typing import Self

from idp.figures.days import month_end, month_named
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.web.messages import N_

_QUARTER = re.compile(r"(20\d\d)Q([1-4])")


@immutable
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
        quarter, last_on = _QUARTER.fullmatch(name), month_named(name)
        if quarter:
            return cls(name, month_end(date(int(quarter[1]), 3 * int(quarter[2]), 1)), 3)
        if last_on is None:
            raise NotFound(N_("There are no figures of this month."))
        return cls(name, last_on, 1)

    def file_name(self, revision: int) -> str:
        """Of the report of that revision, without its ending."""
        return f"adoption-report-{self.name}-v{revision + 1}"

    @property
    def is_quarter(self) -> bool:
        """Whether it has three months."""
        return self.months == 3

    @property
    def quarter(self) -> int:
        """1 to 4: the one that its last month is in."""
        return (self.last_on.month + 2) // 3
