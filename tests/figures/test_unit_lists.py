"""What scores take from lists: no unit gains by delivering less."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from idp.adoption.coverage_data import read_systems
from idp.adoption.filters import Filters, choose
from idp.catalogue.models import InformationSystem, LoginState, Tier
from idp.figures.days import DAY, month_end, month_start
from idp.figures.lists.dues import due_on
from idp.figures.score import (
    Measure,
    NotDelivered,
    NotMeasurable,
    Share,
    UnitKind,
    components,
    score,
)
from idp.figures.slices import read_month
from idp.figures.unit_lists import no_leakage
from idp.figures.unit_measures import Asked, read_units
from idp.journal.record import entry
from idp.places.load import load_places
from idp.settings.people import Target
from tests.figures.history import Row, at, registered, signed_in, write
from tests.figures.list_worlds import add_system, number_of, send
from tests.figures.test_lists import FIRST, LAST, MONTHS, close

ASKED = Asked(Target(percent=20), None)
RULES = components(date(2026, 6, 1))
shares = st.fractions(min_value=0, max_value=1, max_denominator=50)


def points(measures: dict[str, Measure]) -> Fraction:
    """Of all measurable points, the share."""
    found = score(measures, kind=UnitKind.PROVINCE, rules=RULES)
    return found.points / found.measurable if found.measurable else Fraction(0)


@given(st.lists(shares, min_size=1, max_size=6), st.data())
def test_leaving_lists_out_never_brings_points(kept: list[Fraction], data: st.DataObject) -> None:
    left_out = data.draw(st.sets(st.integers(0, len(kept) - 1)))
    some = [None if n in left_out else each for n, each in enumerate(kept)]
    for other in (Share(1, 2), NotMeasurable()):
        given_all = points({"no_leakage": no_leakage([*kept]), "path": other})
        assert points({"no_leakage": no_leakage(some), "path": other}) <= given_all


def test_a_unit_that_owes_nothing_is_not_measured_and_one_that_delivers_nothing_has_none() -> None:
    assert no_leakage([]) == NotMeasurable()
    assert no_leakage([None, None]) == NotDelivered()
    assert no_leakage([None, Fraction(1, 2)]) == Share(1, 4)


@pytest.fixture
def country(connection: Connection) -> Iterator[Session]:
    db = Session(connection)
    load_places(db)
    yield db
    db.close()


def measured(db: Session, month: date = LAST) -> dict[str, Measure]:
    """Of the province, whose agency owns both systems."""
    frozen = read_month(db, month)
    assert frozen is not None
    units = read_units(db, frozen, UnitKind.PROVINCE, asked=ASKED)
    return dict(next(unit for unit in units if unit.code == "01").measures)


@pytest.mark.parametrize("delivered", [*product((True, False), repeat=2)], ids=str)
def test_a_province_is_measured_by_what_it_owes(
    country: Session, delivered: tuple[bool, bool]
) -> None:
    db = country
    first, party = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
    second, second_party = add_system(db, "H51", on=FIRST, tier=Tier.PROVINCE, is_exclusive=True)
    write(db.connection(), registered(1, FIRST))
    month = MONTHS[-2]
    signed = [
        signed_in(1, month, "province", relying_party_id=each)
        for each in (party, second_party)
        for _ in range(90)
    ]
    write(db.connection(), *signed)
    for system, rows, is_delivered in (
        (first, {number_of(1): 10}, delivered[0]),
        (second, {number_of(1): 0}, delivered[1]),
    ):
        if is_delivered:
            send(db, system, month, rows, when=at(due_on(month_start(month)), 9))
    close(db.connection())
    found = measured(db)
    kept = [Fraction(9, 10) if delivered[0] else 0, 1 if delivered[1] else 0]
    share = Fraction(sum(kept), 2)
    if any(delivered):
        assert found["no_leakage"] == Share(share.numerator, share.denominator)
        assert found["lists"] == Share(sum(delivered), 8)
    else:
        assert found["no_leakage"] == found["lists"] == NotDelivered()
    assert found["exclusive_systems"] == Share(1, 2)


def restated(system: InformationSystem, day: date, *, agency: UUID, needs: bool = True) -> Row:
    """How people sign in to the system from that day on, and whose it is."""
    data = {
        "system": str(system.id),
        "agency": str(agency),
        "tier": "province",
        "login_state": str(LoginState.BESIDE),
        "needs_sign_in": needs,
    }
    return entry(event="system.stated", at=at(day), counted=False, data=data)


@pytest.mark.parametrize("is_used", [True, False])
def test_a_system_that_nobody_uses_lifts_no_score(country: Session, is_used: bool) -> None:
    db = country
    systems = [add_system(db, f"H5{n}", on=FIRST, tier=Tier.PROVINCE) for n in range(2)]
    write(db.connection(), registered(1, FIRST))
    month = MONTHS[-2]
    used = systems if is_used else systems[:1]
    signed = (
        signed_in(1, month, "province", relying_party_id=party)
        for _, party in used
        for _ in "x" * 90
    )
    write(db.connection(), *signed)
    for (system, _), local in zip(systems, (10, 0), strict=True):
        when = at(due_on(month_start(month)), 9)
        send(db, system, month, {number_of(1): local}, when=when)
    close(db.connection())
    assert measured(db)["no_leakage"] == (Share(19, 20) if is_used else Share(9, 10))


@pytest.mark.parametrize("since", [LAST, LAST + DAY], ids=["in the month", "after it"])
def test_a_system_is_its_owners_of_that_month(country: Session, since: date) -> None:
    db = country
    system, party = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
    other, _ = add_system(db, "G50", on=FIRST)
    write(db.connection(), registered(1, FIRST))
    month = MONTHS[-2]
    signed = (signed_in(1, month, "province", relying_party_id=party) for _ in range(90))
    write(db.connection(), *signed)
    send(db, system, month, {number_of(1): 10}, when=at(due_on(month_start(month)), 9))
    write(db.connection(), restated(system, since, agency=other.agency_id))
    system.agency_id, system.needs_sign_in = other.agency_id, False
    db.flush()
    close(db.connection())
    is_ours = since > LAST
    found = measured(db).get("no_leakage", NotMeasurable())
    assert found == (Share(9, 10) if is_ours else NotMeasurable())


@pytest.mark.parametrize("stops", [True, False])
def test_no_month_is_missing_of_a_system_that_had_stopped(country: Session, stops: bool) -> None:
    db = country
    system, _ = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
    write(db.connection(), registered(1, FIRST))
    if stops:
        row = restated(system, date(2025, 5, 2), agency=system.agency_id, needs=False)
        write(db.connection(), row)
    for month in MONTHS[:2]:
        send(db, system, month, {number_of(1): 0}, when=at(due_on(month_end(month)), 9))
    close(db.connection())
    chosen = choose(db, Filters())
    assert chosen is not None
    (row_of,) = read_systems(db, chosen)
    assert row_of.delivered == 2
    assert row_of.missing == (() if stops else (date(2025, 6, 30), date(2025, 5, 31)))
