"""Every filter of every page of figures: what can be asked, what cannot, and what carries it on."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from idp.adoption.filters import Filters
from idp.catalogue.models import Tier
from idp.kit.db import make_engine
from idp.settings import Settings
from idp.web.routes import room_router
from tests.figures.frozen import publish_country
from tests.support.app import room_app
from tests.support.people import add_agency

AGENCY, PLACE = "G77", "48"
TAKEN = {
    "/adoption/places": ("month", "by", "provinces"),
    f"/adoption/places/{PLACE}": ("month",),
    "/adoption/agencies": ("month", "tier"),
    f"/adoption/agencies/{AGENCY}": ("month",),
    "/adoption/businesses": ("month",),
    "/adoption/coverage": ("month",),
    "/adoption/actions": ("month",),
}
"""Page → the filters that its own links offer."""
FILES = {
    "/adoption/places": ("csv", "json"),
    "/adoption/agencies": ("csv", "json"),
    "/adoption/businesses": ("csv", "json"),
    "/adoption/actions": ("csv", "json"),
}
UNKNOWN = {
    "month=2031-01": "There are no figures of this month.",
    "month=2025-13": "There are no figures of this month.",
    "month=1": "There are no figures of this month.",
    "by=moon": "The figures have no such order.",
    "provinces=62": "There were never so many provinces here: 34, or 63.",
    "tier=moon": "There is no such tier.",
    "window=rolling_30": "There are no figures over this window.",
    "window=months_1": "There are no figures over this window.",
    "month=2026-10&by=moon": "The figures have no such order.",
}
NEVER_CARRIED = ("/adoption/data", "/adoption/report", "/adoption/definitions")


@pytest.fixture(scope="module")
def browser(module_settings: Settings) -> Iterator[TestClient]:
    """Somebody who reads English, after 18 published months."""
    owner = make_engine(module_settings.database.owner_url)
    with Session(owner) as db, db.begin():
        central = add_agency(db, code=AGENCY, tier=Tier.CENTRAL)
        commune = add_agency(db, code="H77", tier=Tier.COMMUNE)
        ids = [central.id, commune.id]
    publish_country(owner, months=18, agencies=ids)
    owner.dispose()
    app = room_app(module_settings, room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": "en"}) as client:
        yield client
    app.state.runtime.engine.dispose()


def month_of(browser: TestClient) -> str:
    """A month that is not the newest."""
    rows = browser.get("/adoption/places.json").json()
    year, number = map(int, rows[0]["month"].split("-"))
    return f"{year}-{number - 1:02}" if number > 1 else f"{year - 1}-12"


def links(text: str) -> list[str]:
    found = (unescape(each) for each in re.findall(r'href="([^"]*)"', text))
    return [each for each in found if each.startswith("/adoption")]


def content(text: str) -> str:
    """The page below its navigation."""
    return text.partition("<main")[2]


@pytest.mark.parametrize("path", TAKEN)
def test_all_combinations_answer_and_links_carry_the_month(browser: TestClient, path: str) -> None:
    month = month_of(browser)
    for by in ("", "rate", "missing"):
        for provinces in ("", "34", "63"):
            for tier in ("", *Tier):
                given = {"month": month, "by": by, "provinces": provinces, "tier": tier}
                asked = {name: value for name, value in given.items() if value}
                answer = browser.get(path, params=asked)
                assert answer.status_code == 200, asked
                for link in links(content(answer.text)):
                    if urlsplit(link).path == path or link.startswith(NEVER_CARRIED):
                        continue
                    assert parse_qs(urlsplit(link).query).get("month") == [month], (asked, link)


@pytest.mark.parametrize("path", TAKEN)
def test_a_page_offers_its_filters_each_with_the_others_kept(
    browser: TestClient, path: str
) -> None:
    chosen = {"month": month_of(browser), "by": "missing", "tier": "commune"}
    asked = {name: value for name, value in chosen.items() if name in TAKEN[path]}
    answer = browser.get(path, params=asked)
    found = (unescape(each) for each in re.findall(r'href="([^"]*)"', answer.text))
    own = [
        parse_qs(urlsplit(link).query)
        for link in found
        if link.startswith("?") or urlsplit(link).path == path
    ]
    for name in TAKEN[path]:
        others = {(n, v) for n, v in asked.items() if n != name}
        changing = [q for q in own if q.get(name, [""]) != [asked.get(name, "")]]
        if name == "provinces" and not changing:
            continue
        assert any({(n, v[0]) for n, v in q.items()} >= others for q in changing), name


@pytest.mark.parametrize("query", UNKNOWN)
@pytest.mark.parametrize("path", TAKEN)
def test_what_there_is_not_is_said_clearly(browser: TestClient, path: str, query: str) -> None:
    for address in (path, *(f"{path}.{ending}" for ending in FILES.get(path, ()))):
        answer = browser.get(f"{address}?{query}")
        assert answer.status_code == 404, address
        assert UNKNOWN[query] in unescape(answer.text), address
    vietnamese = browser.get(f"{path}?{query}", headers={"Accept-Language": "vi"})
    assert UNKNOWN[query] not in unescape(vietnamese.text)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/adoption/places/00", "No figures of a province with this code."),
        ("/adoption/agencies/NONE", "No figures of an agency with this code."),
    ],
)
def test_a_unit_there_is_not_is_said_clearly(browser: TestClient, address: str, said: str) -> None:
    answer = browser.get(address)
    assert (answer.status_code, said in answer.text) == (404, True)


def test_a_tier_leaves_its_agencies_on_the_page_and_in_the_file(browser: TestClient) -> None:
    for tier, codes in (("", {AGENCY, "H77"}), ("central", {AGENCY}), ("commune", {"H77"})):
        rows = browser.get("/adoption/agencies.json", params={"tier": tier}).json()
        assert {row["agency"] for row in rows} == codes
        page = browser.get("/adoption/agencies", params={"tier": tier}).text
        shown = {each for each in (AGENCY, "H77") if f"/adoption/agencies/{each}" in page}
        assert shown == codes


@pytest.mark.parametrize("path", TAKEN)
def test_the_other_language_leads_back_to_the_same_choice(browser: TestClient, path: str) -> None:
    query = f"month={month_of(browser)}"
    text = browser.get(f"{path}?{query}").text
    [other] = re.findall(r'href="(/language\?to=vi[^"]*)"', text)
    assert parse_qs(urlsplit(unescape(other)).query)["return"] == [f"{path}?{query}"]


def test_a_link_to_another_page_keeps_the_month_alone() -> None:
    filters = Filters.read({"month": "2026-09", "by": "missing", "tier": "central"})
    assert filters.elsewhere("/adoption/coverage") == "/adoption/coverage?month=2026-09"
    assert Filters.read({}).elsewhere("/adoption/coverage") == "/adoption/coverage"
    assert Filters.read({"window": "months_12", "by": ""}) == Filters()
