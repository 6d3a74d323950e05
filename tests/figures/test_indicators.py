"""Values that others measure: imported with source and date, corrected by a version, never lost."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.figures.indicators import (
    INDICATORS,
    Indicator,
    entering,
    latest,
    read_target,
    read_value,
)
from idp.kit.errors import InvalidInput

TODAY = date(2026, 11, 30)


def row(**changes: Any) -> Mapping[str, Any]:
    return {
        "target_id": "T8",
        "counted_on": date(2026, 6, 30),
        "value": Decimal("56.2"),
        "source": "Office of the Government",
    } | changes


def test_a_value_is_corrected_by_a_version_and_the_newest_day_stands(db: Session) -> None:
    enter = entering(db, today=TODAY)
    assert enter(row()) is None, "added"
    assert entering(db, today=TODAY)(row()) == {}, "unchanged"
    corrected = entering(db, today=TODAY)(row(value=Decimal("57.1")))
    assert corrected == {"value": (Decimal("56.20"), Decimal("57.1"))}
    enter(row(counted_on=date(2025, 12, 31), value=Decimal(50)))
    assert latest(db)["T8"].value == Decimal("57.1")
    versions = db.scalars(select(Indicator.version).order_by(Indicator.version)).all()
    assert versions == [1, 1, 2]
    assert "T1" not in latest(db)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"counted_on": date(2026, 12, 1)}, "Nothing was counted on a day to come."),
        ({"value": Decimal("100.01")}, "A share is 100 percent at most."),
        ({"target_id": "T1", "value": Decimal("86.5")}, "This target counts whole numbers."),
        ({"target_id": "T1", "value": Decimal(0)}, "The first rank is 1."),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    db: Session, changes: Mapping[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        entering(db, today=TODAY)(row(**changes))
    assert latest(db) == {}


def test_a_target_stands_once_on_a_day_in_a_file(db: Session) -> None:
    enter = entering(db, today=TODAY)
    enter(row())
    with pytest.raises(InvalidInput, match="twice on that day"):
        enter(row(value=Decimal(1)))
    assert enter(row(counted_on=TODAY)) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("30,1", "30.1"), ("30.15", "30.15"), ("2800", "2800"), ("62 %", "62"), ("89.0", "89")],
)
def test_a_number_is_read_as_officials_write_it(text: str, value: str) -> None:
    assert read_value(text) == Decimal(value)


@pytest.mark.parametrize("text", ["2.800", "2,800", "1 000", "-3", "1e3", "about 5", "", "NaN"])
def test_a_number_that_may_be_another_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_value(text)


@pytest.mark.parametrize("text", ["T4", "T17", "T4-2025", "T3", "T99", "EGDI"])
def test_a_target_that_is_not_imported_is_refused(text: str) -> None:
    assert read_target("t8") == "T8"
    with pytest.raises(InvalidInput):
        read_target(text)


@pytest.mark.parametrize("statement", ["UPDATE indicator SET value = 1", "DELETE FROM indicator"])
def test_nobody_rewrites_it(engine: Engine, statement: str) -> None:
    with Session(engine) as db, db.begin():
        entering(db, today=TODAY)(row())
    with engine.begin() as connection, pytest.raises(ProgrammingError, match=r"denied|append-only"):
        connection.execute(text(statement))


def test_its_columns_have_vietnamese_headings() -> None:
    assert [column.also[0] for column in INDICATORS.columns] == [
        "mã chỉ tiêu",
        "ngày",
        "giá trị",
        "nguồn",
    ]
