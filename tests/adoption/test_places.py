"""Who is behind: the ranking, the map, a province, agencies and their files, of frozen months."""

import csv
import io
import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.places.load import load_places
from tests.figures.frozen import freeze, national, of, place, publish_country
from tests.kit.test_workbook import cells
from tests.support.people import add_agency

OLD, NEW = date(2025, 6, 30), date(2025, 7, 31)
DECIMALS = {"01": (3_000, 20_000), "11": (20, 400), "48": (9, 2_000)}
"""Code → who uses both tiers, of how many."""


@pytest.fixture(autouse=True)
def _places(owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        load_places(db)


@pytest.fixture
def frozen(owner: Engine) -> None:
    rows = {national("person", "POP"): 22_400, national("person", "UNI_USED"): 3_029}
    for code, (used, people) in DECIMALS.items():
        rows |= {place(code, "UNI_USED"): used, place(code, "POP"): people}
    old = {"48": (30, 1_000), "49": (60, 1_000)}
    then = {
        of("place_then", code, "person", figure, ""): value  # type: ignore[arg-type]
        for code, pair in old.items()
        for figure, value in zip(("UNI_USED", "POP"), pair, strict=True)
    }
    now = {place("48", "UNI_USED"): 90, place("48", "POP"): 2_000}
    whole = {national("person", "POP"): 2_000, national("person", "UNI_USED"): 90}
    freeze(owner, OLD, whole | then | now)
    freeze(owner, NEW, rows)


def read(browser: TestClient, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    assert len(response.content) < 120_000
    assert not re.search(r"style=|<style|<form|<script", response.text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.usefixtures("frozen")
def test_the_lowest_stand_first_and_a_few_are_not_told(browser: TestClient) -> None:
    text = read(browser, "/adoption/places")
    assert "Lowest: Điện Biên 5% · Hà Nội 15.0%" in text
    ranking = text[text.index("12 months to 07/2025") :]
    assert ranking.index("Điện Biên") < ranking.index("Hà Nội") < ranking.index("Đà Nẵng")
    assert "Đà Nẵng * * / 2,000" in ranking
    assert " 9 " not in ranking
    assert "Hà Nội clearly high 15.0% 3,000 / 20,000" in ranking
    by_gap = read(browser, "/adoption/places?by=missing")
    ranking = by_gap[by_gap.index("12 months to 07/2025") :]
    assert ranking.index("Hà Nội") < ranking.index("Điện Biên")


@pytest.mark.usefixtures("frozen")
def test_before_the_merger_both_ways_round(browser: TestClient) -> None:
    """Dashboard acceptance 13: what 63 provinces have is what 34 have."""
    assert "63 provinces" not in read(browser, "/adoption/places"), "after it there is no other way"
    new = read(browser, "/adoption/places?month=2025-06")
    old = read(browser, "/adoption/places?month=2025-06&provinces=63")
    assert "Quảng Nam" not in new
    assert re.search(r"Đà Nẵng 4% 90 / 2,000", new)
    assert re.search(r"Đà Nẵng 3% 30 / 1,000", old)
    assert re.search(r"Quảng Nam 6% 60 / 1,000", old)
    for query in ("month=2025-06", "month=2025-06&provinces=63"):
        rows = browser.get(f"/adoption/places.json?{query}").json()
        assert sum(row["uni_used"] or 0 for row in rows) == 90
        assert len(rows) == (63 if "63" in query else 34)


@pytest.mark.usefixtures("frozen")
def test_files_hold_what_the_page_shows_and_name_their_freeze(browser: TestClient) -> None:
    answer = browser.get("/adoption/places.csv?by=missing")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="adoption-places-2025-07.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["place"] for row in rows[:2]] == ["01", "11"]
    found = {row["place"]: row for row in rows}
    assert (found["11"]["percent"], found["11"]["missing"]) == ("5.0", "60")
    assert (found["48"]["percent"], found["48"]["is_suppressed"]) == ("", "yes")
    assert {row["freeze"] for row in rows} == {"2"}
    book = cells(browser.get("/adoption/places.xlsx").content)
    assert [text for _, text in book[0]] == [*rows[0]]
    assert len(book) == 35
    again = browser.get(
        "/adoption/places.csv?by=missing", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    "path",
    [
        "/adoption/places?month=2024-01",
        "/adoption/places?month=July",
        "/adoption/places.csv?month=2024-01",
        "/adoption/places/49",
        "/adoption/places/<b>",
        "/adoption/agencies/G99",
    ],
)
def test_what_is_not_there_is_said(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.usefixtures("frozen")
def test_a_province_answers_the_same_questions(browser: TestClient) -> None:
    text = read(browser, "/adoption/places/48")
    assert "Đà Nẵng: do 20% use one unified sign-in yet?" in text
    assert "Made of Quảng Nam, Đà Nẵng on 01/07/2025" in text
    assert "Not known. * * / 2,000" in text
    assert "06/2025 4% 90 / 2,000" in text, "the past of a merged province is the sum of its parts"
    text = read(browser, "/adoption/places/11")
    assert "Not yet. 5% 20 / 400 60 missing" in text
    assert "Rank 2 of 2." in text


def test_charts_and_map_are_light_and_are_told_in_a_sentence(
    browser: TestClient, owner: Engine
) -> None:
    publish_country(owner, months=18)
    page = browser.get("/adoption/places").text
    for path in ("/adoption", "/adoption/months", "/adoption/places/01"):
        page += browser.get(path).text
    drawings = re.findall(r"<svg[^>]*>.*?</svg>", page, re.DOTALL)
    assert len(drawings) > 50
    for drawing in drawings:
        most = 16_000 if 'class="country"' in drawing else 6_000
        assert len(drawing.encode()) <= most, drawing[:200]
        opening = drawing[: drawing.index(">")]
        assert 'aria-hidden="true"' in opening or re.search(
            r'role="img"[^>]*aria-label="\w', opening
        )
    text = re.sub(r"<[^>]+>", " ", page)
    for name in ("Hoàng Sa", "Trường Sa"):
        assert text.count(name) == 3, "on the map, among its tiles and those of the first page"
    assert "CC BY 4.0" in text


def test_agencies_by_the_people_who_use_them(browser: TestClient, owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        ids = {code: str(add_agency(db, code=code).id) for code in ("G01", "H26")}
    rows = {
        of(dimension, ids[code], kind, figure, window): value  # type: ignore[arg-type]
        for code, users in (("G01", 1_003), ("H26", 9))
        for dimension, kind, figure, window, value in (
            ("agency", "person", "ACT", "months_12", users),
            ("agency", "person", "UNI_USED", "months_12", users // 2),
            ("agency", "sign_in", "BEGUN", "months_1", 100),
            ("agency", "sign_in", "SUCCESS", "months_1", 80),
            ("agency", "sign_in", "ABANDONED", "months_1", 20),
        )
    }
    freeze(owner, NEW, rows)
    text = read(browser, "/adoption/agencies")
    assert re.search(r"1,005 49% 100 80%", text)
    assert re.search(r"\* \* 100 80%", text), "nine users are not told"
    text = read(browser, "/adoption/agencies/G01")
    assert "1,005 proven people signed in at the level. Of them, 49% use both" in text
    assert "Of 100 sign-ins in 07/2025 (not people): 80 succeeded" in text
    rows_ = browser.get("/adoption/agencies.json").json()
    assert {row["agency"]: row["active"] for row in rows_} == {"G01": 1005, "H26": None}


def test_the_dictionary_names_every_column_of_every_file(
    browser: TestClient, owner: Engine
) -> None:
    publish_country(owner, months=1)
    listed = browser.get("/adoption/data").text
    explained = {*re.findall(r'href="/adoption/data\?table=([\w-]+)"', listed)}
    pages = [listed, *(browser.get(f"/adoption/data?table={each}").text for each in explained)]
    files = {*re.findall(r'href="(/adoption[^"]*\.csv)"', "".join(pages))}
    assert {f"/{each.replace('-', '/')}.csv" for each in explained if "adoption" in each} < files
    for path in files:
        header = browser.get(path).content.decode("utf-8-sig").splitlines()[0]
        is_open = path.startswith("/adoption/data/")
        name = path.removesuffix(".csv").strip("/").replace("/", "-")
        table = name.rpartition("-")[2] if is_open else name
        assert table in explained
        text = browser.get(f"/adoption/data?table={table}").text
        assert all(f"<code>{column}</code>" in text for column in header.split(","))


def test_what_is_explained_one_at_a_time_is_found_from_its_list(browser: TestClient) -> None:
    """A name that there is not leads to the list."""
    for path, asked in (("/adoption/data", "table"), ("/adoption/definitions", "figure")):
        listed = browser.get(path)
        links = re.findall(rf'href="({path}\?{asked}=[\w-]+)"', listed.text)
        assert len({*links}) == len(links) >= 8
        assert len({browser.get(link).text for link in links}) == len(links)
        assert all("<dl" in browser.get(link).text for link in links if "=rules" not in link)
        nothing = browser.get(f"{path}?{asked}=nothing").text
        assert re.findall("<h1>(.*?)</h1>", nothing) == re.findall("<h1>(.*?)</h1>", listed.text)


def test_a_province_says_when_it_arrives_by_what_is_printed(
    browser: TestClient, owner: Engine
) -> None:
    """Of enough months and people a date, of too few none, of a few people never one."""
    publish_country(owner, months=26)
    assert "Arrives" in read(browser, "/adoption/places")
    rows = browser.get("/adoption/places.json").json()
    dated = [row for row in rows if row["arrives"] not in (None, "met")]
    assert dated
    for row in (dated[0], dated[-1]):
        year, month = row["arrives"].split("-")
        text = read(browser, f"/adoption/places/{row['place']}")
        assert re.search(f"At today’s pace people reach 20% (about|in) {month}/{year}", text)
        assert "By the counts shown here, rounded to 5." in text
    met = next(row for row in rows if row["arrives"] == "met")
    assert met["missing"] == 0
    assert "Reached in the last whole month." in read(browser, f"/adoption/places/{met['place']}")


@pytest.mark.usefixtures("frozen")
def test_without_a_whole_year_no_province_has_a_date(browser: TestClient) -> None:
    assert "Too early to say when" in read(browser, "/adoption/places/01")
    assert all(row["arrives"] is None for row in browser.get("/adoption/places.json").json())


def test_the_ranking_has_the_score_that_its_page_has(browser: TestClient, owner: Engine) -> None:
    publish_country(owner, months=2)
    scores = {row["place"]: row["score"] for row in browser.get("/adoption/places.json").json()}
    for code, score in list(scores.items())[:3]:
        text = read(browser, f"/adoption/scores?kind=province&unit={code}")
        assert (f" {score} " in text) or score is None
        assert ("A total is said" in text) or score is not None
