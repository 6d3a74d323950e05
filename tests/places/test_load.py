"""Places are found by code and day; the merger of 01/07/2025 keeps its crosswalk."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from idp.places.load import load_places, read_provinces
from idp.places.lookup import is_place
from tests.support.places import list_places, place_at, successor

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture
def places(db: Session) -> Session:
    """A session in which the provinces are loaded."""
    load_places(db)
    return db


def test_the_census_sums_to_the_residents_of_the_country() -> None:
    assert sum(province.population_2019 for province in read_provinces()) == 96_208_984


def test_63_provinces_become_34_on_the_day_of_the_merger(places: Session) -> None:
    assert len(list_places(places, on=BEFORE)) == 63
    assert len(list_places(places, on=AFTER)) == 34


def test_loading_twice_adds_nothing(places: Session) -> None:
    assert load_places(places) == 0


@pytest.mark.parametrize("code", ["15", "24", "44", "46", "52", "80", "82", "91"])
def test_a_reused_code_means_another_place_after_the_merger(places: Session, code: str) -> None:
    before, after = (place_at(places, code=code, on=day) for day in (BEFORE, AFTER))
    assert before
    assert after
    assert before.name_vi != after.name_vi


def test_an_ended_place_leads_to_its_successor(places: Session) -> None:
    binh_duong = place_at(places, code="74", on=BEFORE)
    assert binh_duong
    assert successor(places, place=binh_duong, on=BEFORE) is binh_duong
    assert successor(places, place=binh_duong, on=AFTER).name_vi == "Hồ Chí Minh"
    assert place_at(places, code="74", on=AFTER) is None


def test_a_place_the_merger_left_alone_keeps_its_row(places: Session) -> None:
    ha_noi = place_at(places, code="01", on=BEFORE)
    assert ha_noi
    assert successor(places, place=ha_noi, on=AFTER) is ha_noi


def test_a_place_is_there_from_its_first_day_until_the_day_it_ends(places: Session) -> None:
    """02 was Hà Giang until the merger and is no code since; 48 stays Đà Nẵng."""
    assert [is_place(places, "02", on=day) for day in (BEFORE, AFTER)] == [True, False]
    assert [is_place(places, "48", on=day) for day in (BEFORE, AFTER)] == [True, True]
    assert not is_place(places, "99", on=AFTER)
