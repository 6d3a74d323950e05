"""Ending a mandate, and with it what was granted under it: at once, and for good."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from idp.mandates.journaled import record_end
from idp.mandates.models import Mandate


def end_mandate(
    db: Session, *, mandate_id: UUID, on: date, at: datetime, by: int | None = None
) -> bool:
    """From `on` nobody acts under it; the history stays. False when there is none to end.

    What was granted under it ends by a statement of its own, which sees a grant that the first one
    waited for. `by` is the analytics number of who dismisses staff.
    """
    ended = _end(db, Mandate.id == mandate_id, on)
    if ended:
        ended += _end(db, Mandate.granted_by_id == mandate_id, on)
    for mandate in ended:
        record_end(db, mandate, at=at, by=by)
    return bool(ended)


def _end(db: Session, which: ColumnElement[bool], on: date) -> list[Mandate]:
    ending = (
        update(Mandate)
        .where(which, or_(Mandate.ended_on.is_(None), Mandate.ended_on > on))
        .values(ended_on=on)
        .returning(Mandate)
    )
    return list(db.scalars(ending, execution_options={"populate_existing": True}))
