"""A reader with all that is public: three months, their versions, every family of figures."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.figures import disclosure, nested
from tests.adoption.attack.reading import collect, publish

FAMILIES = {
    "person",
    "enterprise",
    "cooperative",
    "place",
    "place_then",
    "agency",
    "service",
    "age",
    "sex",
    "action",
    "moved",
}


def family_of(cell: str) -> str:
    """`2025-06/v1 age:60+ person REG at_day` is of the ages."""
    return cell.split(" ")[1].partition(":")[0]


@pytest.mark.parametrize("is_adversarial", [False, True], ids=["random", "adversarial"])
def test_no_cell_of_a_few_is_recovered_from_all_that_is_public(
    owner: Engine, browser: TestClient, is_adversarial: bool
) -> None:
    country, versions = publish(owner, 3, is_adversarial=is_adversarial)
    told, small = collect(browser, country, versions).recovered()
    assert told == []
    assert len(small) > 1_000
    assert {family_of(cell) for cell in small} >= FAMILIES


@pytest.fixture
def unruly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are starred, and nothing is for their sake."""
    monkeypatch.setattr(nested, "starred_together", lambda values: (set(), []))
    monkeypatch.setattr(nested, "list_differences", lambda: iter(()))
    monkeypatch.setattr(nested, "MOST_STARRED", 2)
    monkeypatch.setattr(disclosure, "tells", lambda hidden, rounded=0: False)


@pytest.mark.usefixtures("unruly")
def test_without_the_rules_many_are(owner: Engine, browser: TestClient) -> None:
    """The control: the reader solves for what is starred by itself, in every kind of table."""
    country, versions = publish(owner, 3, is_adversarial=True)
    told, _ = collect(browser, country, versions).recovered(at_once=True)
    assert len(told) > 50
    families = {"person", "difference", "place", "sex", "household", "device", "service", "action"}
    assert sorted(families - {*map(family_of, told)}) == []


def rows_of(browser: TestClient, address: str, kind: str) -> list[list[str]]:
    """A file's rows as texts, the first its columns."""
    found = browser.get(address.replace(".json", f".{kind}"))
    assert found.status_code == 200, found.text
    if kind == "csv":
        return [*csv.reader(StringIO(found.content.decode("utf-8-sig")))]
    if kind == "json":
        rows: list[dict[str, Any]] = found.json()
        texts = [["" if v is None else str(v) for v in row.values()] for row in rows]
        return [[*rows[0]], *texts]
    return [*_sheet(found.content)]


def _sheet(content: bytes) -> Iterator[list[str]]:
    with ZipFile(BytesIO(content)) as book:
        (name,) = [each for each in book.namelist() if "worksheets/" in each]
        root = fromstring(book.read(name))
    space = root.tag.partition("}")[0] + "}"
    for row in root.iter(f"{space}row"):
        yield ["".join(cell.itertext()) for cell in row.iter(f"{space}c")]


def same(texts: list[list[str]]) -> list[list[str]]:
    """Numbers as numbers: 3, 3.0 and 3,0 are one."""
    return [[_plain(text) for text in row] for row in texts]


def _plain(text: str) -> str:
    try:
        return f"{float(text):g}" if "." in text else text
    except ValueError:
        return text


def test_a_file_tells_the_same_whatever_its_kind_and_filter(
    owner: Engine, browser: TestClient
) -> None:
    """So that a reader of one kind has read them all."""
    publish(owner, 3)
    for address in (
        "/adoption/data/2025-06/v1/groups.json",
        "/adoption/data/2025-06/v2/provinces_then.json",
        "/adoption/data/2025-06/v3/agencies.json",
        "/adoption/places.json?month=2025-06",
        "/adoption/agencies.json?month=2025-06",
        "/adoption/actions.json?month=2025-06",
        "/adoption/groups.json?month=2025-06",
        "/adoption/businesses.json?month=2025-06",
    ):
        as_json, as_csv, as_xlsx = (
            same(rows_of(browser, address, kind)) for kind in ("json", "csv", "xlsx")
        )
        assert as_json == as_csv
        assert [len(row) for row in as_xlsx] == [len(row) for row in as_json]
        assert as_xlsx == as_json
    whole = rows_of(browser, "/adoption/places.json?month=2025-06", "json")
    by_missing = rows_of(browser, "/adoption/places.json?month=2025-06&by=missing", "json")
    assert sorted(whole) == sorted(by_missing)
    whole = rows_of(browser, "/adoption/agencies.json?month=2025-06", "json")
    for tier in ("central", "province"):
        some = rows_of(browser, f"/adoption/agencies.json?month=2025-06&tier={tier}", "json")
        assert [row for row in some if row not in whole] == []
