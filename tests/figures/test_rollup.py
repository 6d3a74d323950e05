"""Closed figures equal what a naive reader of the raw journal counts."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from idp.figures.board import read_board
from idp.figures.models import AdoptionFigure
from idp.figures.recount import rebuild
from idp.figures.rollup import roll_up
from idp.settings.people import Target
from tests.figures.history import (
    RULES,
    ZONE,
    Row,
    at,
    clock_at,
    proofed,
    registered,
    signed_in,
    status,
    write,
)

FIRST = date(2024, 11, 20)
LAST = date(2026, 4, 30)
"""A month end, so that whole months are compared too."""


def close(connection: Connection, *, last: date = LAST) -> list[date]:
    with clock_at(at(last + timedelta(days=1), 0, 5)):
        return roll_up(connection, rules=RULES)


def figure(
    connection: Connection, day: date, name: str, window: str, kind: str = "person"
) -> int | None:
    row = Session(connection).get(AdoptionFigure, (day, kind, name, window, 0))
    return row.value if row else None


def figures_of(connection: Connection, last: date = LAST) -> dict[str, int | None]:
    return {
        name: figure(connection, last, name, window)
        for name, window in {
            "REG": "at_day",
            "VER1": "at_day",
            "VER2": "at_day",
            "ACT": "rolling_365",
            "UNI_USED": "rolling_365",
            "PART": "rolling_365",
        }.items()
    }


def naive(connection: Connection, day: date, window_from: date) -> dict[str, int]:
    """The same figures from raw rows, one person at a time."""
    rows = connection.execute(text("SELECT * FROM journal_entry WHERE counted ORDER BY at")).all()
    people: dict[int, dict[str, Any]] = {}
    for row in rows:
        on = row.at.astimezone(ZONE).date()
        if on > day:
            continue
        person = people.setdefault(
            row.subject_number, {"live": False, "proofing": 0, "tiers": set(), "any": False}
        )
        if row.event == "person.registered":
            person |= {"live": True, "proofing": row.data["proofing"]}
        elif row.event == "person.proofed":
            person["proofing"] = row.data["proofing"]
        elif row.event == "person.status_changed":
            person["live"] = row.data["status"] in {"active", "suspended"}
        elif row.event == "signin.succeeded" and on >= window_from:
            person["any"] = True
            if row.acr != "LoA1":
                person["tiers"].add("central" if row.tier == "central" else "local")
    live = [person for person in people.values() if person["live"]]
    return {
        "REG": len(live),
        "VER1": sum(p["proofing"] >= 1 for p in live),
        "VER2": sum(p["proofing"] >= 2 for p in live),
        "ACT": sum(p["proofing"] >= 1 and bool(p["tiers"]) for p in live),
        "UNI_USED": sum(len(p["tiers"]) == 2 for p in live),
        "PART": sum(p["any"] for p in live),
    }


def made_up_history(people: int = 200) -> Iterable[Row]:
    """People who register, are proofed up and down, close, return, and sign in now and then."""
    chance = random.Random(7)
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    for person in range(1, people + 1):
        start = chance.choice(days)
        later = [day for day in days if day > start] or [start]
        yield registered(person, start, chance.randrange(3), counted=chance.random() > 0.1)
        if chance.random() < 0.4:
            yield proofed(person, chance.choice(later), chance.randrange(3))
        if chance.random() < 0.4:
            closing, returning = sorted(chance.choices(later, k=2))
            yield status(person, closing, chance.choice(["closed", "suspended", "deceased"]))
            if chance.random() < 0.5 and returning > closing:
                yield status(person, returning, "active")
        for _ in range(chance.randrange(12)):
            day = chance.choice(later)
            when = at(day, chance.choice([0, 6, 23]), chance.choice([0, 59]))
            yield signed_in(
                person,
                when,
                chance.choice(["central", "province", "commune", "district"]),
                chance.choice(["LoA1", "LoA2", "LoA3"]),
                counted=chance.random() > 0.2,
            )


def test_three_past_days_equal_a_naive_recomputation(connection: Connection) -> None:
    write(connection, *sorted(made_up_history(), key=lambda row: row["at"]))
    close(connection)
    for day in (date(2025, 8, 14), date(2025, 12, 31), LAST):
        expected = naive(connection, day, day - timedelta(days=364))
        assert figures_of(connection, day) == expected
        assert expected["UNI_USED"] > 0
    whole_months = naive(connection, LAST, date(2025, 5, 1))
    for name in ("ACT", "UNI_USED", "PART"):
        assert figure(connection, LAST, name, "months_12") == whole_months[name]
    board = read_board(Session(connection), target=Target(percent=20))
    assert board is not None
    assert board.as_of == LAST
    assert board.values["person", "UNI_USED", "rolling_365"] == figures_of(connection)["UNI_USED"]


def test_closing_in_steps_equals_closing_at_once_and_rebuilding(connection: Connection) -> None:
    write(connection, *sorted(made_up_history(60), key=lambda row: row["at"]))
    for last in (date(2025, 2, 3), date(2025, 2, 4), date(2025, 12, 31), LAST):
        assert close(connection, last=last)[-1] == last
    everything = text("SELECT * FROM adoption_figure ORDER BY 1, 2, 3, 4")
    sets = text("SELECT * FROM adoption_bitmap ORDER BY 1, 2, 3")
    in_steps = [connection.execute(each).all() for each in (everything, sets)]
    assert close(connection) == []
    rebuilt = rebuild(Session(connection))
    assert rebuilt.days[-1] == LAST
    assert rebuilt.differences == ()
    assert [connection.execute(each).all() for each in (everything, sets)] == in_steps


def test_the_statement_in_the_documentation_counts_uni_used(connection: Connection) -> None:
    page = (Path(__file__).parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")
    statement = page[page.index("    SELECT count(*)") : page.index(" both_tiers")] + " both_tiers"
    write(
        connection,
        *(registered(person, FIRST) for person in range(1, 5)),
        *both(1),
        *both(2, acr="LoA1"),
        *both(3, counted=False),
        signed_in(4, LAST - timedelta(days=365), "central"),
        signed_in(4, LAST, "province"),
    )
    close(connection)
    counted = connection.scalar(text(statement), {"until": at(LAST + timedelta(days=1), 0)})
    assert counted == figures_of(connection)["UNI_USED"] == 1


def both(person: int, **more: Any) -> list[Row]:
    return [signed_in(person, LAST, "central", **more), signed_in(person, LAST, "commune", **more)]


@pytest.mark.parametrize(
    ("rows", "is_used"),
    [
        (both(1), True),
        (both(1, acr="LoA1"), False),
        (both(1, counted=False), False),
        ([signed_in(1, LAST, "central"), signed_in(1, LAST, "central")], False),
        ([signed_in(1, LAST, "province"), signed_in(1, LAST, "commune")], False),
        ([signed_in(1, LAST, "central"), signed_in(1, LAST, None)], False),
        (
            [signed_in(1, LAST - timedelta(days=364), "central"), signed_in(1, LAST, "province")],
            True,
        ),
        (
            [signed_in(1, LAST - timedelta(days=365), "central"), signed_in(1, LAST, "province")],
            False,
        ),
        ([*both(1), status(1, LAST, "closed")], False),
        ([*both(1), status(1, LAST, "suspended")], True),
    ],
    ids=[
        "both",
        "LoA1",
        "not counted",
        "central only",
        "local only",
        "tier unknown",
        "first day of the window",
        "before the window",
        "closed the same day",
        "suspended",
    ],
)
def test_what_makes_a_person_uni_used(
    connection: Connection, rows: list[Row], is_used: bool
) -> None:
    write(connection, registered(1, FIRST), *rows)
    close(connection)
    assert figures_of(connection)["UNI_USED"] == int(is_used)


def test_the_day_ends_at_midnight_in_vietnam(connection: Connection) -> None:
    write(
        connection,
        registered(1, FIRST),
        signed_in(1, at(LAST, 23, 59), "central"),
        signed_in(1, at(LAST + timedelta(days=1), 0, 0), "province"),
    )
    close(connection)
    assert figures_of(connection)["UNI_USED"] == 0
    close(connection, last=LAST + timedelta(days=1))
    assert figures_of(connection, LAST + timedelta(days=1))["UNI_USED"] == 1
