"""How numbers and dates are written on a page, in one language and one zone.

Babel writes numbers. Days are dd/mm/yyyy and hours count to 24 in every language, by the country's
custom: of digits alone, so they need no locale, and Babel takes four times as long.
"""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from idp.kit import shares
from idp.kit.immutable import immutable
from idp.kit.messages import InMonth

_UNKNOWN = "–"


@immutable
class Formats:
    """The formats of a locale; instants are shown in the country's zone. None is a dash."""

    locale: str
    zone: ZoneInfo

    def number(self, value: float | Decimal | None, decimals: int = 0) -> str:
        """1.234.567,89 in Vietnamese, 1,234,567.89 in English."""
        if value is None:
            return _UNKNOWN
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def percent(self, value: float | None, decimals: int = 1) -> str:
        """A share in percent points, cut down, with its sign: 14,6%."""
        return self._percent(None if value is None else shares.cut_down(value, decimals))

    def at_most(self, value: float | None, *, target: float, decimals: int = 1) -> str:
        """The same of an upper bound: rounded up, but not up to a target that it is below."""
        known = None if value is None else shares.at_most(value, decimals, below=target)
        return self._percent(known)

    def _percent(self, value: Decimal | None) -> str:
        if value is None:
            return _UNKNOWN
        return self.number(value, max(0, -int(value.as_tuple().exponent))) + "%"

    def change(self, value: float | Decimal | None, decimals: int = 0) -> str:
        """With its sign, +1,5 or −1,5; what rounds to nothing has none: 0."""
        if value is None:
            return _UNKNOWN
        size = round(Decimal(str(abs(value))), decimals)
        if not size:
            return "0"
        return ("−" if value < 0 else "+") + self.number(size, decimals)

    def date(self, value: dt.date | None) -> str:
        """dd/mm/yyyy."""
        return self._written(value, "%d/%m/%Y")

    def time(self, value: dt.datetime | None) -> str:
        """hh:mm."""
        return self._written(value, "%H:%M")

    def datetime(self, value: dt.datetime | None) -> str:
        """hh:mm dd/mm/yyyy."""
        return self._written(value, "%H:%M %d/%m/%Y")

    def month(self, value: dt.date | None) -> str:
        """mm/yyyy."""
        return self._written(value, "%m/%Y")

    def value(self, value: object) -> object:
        """A value of a sentence, as its place in it is filled: months and decimals in digits."""
        if isinstance(value, InMonth):
            return self.month(value.day)
        if isinstance(value, Decimal):
            return self.number(value, max(0, -int(value.as_tuple().exponent)))
        return value

    def _written(self, value: dt.date | None, pattern: str) -> str:
        if isinstance(value, dt.datetime):
            value = value.astimezone(self.zone)
        return _UNKNOWN if value is None else value.strftime(pattern)
