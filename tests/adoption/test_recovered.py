"""A reader with all that is public of two months, their versions and 63 and 34 provinces."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.adoption.why import GROUPS
from idp.catalogue.add import add_agencies
from idp.catalogue.models import Agency, Tier
from idp.figures import disclosure, nested
from idp.figures.disclosure import FEWEST
from idp.figures.slice_rows import SliceKey
from idp.kit.db import transaction
from idp.places.crosswalk import Crosswalk
from idp.places.load import load_places
from tests.figures.frozen import close_days, freeze
from tests.figures.micro import Micro
from tests.figures.test_nested import named, reader_of
from tests.support.recovering import Reader

BEFORE, MONTH = date(2025, 5, 31), date(2025, 6, 30)
"""Both before the provinces were merged: the pages have them as they were, too."""
CODES = ("01", "48", "77", "31", "74", "79")
"""The first have fewest people; 77, 74 and 79 are one since, 31 and its neighbour, too."""
GIVE = 2
Truth = Mapping[SliceKey, int]
_GROUP = re.compile(r'<span class="group">(.*?)</span>', re.DOTALL)
_WORDS = {
    "both": "use both tiers",
    "one_tier": "one tier",
    "unsigned": "proven without a sign-in at the level",
    "not_proven": "not proven",
    "no_tier": "signed in to no known service",
}


@pytest.fixture
def truths(owner: Engine) -> dict[str, Truth]:
    """Version by version, as `2025-06/v2`: what was frozen."""
    with transaction(owner) as db:
        load_places(db)
        agencies = [
            Agency(
                code=f"H5{n}",
                tier=Tier.PROVINCE if n % 2 else Tier.CENTRAL,
                name_vi=f"Cơ quan {n}",
                name_en=f"Agency {n}",
                valid_on=date(2020, 1, 1),
                place_code="01",
            )
            for n in range(6)
        ]
        ids: list[UUID] = [*add_agencies(db, agencies).values()]
        crosswalk = Crosswalk.read(db.connection())
        close_days(db, date(2024, 6, 1), MONTH)
    world = Micro(Random(7), crosswalk, CODES, ids)
    world.settle(500, companies=40)
    found: dict[str, Truth] = {}
    for last, versions in ((BEFORE, 1), (MONTH, 3)):
        for version in range(1, versions + 1):
            world.change(60 if version == 1 else 4 * version)
            rows = world.rows(last, everyone=dict.fromkeys(CODES, 1_200))
            freeze(owner, last, rows, "" if version == 1 else "Ghi nhận muộn")
            found[f"{last:%Y-%m}/v{version}"] = rows
    return found


def answer(browser: TestClient, address: str) -> list[dict[str, Any]]:
    found = browser.get(address)
    assert found.status_code == 200, found.text
    rows: list[dict[str, Any]] = found.json()
    return rows


def nation_of(rows: Truth) -> dict[tuple[str, str, str], int]:
    return {key[2:]: value for key, value in rows.items() if key.dimension == "country"}


def of_place(version: str, code: str, figure: str, dimension: str = "place") -> str:
    return f"{version} {dimension} {code} {figure}"


class Collected:
    """What is told of every version."""

    def __init__(self, browser: TestClient, truths: Mapping[str, Truth]) -> None:
        self.browser, self.truths, self.reader = browser, truths, Reader()
        self.like: dict[str, int] = {}
        for version, rows in truths.items():
            self.nation(version, rows)
            self.provinces(version, rows)
        for month in ("2025-05", "2025-06"):
            newest = [each for each in truths if each.startswith(month)][-1]
            self.pages(month, newest)

    def printed(self, name: str, value: float | None, truth: int) -> None:
        """A rounded count, or a star: nobody knows whether there is anybody."""
        self.like[name] = truth
        if value is None:
            self.reader.at_least({name: 1})
        else:
            self.reader.told({name: 1}, int(value), give=GIVE)

    def nation(self, version: str, truth: Truth) -> None:
        rows = answer(self.browser, f"/adoption/data/{version}/national.json")
        told = {(r["kind"], r["figure"], r["window"]): r["value"] for r in rows}
        stars = {key for key, value in told.items() if value is None}
        values = nation_of(truth)
        assert {key for key, value in values.items() if value} <= told.keys()
        known = {key: values.get(key, 0) if v is None else v for key, v in told.items()}
        reader_of(known, stars, self.reader, of=f"{version} ")
        self.like |= {named(key, f"{version} "): value for key, value in known.items()}

    def provinces(self, version: str, truth: Truth) -> None:
        columns = {
            "registered": "REG",
            "uni_used": "UNI_USED",
            "began": "BEGAN",
            "succeeded": "SUCCEEDED",
        }
        for row in answer(self.browser, f"/adoption/data/{version}/provinces.json"):
            for column, figure in columns.items():
                count = place_value(truth, "place", row["place"], figure)
                self.printed(of_place(version, row["place"], figure), row[column], count)
            names = [of_place(version, row["place"], f) for f in ("REG", "BEGAN", "SUCCEEDED")]
            for outer, inner in pairwise(names):
                self.reader.at_least({outer: 1, inner: -1})

    def pages(self, month: str, version: str) -> None:
        truth = self.truths[version]
        parts: dict[str, list[str]] = defaultdict(list)
        for then, dimension in (("", "place"), ("&provinces=63", "place_then")):
            for row in answer(self.browser, f"/adoption/places.json?month={month}{then}"):
                code = row["place"]
                count = place_value(truth, dimension, code, "UNI_USED")
                name = of_place(version, code, "UNI_USED", dimension)
                self.printed(name, row["uni_used"], count)
                if dimension == "place_then" and code in CODES:
                    parts["79" if code in {"77", "74", "79"} else code].append(name)
        for whole, some in parts.items():
            summed = {of_place(version, whole, "UNI_USED"): -1, **dict.fromkeys(some, 1)}
            self.reader.told(summed, 0)
        for code in {*parts}:
            self.place(month, version, code)

    def place(self, month: str, version: str, code: str) -> None:
        found = self.browser.get(f"/adoption/places/{code}?month={month}")
        assert found.status_code == 200
        said = [re.sub(r"<.*?>", "", each).strip(" ,.\n") for each in _GROUP.findall(found.text)]
        states = {
            name: sum(place_value(self.truths[version], "place", code, s) for s in own)
            for name, own in GROUPS.items()
        }
        names = {name: of_place(version, code, name) for name in GROUPS}
        for name, words in _WORDS.items():
            if f"{words}: not told" in said or not said:
                self.printed(names[name], None, states[name])
                continue
            cell = next((each for each in said if each.endswith(words)), f"0 {words}")
            value = int(re.sub(r"\D", "", cell.removesuffix(words).split()[-1]))
            if name == "no_tier" and not value:
                self.like[names[name]] = 0
                self.reader.told({names[name]: 1}, 0)
            else:
                self.printed(names[name], value, states[name])
        summed = {of_place(version, code, "REG"): -1} | dict.fromkeys(names.values(), 1)
        self.reader.told(summed, 0)
        self.reader.told({names["both"]: 1, of_place(version, code, "UNI_USED"): -1}, 0)

    def recovered(self, *, at_once: bool = False) -> tuple[list[str], int]:
        """Which cells of 1 to 9 are known better than that, and how many there are.

        `at_once`: no more than follows without a search.
        """
        for told in self.reader.all_told:
            if not self.reader.derived & told.of.keys():
                is_so = sum(sign * self.like[name] for name, sign in told.of.items())
                assert told.low <= is_so <= told.high, told
        known = self.reader.known()
        ends = (1, FEWEST - 1)
        small = [name for name, count in self.like.items() if 0 < count < FEWEST]
        told = [
            name
            for name in small
            if not all(known[name][0] <= end <= known[name][1] for end in ends)
            or not (
                at_once
                or all(self.reader.allows(name, e, like=self.like, known=known) for e in ends)
            )
        ]
        return told, len(small)


def place_value(truth: Truth, dimension: str, code: str, figure: str) -> int:
    window = "at_day" if figure == "REG" else "months_12"
    return truth.get(SliceKey(dimension, code, "person", figure, window), 0)


def test_no_cell_of_a_few_is_recovered_from_all_that_is_public(
    browser: TestClient, truths: dict[str, Truth]
) -> None:
    told, small = Collected(browser, truths).recovered()
    assert told == []
    assert small > 50


@pytest.fixture
def unruly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are starred, and nothing is for their sake."""
    monkeypatch.setattr(nested, "starred_together", lambda values: (set(), []))
    monkeypatch.setattr(nested, "list_differences", lambda: iter(()))
    monkeypatch.setattr(nested, "MOST_STARRED", 2)
    monkeypatch.setattr(disclosure, "tells", lambda hidden, rounded=0: False)


@pytest.mark.usefixtures("unruly")
def test_without_the_rules_many_are(browser: TestClient, truths: dict[str, Truth]) -> None:
    """The control: the reader solves for what is starred by itself."""
    told, _ = Collected(browser, truths).recovered(at_once=True)
    assert len(told) > 20
