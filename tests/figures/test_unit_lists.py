"""What scores take from lists: no unit gains by delivering less."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from idp.catalogue.models import Tier
from idp.figures.days import month_start
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
from idp.places.load import load_places
from idp.settings.people import Target
from tests.figures.history import at, registered, signed_in, write
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
    second, _ = add_system(db, "H51", on=FIRST, tier=Tier.PROVINCE, is_exclusive=True)
    write(db.connection(), registered(1, FIRST))
    month = MONTHS[-2]
    signed = (signed_in(1, month, "province", relying_party_id=party) for _ in range(90))
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
