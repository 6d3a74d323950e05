"""Open data: frozen months at addresses that stay, as outside readers see them."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from idp.figures.frozen import FrozenMonth
from idp.figures.open_tables import TABLES
from idp.figures.slice_rows import Dimension, SliceKey, State
from idp.figures.slices import list_months
from idp.kit.db import transaction
from tests.figures.frozen import freeze, national, of, place, publish_country
from tests.support.statements import statements

CATALOGUE = "/adoption/data/catalog.jsonld"
LATEST = "/adoption/data/latest"


@pytest.fixture
def month(owner: Engine) -> FrozenMonth:
    publish_country(owner, months=2)
    with transaction(owner) as db:
        return list_months(db)[-1]


def address(month: FrozenMonth, version: int, file: str) -> str:
    return f"/adoption/data/{month.name}/v{version}/{file}"


def rows_of(answer: Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def revise(owner: Engine, month: FrozenMonth, rows: Mapping[SliceKey, int]) -> None:
    freeze(owner, month.month_on, rows, "Ghi nhận muộn")


def hanoi(browser: TestClient, month: FrozenMonth, version: int) -> dict[str, Any]:
    rows = rows_of(browser.get(address(month, version, "provinces.json")))
    return next(row for row in rows if row["place"] == "01")


def used(browser: TestClient, month: FrozenMonth, version: int) -> dict[str, Any]:
    rows = rows_of(browser.get(address(month, version, "national.json")))
    return next(r for r in rows if (r["kind"], r["figure"]) == ("person", "UNI_USED"))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_there_in_every_kind(
    browser: TestClient, month: FrozenMonth, name: str
) -> None:
    as_csv = browser.get(address(month, 1, f"{name}.csv"))
    lines = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    rows = rows_of(browser.get(address(month, 1, f"{name}.json")))
    assert [r["freeze"] for r in rows] == [month.number] * len(lines)
    assert browser.get(address(month, 1, f"{name}.xlsx")).content.startswith(b"PK")
    assert as_csv.headers["content-disposition"].endswith(f'"{name}-{month.name}-v1.csv"')


def test_latest_is_the_newest_version_and_says_where_it_stays(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    for version in (1, 2):
        found = browser.get(f"{LATEST}/provinces.csv")
        stays = found.headers["content-location"]
        assert stays == address(month, version, "provinces.csv")
        assert browser.get(stays).content == found.content
        revise(owner, month, {place("01", "UNI_USED"): 5_000, place("01", "POP"): 90_000})


def test_old_versions_stay_beside_the_new(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    file = address(month, 1, "provinces.csv")
    before = browser.get(file).content
    revise(owner, month, {place("01", "UNI_USED"): 5_000, place("01", "POP"): 90_000})
    assert browser.get(file).content == before
    assert (hanoi(browser, month, 2)["uni_used"], hanoi(browser, month, 2)["version"]) == (5_000, 2)


def test_few_are_not_told_and_others_rounded(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    revise(owner, month, {place("01", "UNI_USED"): 9, place("01", "POP"): 5_003})
    revise(owner, month, {place("02", "UNI_USED"): 11, place("01", "POP"): 5_003})
    few = hanoi(browser, month, 2)
    assert (few["uni_used"], few["percent"], few["residents"]) == (None, None, 5_005)
    assert {"uni_used", "percent"} <= {*few["suppressed"].split()}
    assert "residents" not in few["suppressed"].split()


@pytest.mark.parametrize(
    ("uni_used", "residents", "percent"), [(3_998, 19_998, 19.9), (4_000, 20_000, 20)]
)
def test_whoever_is_below_the_target_is_printed_below_it(
    browser: TestClient,
    month: FrozenMonth,
    owner: Engine,
    uni_used: int,
    residents: int,
    percent: float,
) -> None:
    """Rounded to five, 3,998 of 19,998 would be 20%."""
    revise(owner, month, {place("01", "UNI_USED"): uni_used, place("01", "POP"): residents})
    assert hanoi(browser, month, 2)["percent"] == percent


def test_what_a_version_did_not_tell_no_later_one_tells(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    """Else the few whom a revision added would be told; the control was never starred."""
    revise(owner, month, {place("01", "UNI_USED"): 9, place("01", "POP"): 5_000})
    revise(owner, month, {place("01", "UNI_USED"): 1_000, place("01", "POP"): 5_000})
    assert hanoi(browser, month, 3)["uni_used"] is None
    assert hanoi(browser, month, 3)["residents"] == 5_000
    assert hanoi(browser, month, 1)["uni_used"] is not None


@pytest.mark.parametrize(("change", "is_told"), [(3, False), (-9, False), (10, True), (0, True)])
def test_of_the_nation_a_small_change_is_not_told(
    browser: TestClient, month: FrozenMonth, owner: Engine, change: int, is_told: bool
) -> None:
    """As the page says it: the older version's count is starred, the newer's is exact."""
    before = used(browser, month, 1)["value"]
    revise(owner, month, {national("person", "UNI_USED"): before + change})
    assert used(browser, month, 2)["value"] == before + change
    assert used(browser, month, 1)["value"] == (before if is_told else None)


def test_who_has_it_already_is_not_sent_it_again(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    file = address(month, 1, "national.csv")
    headers = browser.get(file).headers
    for known in (
        {"If-None-Match": headers["etag"]},
        {"If-Modified-Since": headers["last-modified"]},
    ):
        again = browser.get(file, headers=known)
        assert (again.status_code, again.content) == (304, b"")
    other = {"If-None-Match": '"another"', "If-Modified-Since": headers["last-modified"]}
    assert browser.get(file, headers=other).status_code == 200


def test_pages_of_any_origin_may_read_these_files_alone(
    browser: TestClient, month: FrozenMonth
) -> None:
    open_files = [
        *(address(month, 1, f"{name}.json") for name in TABLES),
        f"{LATEST}/provinces.csv",
        CATALOGUE,
        "/adoption/data/dictionary.json",
    ]
    for path in open_files:
        assert browser.get(path).headers["access-control-allow-origin"] == "*", path
    for path in ("/adoption", "/adoption/data", "/adoption/places.json", "/adoption.json"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers, path


def sets_of(browser: TestClient, page: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The datasets of a page of the catalogue, and where the other pages are."""
    answer = browser.get(page)
    assert answer.headers["content-type"] == "application/ld+json"
    graph = answer.json()["@graph"]
    sets = [each for each in graph if each["@type"] == "dcat:Dataset"]
    [catalogue] = [each for each in graph if each["@type"] == "dcat:Catalog"]
    assert {one["@id"] for one in catalogue["dcat:dataset"]} >= {each["@id"] for each in sets}
    return sets, catalogue["hydra:view"]


