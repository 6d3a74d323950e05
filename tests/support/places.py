"""Finding places by their code on a day: the same code meant another place before the merger."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.places.models import Place, PlaceSuccession


def place_at(db: Session, *, code: str, on: date) -> Place | None:
    """The place that had the code on that day."""
    return db.scalar(
        select(Place).where(
            Place.code == code,
            Place.valid_on <= on,
            or_(Place.ended_on.is_(None), Place.ended_on > on),
        )
    )


def list_places(db: Session, *, on: date) -> list[Place]:
    """The places of that day, by code."""
    return list(
        db.scalars(
            select(Place)
            .where(Place.valid_on <= on, or_(Place.ended_on.is_(None), Place.ended_on > on))
            .order_by(Place.code)
        )
    )


def successor(db: Session, *, place: Place, on: date) -> Place:
    """What the place is on a later day; itself while it lasts."""
    while place.ended_on is not None and place.ended_on <= on:
        following = db.scalar(
            select(Place)
            .join(
                PlaceSuccession,
                (PlaceSuccession.new_code == Place.code)
                & (PlaceSuccession.new_valid_on == Place.valid_on),
            )
            .where(
                PlaceSuccession.old_code == place.code,
                PlaceSuccession.old_valid_on == place.valid_on,
            )
        )
        if following is None:
            return place
        place = following
    return place
