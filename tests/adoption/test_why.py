"""Why the country is where it is: the funnel adds up, each rate has what it was a month before."""

import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.slice_rows import Dimension, SliceKey, State
from tests.adoption.test_places import read
from tests.figures.frozen import close_days, freeze, national, of

OLD, NEW = date(2026, 9, 30), date(2026, 10, 31)
STATES = (60, 200, 50, 40, 30, 0, 150, 120, 350)
"""Of 1,000 registered, in the order of the funnel."""


def rows(moved: int, *, begun: int = 900) -> dict[SliceKey, int]:
    """`moved`: so many of one tier use both."""
    counts: dict[State, int] = dict(zip(State, STATES, strict=True))
    counts[State.CENTRAL] -= moved
    counts[State.BOTH] += moved
    both, one = counts[State.BOTH], counts[State.CENTRAL] + counts[State.LOCAL]
    values: dict[str, int] = {
        **{str(state): count for state, count in counts.items()},
        "POP": 4_000,
        "REG": sum(counts.values()),
        "VER1": sum(counts.values()) - counts[State.NOT_PROVEN],
        "ACT": both + one,
        "UNI_USED": both,
        "PART": both + one + 30,
        "BEGAN": both + one + 120,
        "SUCCEEDED": both + one + 30,
    }
    found = {national("person", figure): count for figure, count in values.items() if count}
    found |= {national("enterprise", "POP"): 500, national("enterprise", "UNI_USED"): 50}
    ended = {
        "BEGUN": begun,
        "SUCCESS": begun - 300,
        "REFUSED_LEVEL": 100,
        "REFUSED": 80,
        "REASON access_denied": 50,
        "REASON too_many_failures": 30,
        "ABANDONED": 120,
    }
    for figure, count in ended.items():
        found[of(Dimension.COUNTRY, "", "sign_in", figure, "months_1")] = count
    return found


@pytest.fixture
def frozen(owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        close_days(db, date(2026, 10, 1), NEW)
        for kind, count in ((DenominatorKind.RESIDENTS, 4_000), (DenominatorKind.ENTERPRISES, 500)):
            set_denominator(db, Population(kind, OLD, count, "Census"))
    freeze(owner, OLD, rows(0))
    freeze(owner, NEW, rows(45))


@pytest.mark.usefixtures("frozen")
def test_every_resident_stands_in_one_row_beside_the_month_before(browser: TestClient) -> None:
    text = read(browser, "/adoption/why")
    assert "Residents: 4,000. Registered: 1,000, of these proven: 940" in text
    assert "signed in at the level in 12 months: 620, of these at both tiers: 395." in text
    funnel = text[text.index("All residents") : text.index("How did sign-ins end?")]
    printed = [
        int(count.replace(",", ""))
        for count in re.findall(r"([\d,]+) \d+\.\d% (?:0|[+−]\d+) –", funnel)
    ]
    assert sum(printed) == 4_000
    assert len(printed) == len(STATES), "all but the one nobody stands in, and the unregistered"
    assert "Central services alone 105 2.6% −45" in funnel
    assert "Both: counted towards the target 395 9.8% +45" in funnel


@pytest.mark.usefixtures("frozen")
def test_how_sign_ins_end_adds_up_with_its_reasons(browser: TestClient) -> None:
    text = read(browser, "/adoption/why")
    ended = text[text.index("How did sign-ins end?") :]
    assert "Of 740 people who began to sign in within 12 months, 650 (87.8%) succeeded" in ended
    assert "succeeded 600 66.6%" in ended
    assert "refused, as the identity level was too low 100 11.1%" in ended
    assert ended.index("refused otherwise 80") < ended.index("too many wrong attempts 30 3.3%")
    assert "given up 120 13.3% All that were begun 900" in ended


@pytest.mark.usefixtures("frozen")
def test_beside_the_rates_stands_what_they_were_and_who_got_in(browser: TestClient) -> None:
    text = read(browser, "/adoption")
    assert "Since the month before, in percent points: businesses 0, people +1.1." in text
    assert "Of the people who began to sign in, 87.8% succeeded." in text


def test_a_first_month_has_none_before_it(browser: TestClient, owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        close_days(db, date(2026, 10, 1), NEW)
    freeze(owner, NEW, rows(0))
    assert "Since the month before, in percent points" not in read(browser, "/adoption")
    assert "Both: counted towards the target 350 8.7% –" in read(browser, "/adoption/why")


def test_few_are_starred_with_what_would_tell_of_them(browser: TestClient, owner: Engine) -> None:
    few = rows(0)
    few[national("person", State.WEAK)] = 4
    few[national("person", State.TRIED)] = 66
    with Session(owner) as db, db.begin():
        close_days(db, date(2026, 10, 1), NEW)
    freeze(owner, NEW, few)
    text = read(browser, "/adoption/why")
    assert "Signed in below the level alone * *" in text
    assert "Both: counted towards the target 350" in text
    starred = re.findall(r" \* \* ", text)
    assert len(starred) > 1, "one star alone would be the sum less the rest"


def test_before_a_month_is_frozen_it_says_so(browser: TestClient) -> None:
    assert "No month has been frozen yet" in read(browser, "/adoption/why")
