"""The map and the tiles show every province once, and both archipelagos always."""

from datetime import date

import pytest

from idp.places.drawing import outlines_on, tiles_on
from idp.places.load import read_provinces

OLD, NEW = date(2025, 6, 30), date(2025, 7, 1)
CODES = {
    OLD: {province.code for province in read_provinces()},
    NEW: {province.new_code for province in read_provinces()},
}


@pytest.mark.parametrize("day", [OLD, NEW])
def test_each_province_is_drawn_once(day: date) -> None:
    land = [outline.code for outline in outlines_on(day) if not outline.islands]
    tiles = [tile.code for tile in tiles_on(day)]
    assert sorted(land) == sorted(tiles) == sorted(CODES[day])
    assert len({(tile.column, tile.row) for tile in tiles_on(day)}) == len(tiles)


@pytest.mark.parametrize("day", [OLD, NEW])
def test_both_archipelagos_are_drawn_as_of_their_provinces(day: date) -> None:
    islands = {o.islands: (o.code, o.path.count("a4.5")) for o in outlines_on(day) if o.islands}
    assert {name: code for name, (code, _) in islands.items()} == {
        "Hoàng Sa": "48",
        "Trường Sa": "56",
    }
    assert all(circles >= 2 * 3 for _, circles in islands.values()), "nine pixels wide, each"
