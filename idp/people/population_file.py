"""The file from which the population register is entered."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from pyroaring import BitMap64
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.tables.imports import Differences
from idp.kit.tables.reader import Column, Row, Table
from idp.kit.tables.values import choice, day_alone, digits, words
from idp.people.contact_values import normalise_email
from idp.people.identifiers import normalise_number
from idp.people.models import Sex
from idp.people.names import normalise_birthdate, normalise_name
from idp.people.population import PopulationEntry, import_entries
from idp.people.postal import POSTAL, read_postal
from idp.places.codes import read_place_code

_SEXES = {"nam": Sex.MALE, "m": Sex.MALE, "nữ": Sex.FEMALE, "f": Sex.FEMALE, "khác": Sex.OTHER}
_ADDRESS_HEADINGS = (
    ("địa chỉ", "số nhà, đường", "số nhà, đường, thôn", "số nhà và đường", "số nhà"),
    ("xã", "phường", "xã/phường", "phường/xã", "xã, phường"),
    ("tỉnh", "thành phố", "tỉnh/thành phố", "tỉnh, thành phố", "tên tỉnh"),
)
"""How registers head house and street or village, commune, province."""
_UNSAID: dict[str, Any] = {"residence_code": None, "email": "", **dict.fromkeys(POSTAL, "")}
"""What the columns that may be left out say of a resident who is new to the register."""


def population_table(*, today: date) -> Table:
    """The columns of the file; `today` is the country's."""

    def number(text: str) -> str:
        return normalise_number(digits(text, lengths=(12,)), today=today)

    def birthdate(text: str) -> str:
        return normalise_birthdate(day_alone(text), today=today)

    return Table(
        (
            Column(
                "number",
                number,
                also=("số định danh", "số định danh cá nhân", "số căn cước", "số cccd", "cccd"),
                is_private=True,
            ),
            Column("name", lambda text: normalise_name(words(text)), also=("họ tên", "họ và tên")),
            Column("birthdate", birthdate, also=("ngày sinh", "ngày tháng năm sinh")),
            Column("sex", choice(Sex, _SEXES), also=("giới tính",)),
            Column(
                "residence_code",
                read_place_code,
                required=False,
                also=("mã tỉnh", "mã nơi cư trú", "nơi cư trú"),
            ),
            Column(
                "email",
                normalise_email,
                required=False,
                default="",
                also=("e-mail", "thư điện tử"),
                is_private=True,
            ),
            *_postal_columns(),
        ),
        key="number",
        seen=_Numbers,
        together=POSTAL,
    )


def _postal_columns() -> Iterator[Column]:
    for name, also in zip(POSTAL, _ADDRESS_HEADINGS, strict=True):
        yield Column(name, read_postal, required=False, default="", also=also, is_private=True)


class _Numbers:
    """Remembers numbers of a whole country in little memory, without their lines."""

    def __init__(self) -> None:
        self._numbers = BitMap64()

    def first_line(self, key: str, _line: int) -> int | None:
        """0 for a number that was there before."""
        number = int(key)
        if number in self._numbers:
            return 0
        self._numbers.add(number)
        return None


@immutable
class EnteringResidents:
    """Stores rows of the file; a column that it has not leaves what is stored as it is."""

    db: Session
    keyring: Keyring
    at: datetime

    def __call__(self, rows: Sequence[Row]) -> list[Differences | None]:
        """Which fields changed, of each; their values are nobody's business."""
        if not rows:
            return []
        entries = [PopulationEntry(**{**_UNSAID, **row.values}) for row in rows]
        kept = _UNSAID.keys() - rows[0].values.keys()
        return import_entries(self.db, entries, keyring=self.keyring, at=self.at, kept=kept)
