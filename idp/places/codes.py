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


def place_in_journal(code: str | None) -> dict[str, str]:
    """What an entry says of a place: a province, the figures' smallest; nothing of a commune."""
    return {"place": code} if code and len(code) == _PROVINCE else {}
