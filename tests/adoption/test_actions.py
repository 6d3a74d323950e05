"""What would move it: five actions, what any of them bring together, who moved; for outsiders."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.adoption.actions_page import Picked
from idp.adoption.moved import change_of, starred
from idp.figures.actions import MonthActions
from idp.figures.days import DAY, month_end, month_start
from idp.figures.month_models import AdoptionMonth
from idp.figures.slice_rows import ActionKey, State, write_rows
from idp.kit import clock
from idp.places.load import load_places
from tests.adoption.test_places import read as read_page
from tests.figures.frozen import close_days, freeze, publish_country
from tests.figures.frozen import place as place_figure
from tests.support.people import add_agency

BEST = (("place", "79", "L4"), ("country", "", "L5"), ("country", "", "L3 abandoned"))


def key(dimension: str, code: str, lever: str, figure: str) -> ActionKey:
    return ActionKey(dimension, code, "person", lever, figure)


def lever(
    dimension: str, code: str, name: str, *counts: int, cases: int = 7
) -> dict[ActionKey, int]:
    figures = dict(zip(("AT_MOST", "LOW", "ABOUT", "HIGH"), counts, strict=False))
    return {key(dimension, code, name, f): n for f, n in {**figures, "CASES": cases}.items()}


def rows_of(agency: str) -> dict[ActionKey, int]:
    """Three of the best, one ministry, a system without a list, and who moved."""
    rows: dict[ActionKey, int] = {}
    for rank, of in enumerate(BEST, start=1):
        at_most, about = 4_000_000 // rank, 1_000_000 // rank
        rows |= lever(*of, at_most, about - 100_003, about, about + 99_998)
        rows |= {key(*of, "RANK"): rank, key(*of, "ADDS"): about}
    for ranks in ("1", "2", "3", "1 2", "1 3", "2 3", "1 2 3"):
        count = 900_000 * len(ranks.split())
        name = f"TOGETHER {ranks}"
        figures = {"AT_MOST": 5 * count, "LOW": count - 7, "ABOUT": count, "HIGH": count + 11_111}
        rows |= {key("country", "", name, figure): n for figure, n in figures.items()}
    rows |= lever("ministry", agency, "L1 central", 7_007, 700, 800, 903)
    rows[key("ministry", agency, "L1", "WAITING")] = 2
    rows |= lever("system", "11111111-1111-4111-8111-111111111111", "L1 central", cases=9)
    rows |= lever("place", "11", "L4", 9, 3, 4, 5)
    rows[key("place", "79", "L2", "ABOUT")] = 12_347
    rows |= {key("country", "", "CHANGE", part): 0 for part in ("RETURNED", "CLOSED")}
    rows |= {key("country", "", "CHANGE", "NEW"): 1_003, key("country", "", "CHANGE", "LAPSED"): -3}
    moved = {"FUNNEL_6": {"FUNNEL_6": 1_000, "FUNNEL_5": 3}, "NONE": {"FUNNEL_1": 500}}
    return rows | {
        key("country", "", f"WAS {was}", state): n
        for was, states in moved.items()
        for state, n in states.items()
    }


@pytest.fixture
def published(owner: Engine) -> Engine:
    with Session(owner) as db, db.begin():
        load_places(db)
        agency = add_agency(db, code="G01").id
    publish_country(owner, months=24, agencies=[agency])
    with Session(owner) as db, db.begin():
        number = db.query(AdoptionMonth.number).order_by(AdoptionMonth.month_on.desc()).first()
        assert number is not None
        write_rows(db.connection(), number[0], rows_of(str(agency)))
    return owner


def read(browser: TestClient, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    assert not re.search(r"style=|<style|<script", response.text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.usefixtures("published")
def test_the_first_page_says_the_largest_gain_and_leads_to_the_rest(browser: TestClient) -> None:
    text = read_page(browser, "/adoption")
    assert (
        "Largest gain: Hồ Chí Minh: more one-stop shops prove identities, about 899,995–1,100,000 "
        "people (estimate). See what would raise the rate"
    ) in text
    assert 'href="/adoption/actions"' in browser.get("/adoption").text


@pytest.mark.usefixtures("published")
def test_the_five_with_range_basis_and_what_they_bring_together(browser: TestClient) -> None:
    text = read(browser, "/adoption/actions")
    assert "These actions together: about 2,699,995–2,711,110 people, each counted once" in text
    assert "13,500,000 at most" in text
    assert "1. Hồ Chí Minh" not in text
    assert "Hồ Chí Minh: more one-stop shops prove identities : about 899,995–1,100,000" in text
    assert "Estimate of 7 past cases." in text
    assert "Registered residents of the province who are not proven. At most 4,000,000." in text
    assert re.search(r"adoption_action WHERE freeze_number = 24 AND .*lever = 'L4'", text)
    assert re.search(r"People reach 20% at today’s pace: [^;]+; with these, [^:]+: (\d|not)", text)
    gap = re.search(r"([\d,]+) people are missing to 20%", text)
    assert gap is not None
    missing = int(gap[1].replace(",", "")) - 2_700_000
    assert f"By the estimate they do not suffice; people still missing: {missing:,}." in text
    assert "no list says whom it would reach" in text
    assert "* fewer than 10 people, or hidden beside so few" in text


@pytest.mark.usefixtures("published")
def test_a_choice_of_them_brings_its_union_and_its_own_date(browser: TestClient) -> None:
    text = read(browser, "/adoption/actions?do.1=yes&do.3=yes")
    assert (
        "Together: about 1,799,995–1,811,110 people, each counted once; 9,000,000 at most" in text
    )
    page = browser.get("/adoption/actions?do.1=yes&do.3=yes").text
    assert len(re.findall(r'name="do\.[13]"\s+value="yes" checked', page)) == 2
    assert "Together: about" not in read(browser, "/adoption/actions")
    for odd in ("do.4=yes", "do.9=yes", "do.x=<b>", "do.1="):
        assert "Together: about" not in read(browser, f"/adoption/actions?{odd}")
    assert browser.get("/adoption/actions?do.1=yes&do.1=yes").status_code == 400


@pytest.mark.usefixtures("published")
def test_the_page_is_kept_and_tagged_by_its_choice(browser: TestClient) -> None:
    first = browser.get("/adoption/actions?do.1=yes")
    again = browser.get(
        "/adoption/actions?do.1=yes", headers={"If-None-Match": first.headers["etag"]}
    )
    other = browser.get("/adoption/actions", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, other.status_code) == (304, 200)
    assert Picked.read({"do.3": "yes", "do.1": "on"}).query == "do.1=yes&do.3=yes"


@pytest.mark.usefixtures("published")
def test_a_month_frozen_before_says_so(browser: TestClient) -> None:
    last = month_start(clock.today("Asia/Ho_Chi_Minh")) - DAY
    before = month_end(month_start(last, months_before=3))
    text = read(browser, f"/adoption/actions?month={before:%Y-%m}")
    assert "Not known for this month" in text
    assert browser.get("/adoption/actions?month=1999-01").status_code == 404
    assert browser.get(f"/adoption/actions.json?month={before:%Y-%m}").json() == []
    assert "What to do (+ people)" not in read_page(
        browser, f"/adoption/places?month={before:%Y-%m}"
    )


def test_before_a_month_is_frozen_nothing_is_said(browser: TestClient) -> None:
    assert "No month has been frozen yet" in read(browser, "/adoption/actions")
    assert browser.get("/adoption/actions.csv").status_code == 200


def test_one_that_is_starred_for_anothers_sake_is_not_called_few(
    browser: TestClient, owner: Engine
) -> None:
    reached = {"01": 12, "48": 4, "79": 400}
    with Session(owner) as db, db.begin():
        load_places(db)
        close_days(db, date(2026, 10, 1), date(2026, 10, 31))
    freeze(
        owner,
        date(2026, 10, 31),
        {
            place_figure(code, state): n if state is State.NOT_PROVEN else 50
            for code, n in reached.items()
            for state in State
        },
        actions={
            k: n for code in reached for k, n in lever("place", code, "L4", reached[code]).items()
        },
    )
    text = read(browser, "/adoption/actions")
    assert "prove identities: at most 400; too few past cases to estimate" in text
    assert text.count("prove identities: how many people is not told") == 2
    assert "at most fewer than 10" not in text


@pytest.mark.usefixtures("published")
def test_rankings_and_own_pages_name_the_units_own_action(browser: TestClient) -> None:
    ranking = read_page(browser, "/adoption/places")
    assert "more one-stop shops prove identities (about 899,995–1,100,000)" in ranking
    assert "more one-stop shops prove identities (*)" in ranking, "a few are not told"
    place = read_page(browser, "/adoption/places/79")
    assert "What it could do itself that brings most: more one-stop shops prove" in place
    assert "12,345 people are missing to the median of the provinces." in place
    deed = "connect 2 level-4 services that nobody uses here yet"
    assert f"{deed} (about 700–905)" in read_page(browser, "/adoption/agencies")
    assert f"brings most: {deed}, about 700–905 people" in read_page(
        browser, "/adoption/agencies/G01"
    )


@pytest.mark.usefixtures("published")
def test_the_file_has_every_lever_rounded_and_starred(browser: TestClient) -> None:
    answer = browser.get("/adoption/actions.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["lever"] for row in rows[:3]] == ["L4", "L5", "L3 abandoned"]
    found = {(row["dimension"], row["code"], row["lever"]): row for row in rows}
    few = found["place", "11", "L4"]
    assert (few["at_most"], few["about"], few["is_suppressed"]) == ("", "", "yes")
    unknown = found["system", "11111111-1111-4111-8111-111111111111", "L1 central"]
    assert (unknown["at_most"], unknown["is_suppressed"]) == ("", "no")
    for row in rows:
        for column in ("at_most", "low", "about", "high", "adds"):
            assert not row[column] or int(row[column]) % 5 == 0
    assert browser.get("/adoption/actions.json").json()[0]["rank"] == 1
    assert browser.get("/adoption/actions.xlsx").status_code == 200
    again = browser.get("/adoption/actions.csv", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


tables = st.integers(2, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.one_of(st.integers(0, 12), st.integers(0, 5_000)), min_size=n, max_size=n),
        min_size=n,
        max_size=n,
    )
)


@given(tables)
def test_no_margin_of_the_matrix_tells_of_a_few(table: list[list[int]]) -> None:
    """Margins are exact: less what is printed, they leave ten or more for what is starred."""
    shown = starred(table)
    lines = [list(zip(row, cells, strict=True)) for row, cells in zip(table, shown, strict=True)]
    lines += [list(column) for column in zip(*lines, strict=True)]
    for line in lines:
        hidden = [count for count, cell in line if cell.is_suppressed]
        printed = [cell.value for _, cell in line if not cell.is_suppressed]
        assert all((value or 0) % 5 == 0 for value in printed)
        if hidden and printed:
            margin = sum(count for count, _ in line)
            most = margin - sum(value or 0 for value in printed) + 2 * len(printed)
            assert most >= 10, "each starred cell may hold 1 … 9"
    assert all(
        cell.is_suppressed or count >= 10
        for row, cells in zip(table, shown, strict=True)
        for count, cell in zip(row, cells, strict=True)
    )


def test_the_change_adds_up_with_what_was_found_late() -> None:
    moved: Mapping[tuple[str, str], int] = {
        ("FUNNEL_6", "FUNNEL_6"): 1000,
        ("FUNNEL_6", "NONE"): 200,
    }
    parts = {"NEW": 400, "RETURNED": 150, "LAPSED": -20, "CLOSED": -180}
    actions = MonthActions({}, {}, {}, parts, moved, {})
    found = change_of(actions, (1_050, 10_000), (1_550, 11_000), [((50, 500), (60, 500))])
    people = {
        part.name: (-1 if part.is_less else 1) * (part.people.value or 0) for part in found.parts
    }
    assert people["Found late, of the month before"] == 150
    assert sum(people.values()) == found.people == 500
    assert found.points is not None
    assert found.denominator is not None
    parts_of_rate = sum(part.points or 0 for part in found.parts)
    assert parts_of_rate + found.denominator == found.points, "percent points, exactly"
    assert (found.of_rates, found.of_sizes) == (2, 0)
    late = change_of(actions, (1_200, None), (1_550, None), [])
    assert (late.points, late.denominator, late.of_rates) == (None, None, None)
