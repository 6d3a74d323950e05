"""The desks of the demo: of its city's communes, and a centre in every other province."""

from datetime import date

from sqlalchemy.orm import Session

from idp.demo.agencies import read_rows
from idp.desks.files import Entering
from idp.places.load import Province

_CITY_PLACE = "48"


def enter_desks(db: Session, provinces: list[Province], *, on: date) -> None:
    """Add them all; each says of itself that it is made up."""
    entering = Entering(db, on)
    for row in read_rows("desks.csv"):
        entering.desk(row)
    for code, name in {p.new_code: p.new_name_vi for p in provinces}.items():
        if code != _CITY_PLACE:
            entering.desk(_centre(code, name))


def _centre(code: str, province: str) -> dict[str, str]:
    return {
        "code": f"P{code}",
        "name_vi": f"Trung tâm Phục vụ hành chính công {province} (giả lập)",
        "address": "Số 1 đường Thử Nghiệm",
        "commune_code": f"{code}001",
        "commune": f"Phường Trung Tâm {province}",
        "province_code": code,
        "hours_vi": "Thứ Hai đến thứ Sáu, 7:30–11:30 và 13:30–17:00",
        "hours_en": "Monday to Friday, 7:30–11:30 and 13:30–17:00",
        "telephone": f"1900 00{code}",
        "bring_vi": "Thẻ căn cước; nếu vừa đăng ký: sáu chữ số được cấp, mật khẩu, điện thoại",
        "bring_en": "Your ID card; if just registered: your six digits, password and phone",
    }
