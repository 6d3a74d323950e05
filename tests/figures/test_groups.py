"""Age bands, sexes and means: what a naive reader counts, and the residents they are a share of."""

import random
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from idp.figures.counting import Counting
from idp.figures.group_counts import GROUP_COUNTS, store_group
from idp.figures.groups import AGE_BANDS, band_of, group_populations
from idp.figures.slice_rows import Dimension, SliceKey, as_defined
from idp.figures.slices import figures_by, national, outcomes
from idp.journal.models import Outcome
from idp.kit.tables.imports import Report, import_rows, one_by_one
from idp.kit.tables.reader import read_rows
from idp.kit.tables.source import opened
from idp.places.load import load_places
from tests.figures.history import ZONE, Row, registered, signed_in, write
from tests.figures.test_months import FIRST, LAST, close, ended, history, month_of

CENSUS = date(2019, 4, 1)
TOGETHER = "age,female,male"


@pytest.fixture
def country(connection: Connection) -> Connection:
    load_places(Session(connection))
    return connection


def born(person: int, year: int, sex: str = "female") -> Row:
    row = registered(person, FIRST)
    row["data"] |= {"born": year, "sex": sex}
    return row


def by(connection: Connection, dimension: Dimension, figure: str, window: str) -> dict[str, int]:
    db = Session(connection)
    found = figures_by(db, month_of(db), dimension)
    counts = {code: each.get(("person", figure, window), 0) for code, each in found.items()}
    return {code: count for code, count in counts.items() if count}


@pytest.mark.parametrize(
    ("age", "band"),
    [(-1, "0-13"), (13, "0-13"), (14, "14-17"), (17, "14-17"), (18, "18-29"), (60, "60+")],
)
def test_a_band_begins_with_its_youngest(age: int, band: str) -> None:
    assert band_of(age) == band


def test_people_stand_in_the_band_of_the_age_they_reach_in_the_year(country: Connection) -> None:
    write(country, born(1, 1965), born(2, 1966), born(3, 2000, "male"), registered(4, FIRST))
    for person in (1, 3):
        write(country, *(signed_in(person, LAST, tier) for tier in ("central", "commune")))
    close(country)
    assert by(country, Dimension.AGE, "REG", "at_day") == {"60+": 1, "45-59": 1, "18-29": 1, "": 1}
    assert by(country, Dimension.AGE, "UNI_USED", "months_12") == {"60+": 1, "18-29": 1}
    assert by(country, Dimension.SEX, "REG", "at_day") == {"female": 2, "male": 1, "": 1}


def test_a_corrected_year_of_birth_counts_from_its_day(country: Connection) -> None:
    corrected = registered(1, LAST) | {"event": "person.proofed"}
    corrected["data"] |= {"born": 1950}
    write(country, born(1, 1990), corrected)
    close(country)
    assert by(country, Dimension.AGE, "REG", "at_day") == {"60+": 1}
    assert by(country, Dimension.SEX, "REG", "at_day") == {"female": 1}


def test_sign_ins_count_by_what_they_were_made_with(country: Connection) -> None:
    kiosk = {"device_class": "kiosk", "language": "vi"}
    phone = {"device_class": "phone", "language": "en"}
    write(
        country,
        registered(1, FIRST),
        signed_in(1, LAST, "central", data=kiosk | {"method": "pwd"}),
        ended(1, LAST, Outcome.ABANDONED) | {"data": kiosk},
        ended(1, LAST, Outcome.REFUSED, "no") | {"data": phone | {"method": "pwd"}},
        signed_in(1, LAST, "central"),
    )
    close(country)
    db = Session(country)
    of = {code: outcomes(db, month_of(db), Dimension.DEVICE, code) for code in ("kiosk", "phone")}
    assert (of["kiosk"].begun, of["kiosk"].success, of["kiosk"].abandoned) == (2, 1, 1)
    assert (of["phone"].begun, of["phone"].success, of["phone"].refused) == (1, 0, 1)
    assert outcomes(db, month_of(db), Dimension.DEVICE).begun == 1
    assert outcomes(db, month_of(db), Dimension.LANGUAGE, "vi").begun == 2
    method = outcomes(db, month_of(db), Dimension.METHOD, "pwd")
    assert (method.begun, method.success) == (2, 1)
    assert by(country, Dimension.DEVICE, "ACT", "months_12") == {"kiosk": 1}


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_a_partition_of_the_nation_and_of_its_sign_ins(
    country: Connection, seed: int
) -> None:
    write(country, *history(random.Random(seed), people=40))
    close(country)
    db = Session(country)
    nation = national(db, month_of(db))
    for dimension in (Dimension.AGE, Dimension.SEX):
        for figure, window in (("REG", "at_day"), ("UNI_USED", "months_12"), ("ACT", "months_3")):
            whole = nation.get(("person", figure, window), 0)
            assert sum(by(country, dimension, figure, window).values()) == whole
    for dimension in (Dimension.DEVICE, Dimension.LANGUAGE):
        parts = figures_by(db, month_of(db), dimension).values()
        begun = sum(part.get(("sign_in", "BEGUN", "months_1"), 0) for part in parts)
        assert begun == nation.get(("sign_in", "BEGUN", "months_1"), 0)
    assert by(country, Dimension.AGE, "REG", "at_day") == _naive(country)


