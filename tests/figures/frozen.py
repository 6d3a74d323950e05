"""Frozen months by hand: what a freeze says, without a journal behind it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.orm import Session

from idp.figures.month_models import AdoptionMonth
from idp.figures.sets import AT_DAY, MONTHS
from idp.figures.slice_rows import Dimension, SliceKey, write_rows
from idp.kit import clock
from idp.kit.db import table_of

_AT_DAY = {"REG", "VER1", "VER2", "VER", "POP"}


def national(kind: str, figure: str) -> SliceKey:
    return of(Dimension.COUNTRY, "", kind, figure)


def place(code: str, figure: str, kind: str = "person") -> SliceKey:
    return of(Dimension.PLACE, code, kind, figure)


def of(dimension: Dimension, code: str, kind: str, figure: str, window: str = "") -> SliceKey:
    usual = AT_DAY if figure in _AT_DAY else MONTHS
    return SliceKey(dimension, code, kind, figure, window or usual)


def freeze(owner: Engine, month_on: date, rows: Mapping[SliceKey, int], reason: str = "") -> None:
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
                "rows_hash": b"",
            },
        )
        write_rows(db.connection(), number, rows)
