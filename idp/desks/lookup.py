"""Finding desks: by the name of a commune, or through the list of a province."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from idp.desks.models import Desk
from idp.desks.names import commune_key
from idp.kit.immutable import immutable
from idp.kit.languages import Named
from idp.places.lookup import stands_on
from idp.places.models import Place

PAGE = 20
"""Desks on one page."""


@immutable
class ProvinceWithDesks(Named):
    """A province that has any, and how many."""

    code: str
    desks: int


@immutable
class Found:
    """One page of the desks looked for, and how many there are in all."""

    desks: Sequence[Desk]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return -(-self.total // PAGE)


def find_desks(
    db: Session, *, on: date, commune: str = "", province_code: str = "", page: int = 1
) -> Found:
    """Those open on that day whose commune is called like it, whole names first; in the province.

    A commune is found by a part of its name, of today or before, however it is written.
    """
    key = commune_key(commune)
    conditions = [_is_open(on)]
    if province_code:
        conditions.append(Desk.province_code == province_code)
    if key:
        conditions.append(Desk.found_by.contains(key, autoescape=True))
    total = db.scalar(select(func.count()).select_from(Desk).where(*conditions)) or 0
    page = min(max(page, 1), max(-(-total // PAGE), 1))
    is_whole = Desk.found_by.contains(f"|{key}|", autoescape=True)
    statement = (
        select(Desk)
        .where(*conditions)
        .order_by(is_whole.desc(), Desk.province_code, Desk.found_by, Desk.code)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Found(db.scalars(statement).all(), total, page)


def list_provinces(db: Session, *, on: date) -> list[ProvinceWithDesks]:
    """The provinces with desks open on that day, by Vietnamese name."""
    rows = db.execute(
        select(Place.name_vi, Place.name_en, Place.code, func.count())
        .join(Desk, Desk.province_code == Place.code)
        .where(stands_on(on), _is_open(on))
        .group_by(Place.name_vi, Place.name_en, Place.code)
    )
    found = [ProvinceWithDesks(*row) for row in rows]
    return sorted(found, key=lambda province: commune_key(province.name_vi))


def _is_open(on: date) -> ColumnElement[bool]:
    return or_(Desk.closed_on.is_(None), Desk.closed_on > on)
