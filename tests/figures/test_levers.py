"""What could move a frozen month: levers, cases of months before, who moved; from one freeze."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from idp.figures.action_rows import ABOUT, AT_MOST, CASES, DONE, REACHED, Of, Offer, Unit
from idp.figures.actions import MonthActions, read_month_actions
from idp.figures.freeze import read_month_rows
from idp.figures.ground import CASE, DEPTH, Ground
from idp.figures.levers import lever_rows, moved_rows
from idp.figures.month_recount import revise, verify_months
from idp.figures.slice_rows import ActionKey, State, hash_of
from idp.figures.slices import funnel, list_freezes, list_months, national, read_month
from idp.figures.stood import Stood
from idp.journal.models import Outcome
from idp.kit.db import make_engine
from idp.places.load import load_places
from tests.figures.committed import add, close, still_open
from tests.figures.history import Row, proofed, registered, signed_in, status
from tests.figures.test_months import ended
from tests.support.postgres import Database

PEOPLE = 60
FIRST, LAST = date(2024, 1, 5), date(2026, 2, 28)
YEAR = "months_12"


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    with Session(engine) as db, db.begin():
        load_places(db)
    yield engine
    engine.dispose()


def lives(person: int, day: date, place: str, proofing: int = 1) -> Row:
    row = registered(person, day, proofing)
    row["data"]["place"] = place
    return row


def history(seed: int) -> Iterator[Row]:
    """Two years in which people come, are proven, fail, use one tier or both, stop and close."""
    draw = Random(seed)
    days = [date(year, month, 7) for year in (2024, 2025) for month in range(1, 13)]
    days += [date(2026, 1, 7), date(2026, 2, 7)]
    for person in range(1, PEOPLE + 1):
        start = draw.randrange(len(days) - 2)
        yield lives(person, days[start], draw.choice(["01", "79"]), draw.choice([0, 1]))
        if draw.random() < 0.5:
            yield proofed(person, draw.choice(days[start:]), 1)
        for _ in range(draw.randrange(6)):
            day = draw.choice(days[start:])
            if draw.random() < 0.3:
                yield ended(person, day, Outcome.REFUSED, draw.choice(["access_denied", None]))
            else:
                yield signed_in(person, day, draw.choice(["central", "commune"]))
        if draw.random() < 0.1:
            yield status(person, draw.choice(days[start + 1 :]), "closed")


def actions(db: Session, day: date = LAST) -> MonthActions:
    month = read_month(db, day)
    assert month is not None
    found = read_month_actions(db, month)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_freeze_is_recounted_to_the_digit_and_who_moved_adds_up(owner: Engine, seed: int) -> None:
    rows = list(history(seed))
    add(owner, *rows)
    close(owner, date(2025, 12, 31))
    with still_open(owner, *(signed_in(n, date(2025, 12, 9), "central") for n in (1, 2, 3))):
        close(owner, date(2026, 1, 31))
    close(owner, LAST)
    with Session(owner) as db:
        found = verify_months(db)
        assert (found.differences, found.altered) == ((), ())
        months = list_months(db)
        for before, month in pairwise(months):
            moved = actions(db, month.month_on).moved
            now, then = Counter[str](), Counter[str]()
            for (was, state), size in moved.items():
                now[state] += size
                then[was] += size
            for state in State:
                assert now[state] == funnel(db, month).states[state]
            late = then[State.BOTH] - funnel(db, before).states[State.BOTH]
            change = actions(db, month.month_on).change
            used, used_now = (
                national(db, m).get(("person", "UNI_USED", YEAR), 0) for m in (before, month)
            )
            assert sum(change.values()) + late == used_now - used
            if month.month_on < date(2026, 1, 1):
                assert all(then[s] == funnel(db, before).states[s] for s in State)


def test_an_altered_row_is_told(owner: Engine) -> None:
    add(owner, *history(1))
    close(owner, LAST)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE adoption_action DISABLE TRIGGER append_only"))
        connection.execute(
            text("UPDATE adoption_action SET value = value + 1 WHERE lever = 'L5' AND figure = "
                 "'AT_MOST' AND freeze_number = (SELECT max(number) FROM adoption_month)")
        )  # fmt: skip
    with Session(owner) as db:
        found = verify_months(db, LAST)
    (difference,) = found.differences
    assert (difference.figure, difference.window) == ("L5", AT_MOST)
    assert found.altered == ("2026-02 (0)",)


def test_months_frozen_before_this_was_counted_stay_as_they_are(owner: Engine) -> None:
    """Their hash covers their figures alone; verifying or revising them adds nothing silently."""
    add(owner, *history(2))
    close(owner, LAST)
    with owner.begin() as connection, Session(connection) as db:
        for table in ("adoption_action", "adoption_month"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
        connection.execute(text("DELETE FROM adoption_action"))
        for freeze in list_freezes(db):
            rows = read_month_rows(connection, freeze.number)
            connection.execute(
                text("UPDATE adoption_month SET definitions_version = '2026-12.lists', "
                     "rows_hash = :hash WHERE number = :number"),
                {"hash": hash_of(freeze.month_on, rows), "number": freeze.number},
            )  # fmt: skip
        for table in ("adoption_action", "adoption_month"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER append_only"))
    with Session(owner) as db, db.begin():
        found = verify_months(db)
        assert (found.differences, found.altered) == ((), ())
        assert revise(db, LAST, reason="nothing was found") == (None, [])
        month = read_month(db, LAST)
        assert month is not None
        assert read_month_actions(db, month) is None


def test_desks_and_the_lapsed_are_estimated_from_cases_of_months_before(owner: Engine) -> None:
    """Each month one is proven who half a year later uses both tiers; and one who does not."""
    rows: list[Row] = []
    days = [date(2024 + n // 12, n % 12 + 1, 5) for n in range(26)]
    for number, day in enumerate(days[:14]):
        for person in (2 * number + 1, 2 * number + 2):
            rows += [lives(person, day, "01", 0), proofed(person, days[number + 1], 1)]
        rows += [signed_in(2 * number + 1, days[number + 3], t) for t in ("central", "commune")]
    rows += [lives(100 + n, days[0], "01", 0) for n in range(10)]
    add(owner, *rows)
    close(owner, LAST)
    with Session(owner) as db:
        found = actions(db)
    desks = found.levers["place", "01", "person", Of.DESKS]
    assert desks.cases >= 10
    assert (desks.at_most, desks.about) == (10, 5), "of two proven a month one came"
    assert found.own("place", "01") == (desks,)
    lapsed = found.levers["country", "", "person", Of.LAPSED]
    assert lapsed.at_most, "who came in 2024 is not there in the 12 months to 02/2026"
    assert found.best[0] == desks


def test_failures_reach_those_who_lack_the_tier_at_which_they_failed(owner: Engine) -> None:
    add(owner, *(lives(n, FIRST, "01") for n in (1, 2, 3)))
    day = date(2026, 2, 3)
    add(owner, signed_in(1, day, "commune"), ended(1, day, Outcome.REFUSED, "access_denied"))
    add(owner, signed_in(2, day, "central"), ended(2, day, Outcome.REFUSED, "access_denied"))
    add(owner, ended(3, day, Outcome.ABANDONED))
    close(owner, LAST)
    with Session(owner) as db:
        levers = actions(db).levers
    denied = levers["country", "", "person", "L3 access_denied"]
    assert (denied.at_most, denied.about, denied.cases) == (1, None, 0)
    assert levers["country", "", "person", "L3 abandoned"].at_most == 1


members = st.sets(st.integers(0, 40)).map(BitMap)


@st.composite
def stood(draw: Any) -> Stood:
    states = {state: BitMap() for state in State}
    for person in range(40):
        state = draw(st.sampled_from([None, *State]))
        if state is not None:
            states[state].add(person)
    return Stood(states, BitMap(), BitMap(), BitMap())


@st.composite
def grounds(draw: Any) -> Ground:
    months = {ago: draw(stood()) if ago < 2 else Stood(_nobody(), *_NONE) for ago in _MONTHS}
    units = {Unit("ministry", "m"): 2, Unit("place", "01"): 1}
    return Ground(
        stood=months,
        homes={"01": draw(members), "79": draw(members)},
        failed={0: {"abandoned central": draw(members)}, CASE: {}},
        used={},
        began=frozenset(),
        offer=Offer(waiting=units, systems={"s": Unit("ministry", "m"), "t": Unit("place", "01")}),
        lists={"s": draw(members)},
    )


_MONTHS = range(DEPTH + 1)
_NONE = (BitMap(), BitMap(), BitMap())


def _nobody() -> dict[State, BitMap]:
    return {state: BitMap() for state in State}


pools = st.lists(st.tuples(st.integers(0, 9), st.just(10)), min_size=3, max_size=5)


@given(grounds(), pools)
def test_every_choice_is_a_union_within_those_who_are_not_there(
    ground: Ground, cases: list[tuple[int, int]]
) -> None:
    """Acceptance 12.6: at most the sum, at most the one-sided and the not active."""
    pool = {
        (lever, "", ""): cases for lever in ("L1 central", "L1 local", "L3 abandoned", Of.LAPSED)
    } | {(Of.DESKS, "place", place): cases for place in ("01", "79")}
    rows = dict(lever_rows(ground, pool))
    now = ground.stood[0]
    best = sorted((rows[key], key) for key in rows if key.figure == "RANK")
    for key, value in rows.items():
        if not key.lever.startswith("TOGETHER") or key.figure not in {AT_MOST, ABOUT}:
            continue
        ranks = {int(rank) for rank in key.lever.split()[1:]}
        alone = [rows[of._replace(figure=key.figure)] for rank, of in best if rank in ranks]
        assert value <= sum(alone) + len(alone), "each is cut down by itself"
        assert value >= max(alone)
        assert value <= len(now.live - now.both)


@given(grounds())
def test_without_a_list_nothing_is_known_of_a_system_and_with_one_who_needs_it(
    ground: Ground,
) -> None:
    rows = dict(lever_rows(ground, {}))

    def figure(system: str, tier: str, name: str) -> int | None:
        return rows.get(ActionKey("system", system, "person", f"L1 {tier}", name))

    assert figure("t", "local", AT_MOST) is None
    assert figure("t", "local", CASES) == 0
    reached = ground.stood[0].states[State.LOCAL] & ground.lists["s"]
    assert figure("s", "central", AT_MOST) == len(reached)
    assert figure("s", "central", ABOUT) is None, "no past case, no estimate"


@given(grounds())
def test_the_matrix_has_both_months_as_its_margins(ground: Ground) -> None:
    rows = dict(moved_rows(ground))
    for ago, at in ((1, "lever"), (0, "figure")):
        sums = Counter[str]()
        for key, size in rows.items():
            if key.lever.startswith("WAS "):
                sums[getattr(key, at).removeprefix("WAS ")] += size
        for state, some in ground.stood[ago].states.items():
            assert sums[state] == len(some)
    change = sum(size for key, size in rows.items() if key.lever == "CHANGE")
    assert change == len(ground.stood[0].both) - len(ground.stood[1].both)


def test_cases_are_kept_by_each_month(owner: Engine) -> None:
    add(owner, *history(3))
    close(owner, LAST)
    with owner.connect() as connection:
        pairs = connection.execute(
            text("SELECT r.value, d.value FROM adoption_action r JOIN adoption_action d USING "
                 "(freeze_number, dimension, code, subject_kind, lever) "
                 "WHERE (r.figure, d.figure) = (:reached, :done)"),
            {"reached": REACHED, "done": DONE},
        ).all()  # fmt: skip
    assert pairs
    assert all(0 <= done <= reached for reached, done in pairs)
