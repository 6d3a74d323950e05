"""Rolling windows: what a naive reader of the raw journal counts, day by day and place by place."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from idp.factors.models import Authenticator
from idp.figures.rolling import WINDOWS, first_day
from idp.figures.rolling_days import read_rolling, rebuild_windows, roll_windows, verify_rolling
from idp.figures.rollup import roll_up
from idp.figures.slice_rows import SliceKey, State
from idp.figures.slices import national, read_month
from idp.kit.db import make_engine
from idp.places.load import load_places
from tests.figures.committed import add, close, still_open
from tests.figures.history import (
    RULES,
    Row,
    at,
    clock_at,
    organization_registered,
    organization_status,
    registered,
    represents,
    signed_in,
    status,
    write,
)
from tests.figures.test_months import AGENCIES, LAST, history, lives, moved, naive
from tests.support.people import add_person
from tests.support.postgres import Database

DAY = timedelta(days=1)
ACTIVE = {State.NO_TIER, State.CENTRAL, State.LOCAL, State.BOTH}


@pytest.fixture
def committed(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url, pool_size=5)
    with Session(engine) as db, db.begin():
        load_places(db)
    yield engine
    engine.dispose()


@pytest.fixture
def country(connection: Connection) -> Connection:
    load_places(Session(connection))
    return connection


def roll(connection: Connection, last: date) -> dict[SliceKey, int]:
    """As a node does after midnight."""
    with clock_at(at(last + DAY, 0, 5)):
        roll_up(connection, rules=RULES)
        assert roll_windows(connection) == last
    return read_rolling(connection, last)


def of(rows: dict[SliceKey, int], figure: str, window: str, code: str = "", kind: str = "") -> int:
    dimension = "agency" if len(code) > 5 else "place" if code else "country"
    return rows.get(SliceKey(dimension, code, kind or "person", figure, window), 0)


def each(rows: dict[SliceKey, int], figure: str, code: str = "", kind: str = "") -> list[int]:
    """Over 30, 90 and 365 days."""
    return [of(rows, figure, window, code, kind) for window in WINDOWS]


def use_both(person: int, when: Any, **more: Any) -> list[dict[str, Any]]:
    return [signed_in(person, when, tier, **more) for tier in ("central", "province")]


def busy(seed: int, people: int) -> Iterator[Row]:
    """Such a history, in which half of the people use both tiers, some of them long ago."""
    drawn = random.Random(seed)
    yield from history(drawn, people)
    for person in range(1, people + 1, 2):
        for tier in ("central", "commune"):
            day = LAST - timedelta(days=drawn.choice((0, 1, 29, 30, 31, 89, 90, 120)))
            yield signed_in(person, day, tier, agency_id=drawn.choice(AGENCIES))


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), back=st.integers(0, 40))
def test_every_window_is_what_a_naive_reader_counts(owner: Engine, seed: int, back: int) -> None:
    """With merges, closures, places that changed (also found late), at any day."""
    last = LAST - back * DAY
    with owner.connect() as connection:
        load_places(Session(connection))
        write(connection, *busy(seed, people=25))
        rows = roll(connection, last)
        for window in WINDOWS:
            counted = naive(connection, last, first_day(last, window))
            for code in {place for place, _ in counted} | {"01", "48", "79"}:
                states = {state: n for (place, state), n in counted.items() if place == code}
                key = SliceKey("place", code, "person", "UNI_USED", window)
                assert rows.get(key, 0) == states.get(State.BOTH, 0)
                active = sum(n for state, n in states.items() if state in ACTIVE)
                assert rows.get(key._replace(figure="ACT"), 0) == active
                registered_there = sum(states.values())
                at_day = key._replace(figure="REG", window_name="at_day")
                assert rows.get(at_day, 0) == registered_there
            for agency in AGENCIES:
                wanted = naive_agency(connection, last, first_day(last, window), str(agency))
                key = SliceKey("agency", str(agency), "person", "ACT", window)
                assert rows.get(key, 0) == wanted
        assert verify_rolling(Session(connection), last)[1] == []
        connection.rollback()


def naive_agency(connection: Connection, last: date, since: date, agency: str) -> int:
    """Proven people with a strong success there, one row at a time."""
    proven: dict[int, tuple[bool, int, int | None]] = {}
    facts = connection.execute(
        text(
            "SELECT subject_number, event, data, (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS on_ "
            "FROM journal_entry WHERE outcome IS NULL ORDER BY at, id"
        )
    ).all()
    for number, event, data, on in facts:
        if on > last or event == "person.place_changed":
            continue
        live, proofing, into = proven.get(number, (False, 0, None))
        if event == "person.registered":
            live, proofing = True, data["proofing"]
        elif event == "person.proofed":
            proofing = data["proofing"]
        else:
            live, into = data["status"] in {"active", "suspended"}, data.get("survivor")
        proven[number] = live, proofing, into
    used = connection.scalars(
        text(
            "SELECT subject_number FROM journal_entry WHERE outcome = 'success' AND acr >= 'LoA2' "
            "AND agency_id::text = :agency "
            "AND (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date BETWEEN :since AND :last"
        ),
        {"agency": agency, "since": since, "last": last},
    )
    people = set()
    for number in used:
        while proven.get(number, (False, 0, None))[2]:
            number = proven[number][2]  # noqa: PLW2901 - up to who stays
        if number in proven and proven[number][0] and proven[number][1]:
            people.add(number)
    return len(people)


def test_a_day_begins_and_ends_at_the_countrys_midnight(country: Connection) -> None:
    last = date(2026, 3, 31)
    write(country, *(registered(n, date(2025, 1, 1)) for n in range(1, 6)))
    write(country, *use_both(1, at(last, 23, 59)), *use_both(2, at(last + DAY, 0, 0)))
    write(country, *use_both(3, at(last - 29 * DAY, 0, 0)))
    write(country, *use_both(4, at(last - 30 * DAY, 23, 59)))
    write(country, *use_both(5, at(last - 365 * DAY, 23, 59)))
    rows = roll(country, last)
    assert each(rows, "UNI_USED") == [2, 3, 3]
    later = roll(country, last + DAY)
    assert each(later, "UNI_USED") == [2, 4, 4]


def test_a_window_of_whole_months_is_the_frozen_month(country: Connection) -> None:
    """365 days to 30/09/2025 are twelve months; its 30 days are September."""
    write(country, *busy(5, people=60))
    rows = roll(country, LAST)
    db = Session(country)
    month = read_month(db, LAST)
    assert month is not None
    frozen = national(db, month)
    for figure in ("ACT", "UNI_USED", "UNI_STRICT", "PART"):
        for window, name in (("rolling_365", "months_12"), ("rolling_30", "months_1")):
            assert of(rows, figure, window) == frozen.get(("person", figure, name), 0)
    assert of(rows, "UNI_USED", "rolling_365") > 0


def test_who_moves_closes_or_merges_counts_where_they_are_now(country: Connection) -> None:
    last = date(2026, 3, 31)
    write(country, *(lives(n, date(2026, 3, 1), "01") for n in range(1, 5)))
    for person in (1, 2):
        write(country, *use_both(person, date(2026, 3, 2)))
    write(country, signed_in(3, date(2026, 3, 2), "central"))
    write(country, signed_in(4, date(2026, 3, 2), "commune"))
    write(country, moved(1, date(2026, 3, 20), "79", date(2026, 3, 10)))
    write(country, status(2, date(2026, 3, 21), "closed"))
    merged = status(4, date(2026, 3, 22), "merged")
    merged["data"] |= {"survivor": 3}
    write(country, merged)
    for day, wanted in (
        (date(2026, 3, 9), [2, 2, 0]),
        (date(2026, 3, 10), [2, 1, 1]),
        (date(2026, 3, 21), [1, 0, 1]),
        (last, [2, 1, 1]),
    ):
        rows = roll(country, day)
        assert [of(rows, "UNI_USED", "rolling_30", c) for c in ("", "01", "79")] == wanted


def test_what_commits_late_counts_on_its_own_day(committed: Engine) -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 30)
    add(committed, registered(1, first), registered(2, first))
    with still_open(committed, *use_both(1, at(first, 12)), *use_both(2, at(last, 12))):
        close(committed, last)
        with committed.begin() as connection:
            assert roll_windows(connection) == last
            assert each(read_rolling(connection, last), "UNI_USED") == [0, 0, 0]
    for day, wanted in ((last + DAY, [1, 2, 2]), (last + 30 * DAY, [0, 2, 2])):
        close(committed, day)
        with committed.begin() as connection:
            roll_windows(connection)
            assert each(read_rolling(connection, day), "UNI_USED") == wanted
            assert verify_rolling(Session(connection), day)[1] == []
            assert verify_rolling(Session(connection), last)[1] == []


def test_organizations_count_by_kind_and_place_under_who_represents_them(
    country: Connection,
) -> None:
    day = date(2026, 3, 2)
    write(country, registered(1, day, proofing=2))
    for number, place in ((7, "01"), (8, "79"), (9, "79")):
        row = organization_registered(number, day, "household" if number == 9 else "enterprise")
        row["data"]["place"] = place
        write(country, row, represents(1, number, day))
        write(country, *use_both(1, day, organization_number=number))
    write(country, organization_status(8, date(2026, 3, 20), "closed"))
    rows = roll(country, date(2026, 3, 10))
    assert each(rows, "UNI_USED", kind="enterprise") == [2, 2, 2]
    assert each(rows, "ACT", "79", kind="enterprise") == [1, 1, 1]
    assert each(rows, "UNI_USED", kind="household") == [1, 1, 1]
    rows = roll(country, date(2026, 3, 31))
    assert each(rows, "UNI_USED", kind="enterprise") == [1, 1, 1]
    rows = roll(country, date(2026, 4, 15))
    assert each(rows, "UNI_USED", "01", kind="enterprise") == [0, 1, 1]


def test_days_are_kept_400_days_and_then_go(committed: Engine) -> None:
    last = date(2026, 3, 31)
    add(committed, registered(1, date(2024, 1, 1)))
    for ago in (0, 364, 365, 399, 400, 500):
        add(committed, *use_both(1, last - ago * DAY))
    close(committed, last)
    for day, kept in ((last, [399, 365, 364, 0]), (last + DAY, [366, 365, 1])):
        close(committed, day)
        with committed.begin() as connection:
            roll_windows(connection)
            assert days_kept(connection, day) == kept


def days_kept(connection: Connection, last: date) -> list[int]:
    days = connection.scalars(text("SELECT DISTINCT day_on FROM adoption_day_set ORDER BY 1"))
    return [(last - day).days for day in days]


def test_counting_twice_changes_nothing_and_rebuilding_gives_the_same(committed: Engine) -> None:
    add(committed, *busy(3, people=30))
    for day in (LAST - 20 * DAY, LAST):
        close(committed, day)
        with committed.begin() as connection:
            assert roll_windows(connection) == day
    with committed.begin() as connection:
        rows, sets = read_rolling(connection, LAST), kept_sets(connection)
        assert roll_windows(connection) is None
        assert rebuild_windows(connection) == LAST
        assert (read_rolling(connection, LAST), kept_sets(connection)) == (rows, sets)
        assert len(sets) > 50


def kept_sets(connection: Connection) -> list[Any]:
    return list(
        connection.execute(
            text(
                "SELECT day_on, subject_kind, dimension, code, bitmap FROM adoption_day_set "
                "ORDER BY 1, 2, 3, 4"
            )
        )
    )


def test_a_forged_figure_is_told(committed: Engine) -> None:
    add(committed, *busy(3, people=30))
    close(committed, LAST)
    with committed.begin() as connection:
        roll_windows(connection)
        assert verify_rolling(Session(connection))[1] == []
        connection.execute(text("UPDATE adoption_rolling SET value = 99 WHERE figure = 'REG'"))
        told = verify_rolling(Session(connection))[1]
        assert {each.figure for each in told} == {"REG"}


def test_who_could_sign_in_everywhere_is_proven_and_has_a_second_factor_in_use(
    country: Connection,
) -> None:
    day, db = date(2026, 3, 2), Session(country, join_transaction_mode="create_savepoint")
    for values in (
        {},
        {"locked_at": at(day)},
        {"removed_at": at(day)},
        {"suspended_until": at(day)},
        {"confirmed_at": None},
        {"carries_proofing": 0},
        {"kind": "recovery_code"},
        None,
    ):
        person = add_person(db, at=at(day))
        write(country, registered(person.subject_number, day))
        if values is not None:
            usual = {"kind": "totp", "carries_proofing": 2, "confirmed_at": at(day)}
            own = {"person_id": person.id, "carries_from": at(day), "created_at": at(day)}
            db.add(Authenticator(**{**usual, **own, **values}))
    unproven = add_person(db, at=at(day))
    write(country, registered(unproven.subject_number, day, proofing=0))
    db.flush()
    rows = roll(country, day)
    assert (of(rows, "VER1", "at_day"), of(rows, "UNI_REACH", "at_day")) == (8, 1)
