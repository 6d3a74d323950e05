"""The citizen number's hard rules refuse, its soft ones only ask somebody to look."""

from datetime import date

import pytest

from idp.kit.errors import InvalidInput
from idp.people.identifiers import mask_number, normalise_number, review_reasons, stated_sex
from idp.people.models import Sex

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("text", ["001190000123", " 001 190 000 123 ", "001.190-000123"])
def test_spaces_dots_and_hyphens_do_not_matter(text: str) -> None:
    assert normalise_number(text, today=TODAY) == "001190000123"


@pytest.mark.parametrize(
    "text",
    [
        *("", "12345678901", "1234567890123", "00119000012x", "001190000123\0"),
        *(
            "000000000000",
            "111111111111",
            "001490000123",
            "001227000123",
            "００１１９００００１２３",
        ),
    ],
)
@pytest.mark.asvs("2.2.1")
def test_hard_rules_refuse(text: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_number(text, today=TODAY)


def reasons(
    number: str, *, birthdate: str = "1990-05-17", provinces: frozenset[str] = frozenset()
) -> list[str]:
    return review_reasons(
        number, sex=Sex.FEMALE, birthdate=birthdate, today=TODAY, province_codes=provinces
    )


def test_soft_rules_are_reported() -> None:
    assert reasons("001190000123", provinces=frozenset({"001"})) == []
    assert reasons("999190000123", provinces=frozenset({"001"})) == ["unknown_province"]
    assert reasons("001091000123") == ["sex_differs", "year_differs"]
    assert "age_over_120" in reasons("001100000123")


def test_number_states_sex_and_shows_only_four_digits() -> None:
    assert stated_sex("001090000123") is Sex.MALE
    assert stated_sex("001390000123") is Sex.FEMALE
    assert mask_number("001190000123") == "••••••••0123"
