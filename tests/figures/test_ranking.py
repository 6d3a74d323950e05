"""Who is behind, and who only seems to be."""

from idp.figures.frozen import PlaceRate
from idp.figures.ranking import Band, by_gap, limits, lowest, rank_places
from idp.settings.people import Target

TARGET = Target(percent=20)


def province(code: str, used: int, people: int | None, *before: int) -> PlaceRate:
    past = {"uni_used_before": before[0], "population_before": before[1]} if before else {}
    return PlaceRate(code, f"Tỉnh {code}", f"Province {code}", used, used, people, **past)


def test_equal_as_printed_is_an_equal_rank_and_the_next_is_left_out() -> None:
    places = [
        province("01", 1_000, 10_000),
        province("02", 1_004, 10_000),
        province("03", 900, 10_000),
        province("04", 1_500, 10_000),
    ]
    ranked = rank_places(places, whole_percent=10.0, target=TARGET)
    assert {s.place.code: s.rank for s in ranked} == {"01": 2, "02": 2, "03": 4, "04": 1}
    assert [s.place.code for s in ranked][:1] == ["03"], "the lowest first"
    assert next(s.place.code for s in by_gap(ranked)) == "03", "1,100 of 10,000 are missing"


def test_a_small_place_and_an_unknown_one_have_no_rank_and_are_not_the_lowest() -> None:
    places = [province("01", 12, 90), province("02", 50, None), province("03", 500, 5_000)]
    ranked = rank_places(places, whole_percent=10.0, target=TARGET)
    assert {s.place.code: s.rank for s in ranked} == {"01": None, "02": None, "03": 1}
    assert [s.place.code for s in lowest(ranked)] == ["03"]
    assert ranked[-1].place.code == "02", "what is not known stands last, not lowest"


def test_movement_since_the_month_before() -> None:
    places = [
        province("01", 1_200, 10_000, 900, 10_000),
        province("02", 1_000, 10_000, 950, 10_000),
    ]
    risen, fallen = rank_places(places, whole_percent=11.0, target=TARGET)[::-1]
    assert (risen.place.code, risen.rank, risen.climbed) == ("01", 1, 1)
    assert (fallen.rank, fallen.climbed) == (2, -1)
    assert risen.change == 3.0


def test_only_what_chance_does_not_explain_stands_out() -> None:
    """10% of 1,000 may be 7% by chance; of 100,000 it may not."""
    low, high = limits(10, 1_000)
    assert (round(low, 1), round(high, 1)) == (7.1, 12.9)
    places = [province("01", 80, 1_000), province("02", 8_000, 100_000), province("03", 200, 1_000)]
    bands = {s.place.code: s.band for s in rank_places(places, whole_percent=10, target=TARGET)}
    assert bands == {"01": Band.USUAL, "02": Band.LOW, "03": Band.HIGH}
