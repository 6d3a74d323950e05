"""Residents and enterprises of provinces from a file: with date and source, merged or unknown."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from idp.figures.counting import Counting
from idp.figures.place_counts import COUNTS, store_place
from idp.figures.populations import populations
from idp.figures.slice_rows import Dimension, SliceKey
from idp.kit.db import make_engine
from idp.kit.tables.imports import Report, import_rows, one_by_one
from idp.kit.tables.reader import read_rows
from idp.kit.tables.source import opened
from idp.places.crosswalk import Crosswalk
from idp.places.load import load_places, read_provinces
from tests.support.postgres import Database

CENSUS = date(2019, 4, 1)
LATER = date(2026, 4, 1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    engine: Engine = make_engine(database.owner_url)
    with Session(engine) as db:
        load_places(db)
        yield db
    engine.dispose()


def imported(db: Session, folder: Path, content: str, on: date = CENSUS) -> Report:
    file = folder / "counts.csv"
    file.write_text(content)
    with opened(file) as source:
        store = one_by_one(partial(store_place, Counting(db, on, "General Statistics Office")))
        return import_rows(read_rows(source, COUNTS), store)


def everyone(db: Session, last: date) -> dict[SliceKey, int]:
    told = db.execute(
        text("SELECT data FROM journal_entry WHERE event = 'denominator.set' ORDER BY id")
    )
    crosswalk = Crosswalk.read(db.connection())
    return populations([data for (data,) in told], last=last, crosswalk=crosswalk)


def residents(code: str, dimension: Dimension = Dimension.PLACE) -> SliceKey:
    return SliceKey(dimension, code, "person", "POP", "at_day")


def test_a_merged_province_has_the_sum_of_its_parts(session: Session, tmp_path: Path) -> None:
    provinces = read_provinces()
    lines = [f"{p.code};{p.population_2019}" for p in provinces]
    report = imported(session, tmp_path, "\n".join(["place;residents", *lines]))
    assert (report.added, report.refused) == (63, 0)
    found = everyone(session, date(2026, 1, 31))
    named = {p.name_vi: p for p in provinces}
    parts = [named[name].population_2019 for name in ("Quảng Nam", "Đà Nẵng")]
    assert found[residents("48")] == sum(parts)
    assert sum(found.values()) == 96_208_984
    before = everyone(session, date(2025, 6, 30))
    assert before[residents("49", Dimension.PLACE_THEN)] == parts[0]


def test_a_missing_part_makes_it_unknown_never_less(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, "place,residents\n48,1134310\n01,8053663\n")
    found = everyone(session, date(2026, 1, 31))
    assert residents("48") not in found
    assert found[residents("01")] == 8_053_663


def test_the_newest_count_holds_from_its_date_on(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, "place,residents\n01,8053663\n")
    imported(session, tmp_path, "place,residents\n01,8.807.523\n", on=LATER)
    assert everyone(session, date(2026, 3, 31))[residents("01")] == 8_053_663
    assert everyone(session, date(2026, 4, 30))[residents("01")] == 8_807_523


def test_a_corrected_count_is_a_version_beside_the_old(session: Session, tmp_path: Path) -> None:
    imported(session, tmp_path, "place,residents,enterprises\n01,8053663,155940\n")
    again = imported(session, tmp_path, "place,residents,enterprises\n01,8053664,155940\n")
    assert (again.changed, again.unchanged) == (1, 0)
    assert again.changes[0].differences == {"residents": (8_053_663, 8_053_664)}
    same = imported(session, tmp_path, "place,residents,enterprises\n01,8053664,155940\n")
    assert (same.changed, same.unchanged) == (0, 1)
    rows = session.execute(
        text("SELECT version, value FROM place_denominator WHERE kind = 'residents' ORDER BY 1")
    )
    assert [tuple(row) for row in rows] == [(1, 8_053_663), (2, 8_053_664)]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("03,5", "place"),
        ("01,", "place"),
        ("01,0", "residents"),
        ("01,-4", "residents"),
        ("01,1.5", "residents"),
        ("01,many", "residents"),
        ("01,9999999999999", "residents"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_by_its_column(
    session: Session, tmp_path: Path, line: str, column: Any
) -> None:
    report = imported(session, tmp_path, f"place,residents\n{line}\n")
    assert report.refused == 1
    assert report.faults[0].column == column
