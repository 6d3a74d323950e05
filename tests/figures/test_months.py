"""Frozen months: what a naive reader of the raw journal counts, a partition that adds up."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth
from idp.figures.rollup import roll_up
from idp.figures.slice_rows import State
from idp.figures.slices import by_place, funnel, national, outcomes, province_rates, read_month
from idp.journal.models import Outcome
from idp.journal.record import entry
from idp.places.load import load_places
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

FIRST, LAST = date(2025, 4, 10), date(2025, 9, 30)
"""Across the merger of 01/07/2025."""
AGENCIES = [uuid5(UUID(int=0), str(n)) for n in range(4)]
SEXES = ["female", "male", "other"]
OLD, NEW = {"49": "Quảng Nam", "48": "Đà Nẵng"}, "48"
"""Two provinces that became one, which kept the code of one of them."""


@pytest.fixture
def country(connection: Connection) -> Connection:
    load_places(Session(connection))
    return connection


def month_of(db: Session, day: date | None = None) -> FrozenMonth:
    month = read_month(db, day)
    assert month is not None
    return month


def close(connection: Connection, *, last: date = LAST) -> None:
    with clock_at(at(last + timedelta(days=1), 0, 5)):
        roll_up(connection, rules=RULES)


def lives(person: int, day: date, place: str, proofing: int = 1) -> Row:
    row = registered(person, day, proofing)
    row["data"]["place"] = place
    return row


def moved(person: int, day: date, place: str | None, valid_on: date | None = None) -> Row:
    data = {"place": place, "valid_on": (valid_on or day).isoformat()}
    return entry(event="person.place_changed", at=at(day), subject_number=person, data=data)


def ended(person: int, day: date, outcome: Outcome, reason: str | None = None) -> Row:
    return signed_in(person, day, "central") | {
        "event": "signin.refused" if outcome is Outcome.REFUSED else "signin.abandoned",
        "outcome": outcome,
        "reason": reason,
        "acr": None,
    }


def test_a_month_is_frozen_as_its_last_day_is_closed(country: Connection) -> None:
    write(country, lives(1, FIRST, "49"), *(signed_in(1, FIRST, t) for t in ("central", "commune")))
    close(country, last=date(2025, 4, 29))
    assert read_month(Session(country), None) is None
    close(country, last=date(2025, 4, 30))
    db = Session(country)
    month = month_of(db, date(2025, 4, 2))
    assert (month.number, month.month_on, month.revision) == (1, date(2025, 4, 30), 0)
    assert national(db, month)["person", "UNI_USED", "months_12"] == 1


def test_a_merged_provinces_past_is_the_sum_of_its_parts(country: Connection) -> None:
    write(country, lives(1, FIRST, "49"), lives(2, FIRST, "48"), lives(3, date(2025, 7, 2), "48"))
    for person in (1, 2, 3):
        day = date(2025, 7, 3) if person == 3 else FIRST
        write(country, *(signed_in(person, day, tier) for tier in ("central", "province")))
    close(country)
    db = Session(country)
    before, after = month_of(db, date(2025, 6, 1)), month_of(db, date(2025, 7, 1))
    uni = {r.code: r.uni_used for r in province_rates(db, before)}
    assert len(uni) == 34
    assert uni[NEW] == 2
    then = {r.name_vi: r.uni_used for r in province_rates(db, before, then=True)}
    assert len(then) == 63
    assert [then[name] for name in OLD.values()] == [1, 1]
    assert {r.code: r.uni_used for r in province_rates(db, after)}[NEW] == 3
    assert {r.code: r.uni_used for r in province_rates(db, after, then=True)}[NEW] == 3


def test_who_moves_counts_in_each_province_on_its_months(country: Connection) -> None:
    write(country, lives(1, FIRST, "01"), moved(1, date(2025, 6, 5), "79", date(2025, 5, 20)))
    close(country)
    db = Session(country)
    homes = [
        {code for code, figures in by_place(db, month_of(db, day)).items() if figures}
        for day in (FIRST, date(2025, 5, 1))
    ]
    assert homes == [{"01"}, {"79"}]
    assert by_place(db, month_of(db, LAST))["79"]["person", "REG", "at_day"] == 1


def test_an_unknown_place_is_a_row_of_its_own(country: Connection) -> None:
    write(country, registered(1, FIRST), lives(2, FIRST, "99"))
    close(country)
    db = Session(country)
    month = month_of(db)
    assert by_place(db, month)[""]["person", "REG", "at_day"] == 2


def test_a_merged_account_counts_as_the_one_that_stays(country: Connection) -> None:
    write(country, lives(1, FIRST, "01"), lives(2, FIRST, "01"))
    write(country, signed_in(1, FIRST, "central"), signed_in(2, FIRST, "province"))
    merged = status(2, date(2025, 6, 1), "merged")
    merged["data"] |= {"survivor": 1}
    write(country, merged)
    close(country)
    db = Session(country)
    before, after = month_of(db, date(2025, 5, 1)), month_of(db, date(2025, 6, 1))
    assert [funnel(db, m).states[State.BOTH] for m in (before, after)] == [0, 1]
    assert [funnel(db, m).registered for m in (before, after)] == [2, 1]


def test_sign_ins_that_began_are_the_sum_of_how_they_ended(country: Connection) -> None:
    day = date(2025, 9, 3)
    level = "unmet_authentication_requirements"
    write(country, lives(1, FIRST, "01"), lives(2, FIRST, "01"), lives(3, FIRST, "01"))
    write(country, signed_in(1, day, "central"), ended(1, day, Outcome.REFUSED, level))
    write(country, ended(2, day, Outcome.REFUSED, level), ended(3, day, Outcome.REFUSED, "denied"))
    write(country, ended(3, day, Outcome.ABANDONED))
    close(country)
    db = Session(country)
    month = month_of(db)
    of = outcomes(db, month)
    assert (of.begun, of.success, of.refused_level, of.refused, of.abandoned) == (5, 1, 2, 1, 1)
    assert of.reasons == {"denied": 1}
    states = {state: n for state, n in funnel(db, month).states.items() if n}
    assert states == {State.CENTRAL: 1, State.FOR_LEVEL: 1, State.TRIED: 1}


def history(random: random.Random, people: int) -> Iterator[Row]:
    """A made-up history: who registers, moves, is proven, leaves, merges, and signs in."""
    level = "unmet_authentication_requirements"
    days = (LAST - FIRST).days
    for person in range(1, people + 1):
        day = FIRST + timedelta(days=random.randrange(days))
        before = day < date(2025, 7, 1)
        place = random.choice(["01", "49", "48", "79", ""] if before else ["01", "48", "79"])
        row = registered(person, day, random.choice([0, 1, 1, 2]))
        if place:
            row["data"]["place"] = place
        if random.randrange(5):
            row["data"] |= {"born": random.randrange(1930, 2012), "sex": random.choice(SEXES)}
        yield row
        for _ in range(random.randrange(5)):
            on = day + timedelta(days=random.randrange(max((LAST - day).days, 1)))
            match random.randrange(8):
                case 0:
                    again = proofed(person, on, random.choice([0, 1, 2]))
                    again["data"] |= random.choice([{}, {"born": random.randrange(1930, 2012)}])
                    yield again
                case 1:
                    yield status(person, on, random.choice(["closed", "active", "suspended"]))
                case 2:
                    yield moved(person, on, "01", on - timedelta(days=random.randrange(40)))
                case 3:
                    refused = ended(person, on, Outcome.REFUSED, random.choice([level, "no"]))
                    yield refused | {"data": _means(random, is_found=bool(random.randrange(2)))}
                case 4:
                    yield ended(person, on, Outcome.ABANDONED) | {"data": _means(random)}
                case 5 if person > 1:
                    merged = status(person, on, "merged")
                    merged["data"] |= {"survivor": random.randrange(1, person)}
                    yield merged
                case _:
                    tier = random.choice(["central", "province", "commune", None])
                    yield signed_in(
                        person,
                        on,
                        tier,
                        random.choice(["LoA1", "LoA2", "LoA3"]),
                        agency_id=random.choice(AGENCIES) if tier else None,
                        data=_means(random, is_found=True),
                    )


def _means(random: random.Random, *, is_found: bool = False) -> dict[str, str]:
    if not random.randrange(4):
        return {}
    means = {"device_class": random.choice(["phone", "kiosk"]), "language": random.choice("ve")}
    return means | ({"method": random.choice(["pwd", "pwd otp mfa"])} if is_found else {})


def naive(connection: Connection, last: date, window_from: date) -> dict[str, Any]:
    """The month's figures from raw rows, one person at a time."""
    rows = connection.execute(
        text("SELECT * FROM journal_entry WHERE counted ORDER BY at, id")
    ).all()
    facts = []
    for order, row in enumerate(rows):
        on = row.at.astimezone(ZONE).date()
        valid_on = row.data.get("valid_on")
        facts.append((date.fromisoformat(valid_on) if valid_on else on, order, row))
    people: dict[int, dict[str, Any]] = {}
    for on, _, row in sorted(facts, key=lambda fact: fact[:2]):
        if on > last or row.outcome:
            continue
        person = people.setdefault(row.subject_number, {"place": None, "into": None})
        match row.event:
            case "person.registered":
                person |= {"live": True, "proofing": row.data["proofing"]}
                if "place" in row.data:
                    old = on < date(2025, 7, 1)
                    person["place"] = NEW if old and row.data["place"] in OLD else row.data["place"]
            case "person.proofed":
                person["proofing"] = row.data["proofing"]
            case "person.place_changed":
                person["place"] = row.data["place"]
            case "person.status_changed":
                person["live"] = row.data["status"] in {"active", "suspended"}
                person["into"] = row.data.get("survivor")
    did: dict[int, set[str]] = {}
    for on, _, row in facts:
        if not row.outcome or not window_from <= on <= last:
            continue
        number, steps = row.subject_number, 0
        while people.get(number, {}).get("into") and steps < len(people):
            number, steps = people[number]["into"], steps + 1
        mine = did.setdefault(number, set())
        if row.outcome == "success":
            mine.add("any")
            if row.acr != "LoA1":
                mine.add("strong")
                if row.tier:
                    mine.add("central" if row.tier == "central" else "local")
        else:
            mine.add("level" if row.reason == "unmet_authentication_requirements" else "tried")
    states: Counter[tuple[str, str]] = Counter()
    for number, person in people.items():
        if person.get("live"):
            states[person["place"] or "", state_of(person["proofing"], did.get(number, set()))] += 1
    return dict(states)


