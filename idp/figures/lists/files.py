"""The file of a list: whom a system served in a month, and how often each signed in locally."""

import re
from datetime import date
from typing import Any, NamedTuple

from pyroaring import BitMap64

from idp.figures.sets import ORGANIZATION, PERSON
from idp.kit.messages import N_
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import as_text, digits
from idp.organizations import tax_codes
from idp.people.identifiers import is_made_up, normalise_number

MOST_SIGN_INS = 10_000
"""Of one subject in a month; more is a slip of the pen."""
_CITIZEN, _ENTERPRISE, _BRANCH = 12, 10, 13
_COUNT = re.compile(r"(\d{1,6})(?:[.,]0{1,2})?")


class Named(NamedTuple):
    """Whom a line is about: a person by citizen number, an organization by tax code."""

    kind: str
    value: str


def list_table(*, today: date) -> Table:
    """The columns of the file; both must be there, and say something in every line."""

    def number(text: str) -> Named:
        plain = digits(text, lengths=(_ENTERPRISE, _CITIZEN, _BRANCH))
        if len(plain) != _CITIZEN:
            return Named(ORGANIZATION, tax_codes.normalise(plain))
        if not plain.startswith("0"):
            raise Unreadable(
                N_(
                    "A personal number of 12 digits begins with 0; perhaps a tax code of 13 lost "
                    "its zero: format the column as Text."
                )
            )
        checked = normalise_number(plain, today=today)
        if is_made_up(checked):
            raise Unreadable(N_("This number belongs to nobody: it is for trying applications."))
        return Named(PERSON, checked)

    return Table(
        (
            Column(
                "number",
                number,
                also=(
                    *("số định danh", "số định danh cá nhân", "số cccd", "cccd", "mã số thuế"),
                    *("mst", "số định danh hoặc mã số thuế"),
                ),
                is_private=True,
            ),
            Column(
                "local_sign_ins",
                _count,
                also=("số lần đăng nhập cục bộ", "số lần đăng nhập bằng tài khoản riêng"),
            ),
        ),
        key="number",
        seen=_Numbers,
    )


def _count(text: str) -> int:
    match = _COUNT.fullmatch(as_text(text))
    if match is None or int(match[1]) > MOST_SIGN_INS:
        raise Unreadable(N_("Write how often, in digits: 0 for never, 10000 at most."))
    return int(match[1])


class _Numbers:
    """Remembers numbers of a whole country in little memory, without their lines."""

    def __init__(self) -> None:
        self._numbers = BitMap64()

    def first_line(self, key: Any, _line: int) -> int | None:
        """0 for a number that was there before."""
        number = int("1" + key.value.replace("-", ""))
        if number in self._numbers:
            return 0
        self._numbers.add(number)
        return None
