"""A9: a day is the country's wherever a date is compared with today."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.accounts.cards import find_doubts, read_card
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.declaration import Declaration, declare
from idp.people.models import Sex

MORNING = datetime(2026, 11, 28, 23, 18, tzinfo=UTC)
"""06:18 of the twenty-ninth in Hà Nội."""
NEW_YEAR = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)
"""01:00 of the first of January 2027 there."""
CHILD = {"name": "Nguyễn Thị Bé", "sex": "female"}
NUMBER = "001326000017"


def test_a_child_born_today_is_registered_before_seven_in_the_morning() -> None:
    made = declare(number=NUMBER, birthdate="2026-11-29", at=MORNING, **CHILD)
    assert made.birthdate == "2026-11-29"
    assert read_card(name=CHILD["name"], birthdate="29/11/2026", at=MORNING).birthdate


def test_a_child_born_tomorrow_is_not() -> None:
    for at in (MORNING, MORNING + timedelta(hours=17)):
        with pytest.raises(InvalidInput, match="cannot be right"):
            declare(number=NUMBER, birthdate="2026-11-30", at=at, **CHILD)
        with pytest.raises(InvalidInput, match="cannot be right"):
            read_card(name=CHILD["name"], birthdate="30/11/2026", at=at)
    assert declare(number=NUMBER, birthdate="2026-11-30", at=NEW_YEAR, **CHILD)


def test_a_number_of_this_year_is_one_in_the_years_first_hours() -> None:
    """The first number of a year stated it seven hours before it could be declared."""
    number = "001327000016"
    child = {"number": number, "birthdate": "2027-01-01", **CHILD}
    assert declare(at=NEW_YEAR, **child).number == number
    with pytest.raises(InvalidInput):
        declare(at=NEW_YEAR - timedelta(hours=2), **child)


def test_an_age_that_asks_for_a_second_look_is_counted_to_the_countrys_year() -> None:
    card = Declaration("001006000011", "Nguyễn Văn Già", "1906", Sex.MALE)
    assert clock.day_of(NEW_YEAR).year == 2027
    in_2027 = find_doubts(card, is_registered=True, at=NEW_YEAR)
    in_2026 = find_doubts(card, is_registered=True, at=NEW_YEAR - timedelta(hours=2))
    assert ("age_over_120" in in_2027, "age_over_120" in in_2026) == (True, False)
