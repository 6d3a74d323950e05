"""Loading the provinces of Vietnam across the merger of 01/07/2025 (63 → 34)."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.kit.immutable import immutable
from idp.places.models import Place, PlaceSuccession

SINCE_2008 = date(2008, 8, 1)
"""The day Hà Tây joined Hà Nội: from then on there were 63 provinces."""
MERGER = date(2025, 7, 1)
"""The day 34 provinces replaced them."""


@immutable
class Province:
    """A province of 2019 with its census count, and the province it belongs to since the merger.

    `agency_code` is that of its people's committee (`H26`).
    """

    code: str
    name_vi: str
    name_en: str
    population_2019: int
    new_code: str
    new_name_vi: str
    agency_code: str


@immutable
class MergedProvince:
    """A province that the merger made; its people's committee keeps the code of its namesake's."""

    code: str
    name_vi: str
    name_en: str
    agency_code: str


def read_provinces() -> list[Province]:
    """The 63 provinces of the census of 01/04/2019, from the packaged files."""
    successions = {row["old_code"]: row for row in _rows("provinces_2025_mapping.csv")}
    return [
        Province(
            code=row["code"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            population_2019=int(row["population_2019"]),
            new_code=successions[row["code"]]["new_code"],
            new_name_vi=successions[row["code"]]["new_name_vi"],
            agency_code=successions[row["code"]]["agency_code_legacy"],
        )
        for row in _rows("provinces_2019.csv")
    ]


def unchanged_codes(provinces: list[Province]) -> set[str]:
    """The provinces that the merger left alone: same code, same name, no other joined them."""
    sizes = Counter(province.new_code for province in provinces)
    return {
        province.code
        for province in provinces
        if province.code == province.new_code
        and province.name_vi == province.new_name_vi
        and sizes[province.new_code] == 1
    }


def merged_provinces(provinces: list[Province]) -> list[MergedProvince]:
    """The provinces that the merger made."""
    unchanged = unchanged_codes(provinces)
    namesakes = {p.name_vi: (p.name_en, p.agency_code) for p in provinces}
    namesakes["Huế"] = ("Hue", namesakes["Thừa Thiên Huế"][1])
    names = {p.new_code: p.new_name_vi for p in provinces if p.code not in unchanged}
    return [MergedProvince(code, name, *namesakes[name]) for code, name in names.items()]


def load_places(db: Session) -> int:
    """Insert the places and successions that are missing; returns how many places were added."""
    provinces = read_provinces()
    added = db.execute(
        insert(Place).values(_places(provinces)).on_conflict_do_nothing().returning(Place.code)
    ).all()
    db.execute(insert(PlaceSuccession).values(_successions(provinces)).on_conflict_do_nothing())
    return len(added)


def _places(provinces: list[Province]) -> list[dict[str, object]]:
    """The provinces of 2008, then those that the merger made."""
    unchanged = unchanged_codes(provinces)
    old = [_place(p, SINCE_2008, None if p.code in unchanged else MERGER) for p in provinces]
    return old + [_place(merged, MERGER) for merged in merged_provinces(provinces)]


def _place(
    province: Province | MergedProvince, valid_on: date, ended_on: date | None = None
) -> dict[str, object]:
    return {
        "code": province.code,
        "valid_on": valid_on,
        "ended_on": ended_on,
        "tier": "province",
        "name_vi": province.name_vi,
        "name_en": province.name_en,
    }


def _successions(provinces: list[Province]) -> list[dict[str, object]]:
    """Which of the new provinces each ended one belongs to."""
    unchanged = unchanged_codes(provinces)
    return [
        {
            "old_code": province.code,
            "old_valid_on": SINCE_2008,
            "new_code": province.new_code,
            "new_valid_on": MERGER,
        }
        for province in provinces
        if province.code not in unchanged
    ]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("idp.places") / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
