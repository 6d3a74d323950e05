"""Places as they are on a day."""

from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from idp.places.models import Place


def stands_on(day: date) -> ColumnElement[bool]:
    """Whether a place is called so on that day, for statements that join places."""
    return (Place.valid_on <= day) & or_(Place.ended_on.is_(None), Place.ended_on > day)


def is_place(db: Session, code: str, *, on: date) -> bool:
    """Whether a place has that code on that day."""
    return db.scalar(select(Place.code).where(Place.code == code, stands_on(on))) is not None


def find_names(db: Session) -> dict[tuple[str, date], str]:
    """The name in Vietnamese of every place there is or was, by its key."""
    rows = db.execute(select(Place.code, Place.valid_on, Place.name_vi))
    return {(code, valid_on): name for code, valid_on, name in rows}
