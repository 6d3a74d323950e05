"""Names and dates of birth in one spelling."""

import unicodedata
from datetime import date

import pytest

from idp.kit.errors import InvalidInput
from idp.people.names import (
    NameParts,
    has_marks,
    lacks_marks_only,
    name_key,
    normalise_birthdate,
    normalise_name,
    split_name,
)

TODAY = date(2026, 11, 21)


def test_names_compare_without_case_spacing_and_unicode_form() -> None:
    assert name_key(" NGUYỄN  thị\tHoa ") == name_key("Nguye\u0302\u0303n Thi\u0323 Hoa")
    assert name_key("Nguyễn Thị Hoa") != name_key("Nguyễn Thị Hòa")
    assert normalise_name(" Y  Moan Êñuôl ") == "Y Moan Êñuôl"


ONE_NAME = [
    ("Lê Thị Hoà", "Lê Thị Hòa"),
    ("Đặng Thị Thuý", "ĐẶNG THỊ THÚY"),
    ("Vũ Văn Khoẻ", "Vũ Văn Khỏe"),
    ("Nguyễn Thuỵ Loan", "Nguyễn Thụy Loan"),
    ("Trần Uý", "Trần Úy"),
    ("Phạm Hoạ Mi", "Phạm Họa Mi"),
    ("Lý Toè", "Lý Tòe"),
    ("Bùi Quý", "Bùi Qúy"),
    ("Ðặng Thị Lan", "Đặng Thị Lan"),
    ("ĐẶNG THỊ LAN", "Ɖặng Thị Lan"),
    ("Mаi Thị Cúc", "Mai Thị Cúc"),
    ("Trần Vǎn Nam", "Trần Văn Nam"),
    ("H’Hen Niê", "H'Hen Niê"),
    ("Ｌê Ｔhị Ｍai", "Lê Thị Mai"),
    ("Hoa\u0300", "Ho\u0300a"),
    ("Thi\u0323 Hue\u0302\u0323", "Thị Huệ"),
]


@pytest.mark.parametrize(("one", "other"), ONE_NAME)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    """A8: where the tone stands, look-alike letters and Unicode's forms make no other name."""
    for form in ("NFC", "NFD"):
        assert name_key(unicodedata.normalize(form, one)) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lê Thị Hoà", "Lê Thị Hoa"),
        ("Lê Thị Hòa", "Lê Thị Hóa"),
        ("Lê Thị Hoà", "Lê Thị Hoằ"),
        ("Đặng Lan", "Dặng Lan"),
        ("Trần Văn Nam", "Trần Vân Nam"),
        ("Trần Thị Thơ", "Trần Thị Thô"),
        ("Trần Mỹ", "Trần Mĩ"),
        ("Lê Hoà An", "Lê Hoa Àn"),
        ("Nguyễn An", "Nguyễn Ân"),
        ("Peña", "Pena"),
    ],
)
def test_every_letter_and_every_tone_of_a_name_counts(one: str, other: str) -> None:
    """A8: another name stays another name."""
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    "name", ["", "   ", "Hoa 2", "<b>Hoa</b>", "Hoa\u200b", "a" * 201, "-", "\u0301", "\u202eHoa"]
)
@pytest.mark.asvs("2.2.1")
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_name(name)


def test_family_name_comes_first() -> None:
    assert split_name("Nguyễn Thị Minh Khai") == NameParts("Nguyễn", "Thị Minh", "Khai")
    assert split_name("Khai") == NameParts("", "", "Khai")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("17/5/1990", "1990-05-17"),
        ("17.05.1990", "1990-05-17"),
        ("1990-05-17", "1990-05-17"),
        ("1990", "1990"),
        ("17 / 05 / 1990", "1990-05-17"),
        (" 17 5 1990 ", "1990-05-17"),
        ("17 - 5 - 1990", "1990-05-17"),
        ("17\u00a005\u00a01990", "1990-05-17"),
        ("17051990", "1990-05-17"),
        ("17 \u2013 05 \u2013 1990", "1990-05-17"),
        ("1990 - 05 - 17", "1990-05-17"),
        ("１７/０５/１９９０", "1990-05-17"),
        ("\u200b17/05/1990\ufeff", "1990-05-17"),
    ],
)
def test_dates_of_birth_are_read_day_first(typed: str, kept: str) -> None:
    assert normalise_birthdate(typed, today=TODAY) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "31/02/1990", "05/17/1990", "22/11/2026", "1700", "1990-5-17", "19900517", "1 7 05 1990"],
)
def test_what_is_no_date_of_birth_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_birthdate(typed, today=TODAY)


@pytest.mark.parametrize(
    ("typed", "lacks"),
    [
        ("Dang Thi Thuy", True),
        ("ĐẶNG THI THUY", True),
        ("Đặng Thị Thuý", True),
        ("Đang Thi Thuy", False),
        ("Đặng Thị Thùy", False),
        ("Dang Thuy", False),
        ("Dang Thi Thuy Thuy", False),
    ],
)
def test_words_lack_all_their_marks_or_none(typed: str, *, lacks: bool) -> None:
    """C5: a keyboard has Vietnamese letters or has not; another mark is another name."""
    assert lacks_marks_only(typed, "Đặng Thị Thúy") is lacks


def test_few_names_have_no_marks() -> None:
    assert [has_marks(name) for name in ("Trần Văn An", "Đan", "Tran Van An", "Y Blim")] == [
        True,
        True,
        False,
        False,
    ]
