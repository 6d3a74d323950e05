"""The file from which desks are entered: a row is known by its code, and takes over what it says.

A desk leaves the list by a day in `closed_on`, never by leaving the file.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.desks.models import Desk
from idp.desks.names import keys_of
from idp.kit.immutable import immutable
from idp.kit.messages import N_, Message
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.imports import Differences, differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import code, day, words
from idp.places.codes import read_place_code
from idp.places.lookup import is_place

_DIGITS_OF_COMMUNE = 5


def _commune_code(text: str) -> str:
    code = read_place_code(text)
    if len(code) != _DIGITS_OF_COMMUNE:
        raise Unreadable(N_("A commune's code has five digits."))
    return code


def _telephone(text: str) -> str:
    number = code(text)
    if number and not 3 <= sum(c.isdigit() for c in number) <= 15:
        raise Unreadable(N_("Write a telephone number, such as 0236 3000 000."))
    return number


DESKS = Table(
    (
        Column("code", code, also=("mã", "mã điểm")),
        Column("name_vi", words, also=("tên", "tên tiếng việt")),
        Column("address", words, also=("địa chỉ",)),
        Column("commune_code", _commune_code, also=("mã xã", "mã phường xã")),
        Column("commune", words, also=("xã", "phường xã", "tên xã")),
        Column("province_code", read_place_code, also=("mã tỉnh", "mã tỉnh thành phố")),
        Column("hours_vi", words, also=("giờ làm việc", "giờ tiếp dân")),
        Column("telephone", _telephone, required=False, default="", also=("điện thoại",)),
        Column("bring_vi", words, required=False, default="", also=("cần mang theo", "mang theo")),
        Column("former_names", words, required=False, default="", also=("tên cũ", "xã cũ")),
        Column("name_en", words, required=False, default="", also=("tên tiếng anh",)),
        Column("hours_en", words, required=False, default=""),
        Column("bring_en", words, required=False, default=""),
        Column("closed_on", day, required=False, also=("ngày đóng cửa", "ngừng từ ngày")),
    ),
    key="code",
)


@immutable
class Entering:
    """What entering desks needs besides their rows."""

    db: Session
    today: date

    def desk(self, values: Mapping[str, Any]) -> Differences | None:
        """Enter a desk. Raises InvalidInput for a province that there is not today."""
        if not is_place(self.db, values["province_code"], on=self.today):
            sentence = Message("There is no province %(code)s.", code=values["province_code"])
            raise Unreadable(sentence, field="province_code")
        known = self.db.scalar(select(Desk).where(Desk.code == values["code"]))
        if known is None:
            named = {"former_names": "", **values}
            self.db.add(Desk(**values, found_by=_found_by(named)))
            self.db.flush()
            return None
        changed = differences(vars(known), values)
        for name, (_, new) in changed.items():
            setattr(known, name, new)
        known.found_by = _found_by(vars(known))
        self.db.flush()
        return changed


def _found_by(values: Mapping[str, Any]) -> str:
    """Former names are separated by semicolons."""
    return keys_of(values["commune"], *values["former_names"].split(";"))
