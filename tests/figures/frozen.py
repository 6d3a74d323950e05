"""Frozen months by hand: what a freeze says, without a journal behind it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.orm import Session

from idp.figures.days import DAY, each_day, month_end, month_start
from idp.figures.denominators import Population, set_denominator
from idp.figures.models import AdoptionDay
from idp.figures.month_models import AdoptionMonth
from idp.figures.rates import DENOMINATOR_OF
from idp.figures.sets import AT_DAY, MONTHS
from idp.figures.slice_rows import (
    ActionKey,
    Dimension,
    MonthRows,
    SliceKey,
    State,
    hash_of,
    write_rows,
)
from idp.figures.slices import list_provinces
from idp.kit import clock
from idp.kit.db import table_of
from idp.places.load import load_places

_AT_DAY = {"REG", "VER1", "VER2", "VER", "POP"}


def national(kind: str, figure: str) -> SliceKey:
    return of(Dimension.COUNTRY, "", kind, figure)


def place(code: str, figure: str, kind: str = "person") -> SliceKey:
    return of(Dimension.PLACE, code, kind, figure)


def of(dimension: Dimension, code: str, kind: str, figure: str, window: str = "") -> SliceKey:
    usual = AT_DAY if figure in _AT_DAY else MONTHS
    return SliceKey(dimension, code, kind, figure, window or usual)


def freeze(
    owner: Engine,
    month_on: date,
    rows: Mapping[SliceKey, int],
    reason: str = "",
    *,
    actions: Mapping[ActionKey, int] | None = None,
) -> None:
    """The month as frozen, or revised for that reason."""
    with Session(owner) as db, db.begin():
        number = (db.scalar(select(func.max(AdoptionMonth.number))) or 0) + 1
        same = select(func.count()).where(AdoptionMonth.month_on == month_on)
        db.execute(
            insert(table_of(AdoptionMonth)),
            {
                "number": number,
                "month_on": month_on,
                "revision": db.scalar(same),
                "reason": reason,
                "frozen_at": clock.now(),
                "snapshot": db.scalar(text("SELECT pg_current_snapshot()::text")),
                "time_zone": "Asia/Ho_Chi_Minh",
                "strong_acrs": ["LoA2"],
                "code_version": "test",
                "definitions_version": "test",
                "rows_hash": hash_of(month_on, MonthRows(rows, actions or {})),
            },
        )
        write_rows(db.connection(), number, rows)
        write_rows(db.connection(), number, actions or {})


def close_days(db: Session, first: date, last: date) -> None:
    """The days of that time as closed, those that are not yet."""
    snapshot = db.scalar(text("SELECT pg_current_snapshot()::text"))
    rules = {"time_zone": "Asia/Ho_Chi_Minh", "strong_acrs": ["LoA2"]}
    known = set(db.scalars(select(AdoptionDay.day_on)))
    for day in each_day(first, last):
        if day not in known:
            db.add(AdoptionDay(day_on=day, closed_at=clock.now(), snapshot=snapshot, **rules))


def publish_country(owner: Engine, *, months: int, agencies: Sequence[UUID] = ()) -> None:
    """The last so many months as closed and frozen: each province a little further than another."""
    with Session(owner) as db, db.begin():
        load_places(db)
        provinces = [code for code, _, _ in list_provinces(db)]
    last = month_start(clock.today("Asia/Ho_Chi_Minh")) - DAY
    ends = [month_end(month_start(last, months_before=n)) for n in reversed(range(months))]
    with Session(owner) as db, db.begin():
        close_days(db, month_start(ends[0]), ends[-1])
        for kind, count in _EVERYONE.items():
            denominator = DENOMINATOR_OF[kind]
            set_denominator(db, Population(denominator, ends[0], count, "Tổng điều tra dân số"))
    for number, day in enumerate(ends):
        freeze(owner, day, dict(_rows(number, provinces, agencies)))


_EVERYONE = {"person": 96_208_984, "enterprise": 758_610}


def _rows(
    number: int, provinces: Sequence[str], agencies: Sequence[UUID]
) -> Iterator[tuple[SliceKey, int]]:
    for kind, count in _EVERYONE.items():
        yield national(kind, "POP"), count
        yield national(kind, "UNI_USED"), count * (60 + number) // 1000
        yield national(kind, "PART"), count // 8
    for state in State:
        yield national("person", state), 1_000_000 + number
    for at, code in enumerate(provinces):
        yield place(code, "POP"), 1_234_560 + 100_000 * at
        yield place(code, "UNI_USED"), 12_345 * (at + number + 1)
        yield place(code, "BEGAN"), 700_000
        yield place(code, "SUCCEEDED"), 500_000
        for state in State:
            yield place(code, state), 12_345
    for agency in agencies:
        yield of(Dimension.AGENCY, str(agency), "person", "ACT"), 123_456
        yield of(Dimension.AGENCY, str(agency), "person", "UNI_USED"), 65_432
        for figure in ("BEGUN", "SUCCESS", "REFUSED", "REFUSED_LEVEL", "ABANDONED"):
            count = 1_234_567 if figure == "BEGUN" else 308_641
            yield of(Dimension.AGENCY, str(agency), "sign_in", figure, "months_1"), count