def test_the_catalogue_leads_to_every_file_of_every_version(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    revise(owner, month, {place("01", "UNI_USED"): 5_000, place("01", "POP"): 90_000})
    sets, _ = sets_of(browser, CATALOGUE)
    assert [each["dcat:version"] for each in sets] == ["2", "1", "1"]
    files = [one["dcat:downloadURL"]["@id"] for one in sets[0]["dcat:distribution"]]
    assert len(files) == 3 * len(TABLES) + 2
    for file in files:
        if "/report/" not in file:
            assert browser.get(file).status_code == 200, file
    assert {one["dct:license"]["@id"] for each in sets for one in each["dcat:distribution"]} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }


def test_a_long_catalogue_is_read_page_by_page(browser: TestClient, owner: Engine) -> None:
    publish_country(owner, months=14)
    seen, page, pages = [], CATALOGUE, 0
    while page:
        assert len(browser.get(page).content) < 60_000
        sets, view = sets_of(browser, page)
        seen += [each["dct:identifier"] for each in sets]
        assert view["hydra:last"]["@id"].endswith("?page=4")
        page, pages = view.get("hydra:next", {}).get("@id", ""), pages + 1
    assert pages == 4
    assert len(seen) == len({*seen}) == 14
    assert seen == sorted(seen, reverse=True)


