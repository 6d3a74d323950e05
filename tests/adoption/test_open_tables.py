"""Open tables: the 63 provinces, what became of them, answers; no ids in any of them."""

import re
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.open_places import PROVINCES_THEN
from idp.figures.open_rows import read_rows
from idp.figures.open_satisfaction import publishing
from idp.figures.open_tables import TABLES
from idp.figures.slice_rows import Dimension
from idp.figures.slices import read_month
from idp.kit.db import transaction
from idp.settings.people import Target
from tests.adoption.test_open_data import LATEST, month, rows_of
from tests.figures.frozen import close_days, freeze, of
from tests.figures.test_figures_sql import MERGED_ON
from tests.figures.test_said import service

__all__ = ["month"]


@pytest.mark.usefixtures("month")
def test_the_crosswalk_reads_both_ways(browser: TestClient) -> None:
    rows = rows_of(browser.get(f"{LATEST}/crosswalk.json"))
    assert len(rows) == 63
    parts = Counter(row["new_code"] for row in rows)
    assert len(parts) == 34
    assert all(row["parts"] == parts[row["new_code"]] for row in rows)
    became = {row["old_name"]: (row["new_code"], row["new_name"]) for row in rows}
    assert became["Quảng Nam"] == became["Đà Nẵng"] == ("48", "Đà Nẵng")
    stands = [row for row in rows if row["old_until"] is None]
    assert all(row["old_name"] == row["new_name"] and row["parts"] == 1 for row in stands)


def then(owner: Engine, quang_nam: int) -> dict[str, dict[str, Any]]:
    rows = {
        of(dimension, code, "person", "REG"): count
        for dimension, counts in (
            (Dimension.PLACE_THEN, {"49": quang_nam, "48": 200, "01": 500}),
            (Dimension.PLACE, {"48": 200 + quang_nam, "01": 500}),
        )
        for code, count in counts.items()
    }
    with Session(owner) as db, db.begin():
        close_days(db, MERGED_ON, MERGED_ON)
    freeze(owner, MERGED_ON, rows, "by hand")
    with transaction(owner) as db:
        found = read_month(db, MERGED_ON)
        assert found is not None
        told = read_rows(db, found, PROVINCES_THEN, target=Target(percent=20))
    return {row["place"]: row for row in told}


@pytest.mark.usefixtures("month")
def test_a_month_of_before_the_merger_has_63_provinces_that_say_what_they_are_now(
    owner: Engine,
) -> None:
    rows = then(owner, 120)
    assert len(rows) == 63
    assert (rows["49"]["registered"], rows["49"]["now"]) == (120, "48")


@pytest.mark.usefixtures("month")
def test_what_the_sum_of_the_merged_would_tell_of_a_few_is_starred(owner: Engine) -> None:
    rows = then(owner, 4)
    assert rows["49"]["registered"] is None
    assert rows["48"]["registered"] is None
    assert rows["01"]["registered"] == 500


def test_answers_of_agencies_and_services_are_a_table(
    owner: Engine, browser: TestClient, month: Any
) -> None:
    agency, service_id = service(owner, "G31")
    answered = {
        of(dimension, code, "answer", figure, "months_12"): count
        for dimension, code in (
            (Dimension.COUNTRY, ""),
            (Dimension.AGENCY, str(agency)),
            (Dimension.SERVICE, str(service_id)),
        )
        for figure, count in (("ANSWERS", 47), ("SATISFIED", 40))
    }
    freeze(owner, month.month_on, answered, "by hand")
    rows = rows_of(browser.get(f"{LATEST}/satisfaction.json"))
    assert [(row["by"], row["answers"], row["satisfied_percent"]) for row in rows] == [
        (by, 45, 85) for by in ("country", "agency", "service")
    ]
    assert all(row["name"] for row in rows[1:])
    with transaction(owner) as db:
        rate = publishing(db)
    assert rate is not None
    assert rate.numerator == 1
    page = browser.get("/adoption/targets?page=2", headers={"accept-language": "en"}).text
    assert "Agencies with a public service in the registry" in page


def test_before_the_first_month_nobody_publishes(owner: Engine) -> None:
    with transaction(owner) as db:
        assert publishing(db) is None


@pytest.mark.usefixtures("month")
def test_every_table_is_explained_and_catalogued(browser: TestClient) -> None:
    dictionary = browser.get("/adoption/data/dictionary.json").json()
    assert {each["url"].split("/")[-1].split(".")[0] for each in dictionary["tables"]} == {*TABLES}
    catalogue = browser.get("/adoption/data/catalog.jsonld").text
    assert all(f"/{name}.csv" in catalogue for name in TABLES)


def test_ids_stand_in_no_open_table(browser: TestClient, month: Any) -> None:
    assert month
    for name in TABLES:
        for row in rows_of(browser.get(f"{LATEST}/{name}.json")):
            assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", str(row)), name
