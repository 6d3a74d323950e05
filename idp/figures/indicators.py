"""Values of targets that others measure, as they are imported: each with its source and date.

Only added to, as all that is published: a corrected value is another version of its day.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, PrimaryKeyConstraint, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column

from idp.figures.targets import Status, Unit, statements
from idp.kit.db import Base, table_of
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.tables.imports import Differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import as_text, day, words

_NUMBER = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))? ?%?")


class Indicator(Base, kw_only=True):
    """The value of a target on a day, in its unit; of several, the last version."""

    __tablename__ = "indicator"
    __table_args__ = (PrimaryKeyConstraint("target_id", "counted_on", "version"),)

    target_id: Mapped[str]
    counted_on: Mapped[date]
    version: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    source: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now(), init=False)


@immutable
class Known:
    """What stands of a target on a day."""

    target_id: str
    counted_on: date
    version: int
    value: Decimal
    source: str


class _Repeated:
    """A target may stand on several lines: each of another day, which storing looks after."""

    def first_line(self, key: Any, line: int) -> int | None:  # noqa: ARG002 - the protocol's
        """Never on a line before."""
        return None


def read_target(text: str) -> str:
    """The id of a target that is imported. Raises InvalidInput."""
    found = statements().get(as_text(text).upper())
    if found is None:
        raise InvalidInput("There is no such target: write T1, T2 and so on.")
    if found.status is Status.MEASURED:
        raise InvalidInput("This target is measured here, so its value is not imported.")
    if found.status is Status.NONE:
        raise InvalidInput("This target has no value: it is a roadmap.")
    return found.id


def read_value(text: str) -> Decimal:
    """A number, with two decimals at most behind a comma or a point. Raises InvalidInput."""
    match = _NUMBER.fullmatch(as_text(text))
    if match is None:
        raise InvalidInput(
            "Write digits, two decimals at most, and nothing between thousands: 30,1 or 2800."
        )
    return Decimal(f"{match[1]}.{match[2] or 0}")


INDICATORS = Table(
    (
        Column("target_id", read_target, also=("mã chỉ tiêu", "chỉ tiêu")),
        Column("counted_on", day, also=("ngày", "thời điểm chốt số liệu")),
        Column("value", read_value, also=("giá trị", "số liệu")),
        Column("source", words, also=("nguồn",)),
    ),
    key="target_id",
    seen=_Repeated,
)


def entering(db: Session, *, today: date) -> Callable[[Mapping[str, Any]], Differences | None]:
    """How a file's rows are stored: None where a value is new, else what it changes.

    The function raises InvalidInput for a day to come, a target twice on a day, and a value that
    its unit cannot have.
    """
    seen: set[tuple[str, date]] = set()

    def enter(values: Mapping[str, Any]) -> Differences | None:
        key = values["target_id"], values["counted_on"]
        if key[1] > today:
            raise InvalidInput("Nothing was counted on a day to come.", field="counted_on")
        if key in seen:
            raise InvalidInput("The file has this target twice on that day.", field="counted_on")
        seen.add(key)
        _check(statements()[key[0]].unit, values["value"])
        return _store(db, values)

    return enter


def latest(db: Session) -> Mapping[str, Known]:
    """By target, the value of its newest day in its last version."""
    rows = db.execute(
        _columns()
        .ext(distinct_on(Indicator.target_id))
        .order_by(Indicator.target_id, Indicator.counted_on.desc(), Indicator.version.desc())
    )
    return {row.target_id: Known(*row) for row in rows}


def _columns() -> Any:
    return select(
        Indicator.target_id,
        Indicator.counted_on,
        Indicator.version,
        Indicator.value,
        Indicator.source,
    )


def _store(db: Session, values: Mapping[str, Any]) -> Differences | None:
    row = db.execute(
        _columns()
        .where(
            Indicator.target_id == values["target_id"],
            Indicator.counted_on == values["counted_on"],
        )
        .order_by(Indicator.version.desc())
        .limit(1)
    ).one_or_none()
    known = Known(*row) if row else None
    changed = (
        {name: (getattr(known, name), values[name]) for name in ("value", "source")}
        if known
        else {}
    )
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if known is None or changed:
        version = known.version + 1 if known else 1
        db.execute(insert(table_of(Indicator)), {**values, "version": version})
    return changed if known else None


def _check(unit: Unit, value: Decimal) -> None:
    if unit is Unit.PERCENT and value > 100:
        raise InvalidInput("A share is 100 percent at most.", field="value")
    if unit in {Unit.RANK, Unit.NUMBER} and value != int(value):
        raise InvalidInput("This target counts whole numbers.", field="value")
    if unit is Unit.RANK and value < 1:
        raise InvalidInput("The first rank is 1.", field="value")
