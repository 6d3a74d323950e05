"""Names and dates of birth in one spelling."""

from datetime import date

import pytest

from idp.kit.errors import InvalidInput
from idp.people.names import NameParts, name_key, normalise_birthdate, normalise_name, split_name

TODAY = date(2026, 11, 21)


def test_names_compare_without_case_spacing_and_unicode_form() -> None:
    assert name_key(" NGUYỄN  thị\tHoa ") == name_key("Nguye\u0302\u0303n Thi\u0323 Hoa")
    assert name_key("Nguyễn Thị Hoa") != name_key("Nguyễn Thị Hòa")
    assert normalise_name(" Y  Moan Êñuôl ") == "Y Moan Êñuôl"


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
    ],
)
def test_dates_of_birth_are_read_day_first(typed: str, kept: str) -> None:
    assert normalise_birthdate(typed, today=TODAY) == kept


@pytest.mark.parametrize(
    "typed", ["", "31/02/1990", "05/17/1990", "22/11/2026", "1700", "1990-5-17"]
)
def test_what_is_no_date_of_birth_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_birthdate(typed, today=TODAY)