def state_of(proofing: int, did: set[str]) -> str:
    if not proofing:
        return State.NOT_PROVEN
    if "strong" in did:
        central, local = "central" in did, "local" in did
        one = State.CENTRAL if central else State.LOCAL if local else State.NO_TIER
        return State.BOTH if central and local else one
    if "any" in did:
        return State.WEAK
    if "tried" in did:
        return State.TRIED
    return State.FOR_LEVEL if "level" in did else State.NEVER_TRIED


@settings(max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_the_funnel_is_what_a_naive_reader_counts_and_adds_up(owner: Engine, seed: int) -> None:
    with owner.connect() as connection:
        load_places(Session(connection))
        write(connection, *history(random.Random(seed), people=25))
        close(connection)
        db = Session(connection)
        for day in (date(2025, 6, 30), date(2025, 7, 31), LAST):
            month = month_of(db, day)
            counted = naive(connection, day, date(2024, 1, 1))
            places = by_place(db, month)
            found = {
                (code, State(figure)): n
                for code, figures in places.items()
                for (kind, figure, window), n in figures.items()
                if kind == "person" and figure.startswith("FUNNEL") and window == "months_12"
            }
            assert found == counted
            for window, start in (("months_3", 2), ("months_1", 0)):
                first = date(day.year, day.month - start, 1)
                wanted = Counter[str]()
                for (_, state), n in naive(connection, day, first).items():
                    wanted[state] += n
                states = funnel(db, month, window=window).states
                assert {s: n for s, n in states.items() if n} == dict(wanted)
            nation, sums = national(db, month), funnel(db, month)
            assert sums.registered == nation.get(("person", "REG", "at_day"), 0)
            assert sums.proven == nation.get(("person", "VER1", "at_day"), 0)
            assert sums.active == nation.get(("person", "ACT", "months_12"), 0)
            both = sums.states[State.BOTH]
            assert both == nation.get(("person", "UNI_USED", "months_12"), 0)
        connection.rollback()
