"""The citizen number's hard rules refuse, its soft ones only ask somebody to look."""

from datetime import date

import pytest

from idp.kit.errors import InvalidInput
from idp.people.identifiers import mask_number, normalise_number, review_reasons, stated_sex
from idp.people.models import Sex

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "text",
    [
        *("001190000123", " 001 190 000 123 ", "001.190-000123"),
        "\u202a001190000123\u202c",  # from the telephone's contacts
        "\ufeff001190\u200b000123",  # from a web page
        "001\u2011190\u2013000\u2212123",
        "001\u00a0190\u202f000123",
    ],
)
def test_what_stands_between_digits_does_not_matter(text: str) -> None:
    """A6, A8: as it is typed, pasted, or filled in; a digit of another kind is refused below."""
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
