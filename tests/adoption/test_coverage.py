"""Who took part and whose lists are missing, as pages say it; nothing of it tells of a few."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.catalogue.models import Tier
from idp.figures.days import DAY, local_day, month_end, month_start
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.lists.dues import due_on
from idp.figures.participation import Participation, participation_of
from idp.figures.rollup import roll_up
from idp.figures.system_counts import SYSTEM
from idp.kit import clock
from idp.settings.people import Target
from tests.figures.frozen import freeze, national
from tests.figures.history import RULES, at, registered, signed_in, write
from tests.figures.list_worlds import add_holder, add_system, number_of, send

LAST = month_start(local_day(clock.now(), RULES.time_zone)) - DAY
"""The end of the last month that is over: it freezes by itself."""
BEFORE = month_start(LAST) - DAY
FIRST = month_start(LAST, months_before=3)
TARGET = Target(percent=20)


def read(browser: TestClient, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    assert len(response.content) < 60_000
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.fixture
def lists(owner: Engine) -> Engine:
    """Twelve people of unified use; one system delivers all its lists, the other none."""
    with Session(owner) as db, db.begin():
        first, party = add_system(db, "G50", on=FIRST, is_exclusive=True)
        second, other = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
        rows = []
        for serial in range(12):
            subject = add_holder(db, serial, on=FIRST)
            rows += [
                registered(subject, FIRST),
                signed_in(
                    subject, BEFORE, "central", relying_party_id=party, agency_id=first.agency_id
                ),
                signed_in(
                    subject, BEFORE, "province", relying_party_id=other, agency_id=second.agency_id
                ),
            ]
        write(db.connection(), *rows)
        for months_before in (1, 2, 3):
            month = month_end(month_start(LAST, months_before=months_before))
            names = {number_of(n): n % 2 for n in range(32)}
            if month != BEFORE:
                names = {number_of(0): 0}
            send(db, first, month, names, when=at(due_on(month), 9))
        for kind, value in ((DenominatorKind.RESIDENTS, 400), (DenominatorKind.ENTERPRISES, 40)):
            set_denominator(db, Population(kind, FIRST, value, "a test"))
    with owner.begin() as connection:
        roll_up(connection, rules=RULES)
    return owner


def test_the_first_page_says_at_most_and_whose_lists_are_there(
    browser: TestClient, lists: Engine
) -> None:
    """S7, from real numbers: 12 of 12 known, of 32 with those who have no account."""
    words = read(browser, "/adoption")
    assert (
        "at most 100.0%, or 37.5% with those in agencies’ lists who have no account here. It may "
        "not be called met: of the systems 1 of 2 delivered what was due, and eleven months count."
        in words
    )


def test_the_page_of_coverage_names_who_owes_what(browser: TestClient, lists: Engine) -> None:
    words = read(browser, "/adoption/coverage")
    assert "At most 100.0% ; it may not be called met." in words
    assert "Systems that delivered every list that was due: 1 / 2" in words
    assert "G50.web G50 3 / 3 3 / 3 nothing" in words
    assert "H50.web H50 0 / 3 0 / 3 all of them –" in words
    assert "Central 1 1 100%" in words
    assert "20 more stand in agencies’ lists" in words
    agency = read(browser, "/adoption/agencies/H50")
    assert "Lists of its systems" in agency
    assert "H50.web 0 / 3 0 / 3 all of them" in agency
    month = read(browser, f"/adoption/coverage?month={BEFORE:%Y-%m}&page=9")
    assert "G50.web" in month


def test_few_local_sign_ins_are_starred(browser: TestClient, lists: Engine) -> None:
    """Sixteen are shown of a system; the month before it had none."""
    words = read(browser, "/adoption/coverage")
    assert re.search(r"G50\.web G50 3 / 3 3 / 3 nothing \d+%", words)
    earlier = read(browser, f"/adoption/coverage?month={BEFORE:%Y-%m}")
    assert re.search(r"G50\.web G50 2 / 2 2 / 2 nothing [–*]", earlier)


def test_what_is_starred_beside_few_is_not_called_few(browser: TestClient, owner: Engine) -> None:
    """Of 640 who use both tiers three were seen elsewhere: the 637 are starred, and are many."""
    strict = {"UNI_USED": 640, "UNI_STRICT": 637, "PART_LISTED": 900, "PART_UNKNOWN": 30}
    rows = {national("person", figure): n for figure, n in strict.items()}
    freeze(owner, LAST, {**rows, national(SYSTEM, "SYSTEMS_DUE"): 1})
    words = read(browser, "/adoption/coverage")
    assert "In 12 months 640 people and businesses used both" in words
    assert "no list shows anywhere past this sign-in: not told." in words
    assert "fewer than 10 people" not in words


def test_the_scores_take_them(browser: TestClient, lists: Engine) -> None:
    found = browser.get("/adoption/scores?kind=ministry").text
    unit = re.search(r'unit=([0-9a-f-]{36})">G50', found)
    assert unit is not None
    words = read(browser, f"/adoption/scores?kind=ministry&unit={unit[1]}")
    assert "Lists of local sign-ins delivered on time, of 12 100% (3 / 3) 6.0 / 6" in words


def test_lists_are_complete_when_every_system_delivered_all_of_them() -> None:
    values = {("person", "UNI_USED", "months_12"): 30, ("person", "PART_LISTED", "months_12"): 90}
    due = ("system", "SYSTEMS_DUE", "months_12")
    complete = ("system", "SYSTEMS_COMPLETE", "months_12")
    every = {("system", "SYSTEMS", "at_day"): 2, ("system", "LISTS_DELIVERED", "months_12"): 22}
    assert participation_of({**values, **every, due: 2, complete: 2}).is_complete
    assert not participation_of({**values, **every, due: 2, complete: 1}).is_complete
    new = {("system", "SYSTEMS", "at_day"): 2, ("system", "LISTS_DELIVERED", "months_12"): 2}
    one_month = participation_of({**values, **new, due: 2, complete: 2})
    assert not one_month.is_complete, "of eleven months there is one"
    assert not participation_of(values).is_complete
    many = {("person", "PART_UNKNOWN", "months_12"): 100}
    some = participation_of({**values, **many, due: 2, complete: 2})
    assert (some.at_most.percent, some.coverage) == (pytest.approx(100 / 3), 100)
    assert some.with_unknown.percent == pytest.approx(100 * 30 / 190)


def test_a_freeze_before_there_were_lists_counts_sign_ins_alone() -> None:
    old = participation_of(
        {("person", "UNI_USED", "months_12"): 3, ("person", "PART", "months_12"): 9}
    )
    assert old == Participation(3, 9, 0, None, 0, 0, has_every_month=True)
    assert not old.is_complete
    assert not old.has_lists