def _naive(connection: Connection) -> dict[str, int]:
    """Live people by band, from raw rows."""
    rows = connection.execute(
        text("SELECT * FROM journal_entry WHERE counted AND outcome IS NULL ORDER BY at, id")
    )
    years, live = dict[int, int](), dict[int, bool]()
    for row in rows:
        assert row.at.astimezone(ZONE).date() <= LAST
        if "born" in row.data:
            years[row.subject_number] = row.data["born"]
        if row.event == "person.registered":
            live[row.subject_number] = True
        if row.event == "person.status_changed":
            live[row.subject_number] = row.data["status"] in {"active", "suspended"}
    here = [number for number, is_live in live.items() if is_live]
    bands = Counter(band_of(LAST.year - years[n]) if n in years else "" for n in here)
    return dict(bands)


def test_a_freeze_of_older_definitions_has_no_groups() -> None:
    rows = {
        SliceKey(dimension, code, "person", "REG", "at_day"): 1
        for dimension, code in ((Dimension.COUNTRY, ""), (Dimension.AGE, "60+"))
    }
    assert as_defined(rows, "2026-12.ways") == rows
    assert {key.dimension for key in as_defined(rows, "2026-12.voices")} == {"country"}


def imported(db: Session, folder: Path, lines: str, on: date = CENSUS) -> Report:
    file = folder / "ages.csv"
    file.write_text(lines)
    with opened(file) as source:
        store = one_by_one(partial(store_group, Counting(db, on, "General Statistics Office")))
        return import_rows(read_rows(source, GROUP_COUNTS), store)


def residents(db: Session, last: date = LAST) -> dict[tuple[str, str], int]:
    told = db.execute(
        text("SELECT data FROM journal_entry WHERE event = 'residents.counted' ORDER BY id")
    )
    found: dict[Any, int] = group_populations([data for (data,) in told], last=last)
    return {(key.dimension, key.code): value for key, value in found.items()}


def test_a_band_is_known_when_both_sexes_are_and_a_sex_when_all_bands_are(
    owner: Engine, tmp_path: Path
) -> None:
    with Session(owner) as db:
        report = imported(db, tmp_path, f"{TOGETHER}\n60+,7,5\n45–59,20,\n")
        assert (report.added, report.refused) == (2, 0)
        assert residents(db) == {("age", "60+"): 12}
        imported(db, tmp_path, "\n".join([TOGETHER, *(f"{band},10,20" for band in AGE_BANDS)]))
        counts = residents(db)
        assert (counts["age", "60+"], counts["sex", "female"], counts["sex", "male"]) == (
            30,
            10 * len(AGE_BANDS),
            20 * len(AGE_BANDS),
        )
        assert residents(db, date(2019, 3, 31)) == {}
        db.rollback()


@pytest.mark.parametrize("line", ["17-19,1,1", "60+,0,1", "60+,x,1", "60+,,"])
def test_a_line_that_says_no_count_of_a_band_is_refused(
    owner: Engine, tmp_path: Path, line: str
) -> None:
    with Session(owner) as db:
        assert imported(db, tmp_path, f"{TOGETHER}\n{line}\n").refused == 1
        assert imported(db, tmp_path, f"{TOGETHER}\n60+,1,1\n").added == 1
        db.rollback()