def test_the_dictionary_explains_every_column_in_both_languages(
    browser: TestClient, month: FrozenMonth
) -> None:
    for table in browser.get("/adoption/data/dictionary.json").json()["tables"]:
        header = browser.get(table["url"]).content.decode("utf-8-sig").splitlines()[0].split(",")
        columns = table["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == header
        for column in columns:
            said = {each["@language"]: each["@value"] for each in column["dc:description"]}
            assert set(said) == {"vi", "en"}
            assert said["vi"] != said["en"]


@pytest.mark.parametrize(
    "path",
    [
        *("{}/v0/national.csv", "{}/v2/national.csv", "{}/v01/national.csv", "{}/vx/national.csv"),
        *("{}/v1/nothing.csv", "{}/v1/national.exe", "{}/v1/national", "2019-01/v1/national.csv"),
        *("2026-13/v1/national.csv", "latest/nothing.csv", "2026Q3/v1/national.csv"),
    ],
)
def test_what_there_is_not_is_not_found(browser: TestClient, month: FrozenMonth, path: str) -> None:
    assert browser.get(f"/adoption/data/{month.name}/v1/national.csv").status_code == 200
    assert browser.get("/adoption/data/" + path.format(month.name)).status_code == 404


def test_before_the_first_freeze_there_is_no_file(browser: TestClient) -> None:
    assert browser.get(f"{LATEST}/national.csv").status_code == 404
    assert browser.get("/adoption/data").status_code == 200
    assert browser.get(CATALOGUE).status_code == 200


def test_a_file_costs_few_statements(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    revise(owner, month, {place("01", "UNI_USED"): 5_000, place("01", "POP"): 90_000})
    engine = browser.app.state.runtime.engine  # type: ignore[attr-defined]
    file = address(month, 2, "provinces.csv")
    assert browser.get(file).status_code == 200
    with statements(engine) as asked:
        assert browser.get(file).status_code == 200
    assert len(asked) <= 8


def test_systems_are_no_people_and_told_however_few(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    few = {of(Dimension.COUNTRY, "", kind, "SYSTEMS_DUE"): 3 for kind in ("system", "person")}
    revise(owner, month, few)
    rows = rows_of(browser.get(address(month, 2, "national.json")))
    assert {row["kind"]: row["value"] for row in rows} == {"system": 3, "person": None}


def test_no_state_of_the_funnel_is_the_total_less_the_rest(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    states = dict.fromkeys(State, 1_000) | {State.NO_TIER: 4}
    revise(owner, month, {national("person", state): n for state, n in states.items()})
    rows = rows_of(browser.get(address(month, 2, "national.json")))
    starred = {row["figure"] for row in rows if row["value"] is None}
    assert starred & {*State} == {State.NO_TIER, State.CENTRAL}, "the second hides the first"
    assert all(row["suppressed"] == "value" for row in rows if row["value"] is None)


def test_answers_are_told_as_on_the_pages(
    browser: TestClient, month: FrozenMonth, owner: Engine
) -> None:
    """Whole percent, answers cut down to five: decision 76. People stay exact."""
    said = {"ANSWERS": 43, "SATISFIED": 40}
    revise(
        owner,
        month,
        {national("answer", name): n for name, n in said.items()}
        | {national("person", "UNI_USED"): 1_003},
    )
    rows = rows_of(browser.get(address(month, 2, "national.json")))
    found = {row["figure"]: row["value"] for row in rows}
    assert found == {"ANSWERS": 40, "SATISFIED": 93, "UNI_USED": 1_003}
