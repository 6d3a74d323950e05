"""How a share is written in decimals: never as what it has not reached. Pure."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_MOST_DECIMALS = 12


def cut_down(percent: float, decimals: int) -> Decimal:
    """The share without what follows its last decimal: 19.992 is 19.9, which is below 20."""
    return _rounded(percent, decimals, ROUND_FLOOR)


def at_most(percent: float, decimals: int, *, below: float | None = None) -> Decimal:
    """An upper bound: rounded up, for cut down it would be false.

    A bound that is below a target stays so: it takes the decimals it needs (at most 19.992).
    """
    bound = _rounded(percent, decimals, ROUND_CEILING)
    while below is not None and percent < below <= bound and decimals < _MOST_DECIMALS:
        decimals += 1
        bound = _rounded(percent, decimals, ROUND_CEILING)
    return bound


def _rounded(percent: float, decimals: int, rounding: str) -> Decimal:
    """From the shortest digits that tell the number: 14.3 is no 14.2999…."""
    return Decimal(repr(percent)).quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
