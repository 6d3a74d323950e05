"""Codes of places, as files and registers write them."""

from idp.kit.messages import N_
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.values import digits

_PROVINCE, _COMMUNE = 2, 5
_LENGTHS = (_PROVINCE, _COMMUNE)
"""Digits of a province's code, and of a commune's."""


def read_place_code(text: str) -> str:
    """The code of a province or a commune, with its zeros. Raises InvalidInput."""
    code = digits(text, lengths=_LENGTHS)
    if not code.isascii() or not code.isdigit():
        raise Unreadable(N_("A place's code has digits only, such as 01."))
    return code


def province_code(code: str | None) -> str | None:
    """The code if it is a province's: the figures' smallest place; None for a commune's."""
    return code if code and len(code) == _PROVINCE else None
