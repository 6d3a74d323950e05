"""What is published of closed days, and revising it: the old stays, the new says why."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.closings import FigureKey
from idp.figures.models import AdoptionFigure, AdoptionRevision
from idp.journal.record import record
from idp.kit.db import table_of

_KEY = tuple(getattr(AdoptionFigure, name) for name in FigureKey._fields)


def read_published(
    connection: Connection, *, days: Collection[date] | None = None
) -> Iterator[tuple[FigureKey, int, int]]:
    """The figures that stand, of those days or of all, each with the number of its revision."""
    newest = (
        select(*_KEY, AdoptionFigure.value, AdoptionFigure.revision)
        .ext(distinct_on(*_KEY))
        .order_by(*_KEY, AdoptionFigure.revision.desc())
    )
    if days is not None:
        newest = newest.where(AdoptionFigure.day_on.in_(days))
    for *key, value, revision in connection.execute(newest):
        if value is not None:
            yield FigureKey(*key), value, revision


def list_revisions(db: Session, *, limit: int | None = None) -> list[AdoptionRevision]:
    """All, or the last so many; the newest first."""
    number = AdoptionRevision.number
    rows = select(AdoptionRevision).where(number > 0).order_by(number.desc()).limit(limit)
    return list(db.scalars(rows))


def open_revision(db: Session, *, reason: str, days: Iterable[date]) -> int:
    """A new revision of those days; its number. Journaled. The caller holds the rollup's lock."""
    changed = sorted(days)
    number = (db.scalar(select(func.max(AdoptionRevision.number))) or 0) + 1
    span = {"first_on": changed[0], "last_on": changed[-1]}
    db.execute(
        insert(table_of(AdoptionRevision)), {"number": number, "reason": reason.strip(), **span}
    )
    data = {name: day.isoformat() for name, day in span.items()}
    told = {"revision": number, "reason": reason.strip(), **data}
    record(db, event="figures.revised", counted=False, data=told)
    return number


def revise_figures(db: Session, figures: Mapping[FigureKey, int | None], *, reason: str) -> int:
    """Publish these instead of what stands (None takes a figure back); the revision's number."""
    number = open_revision(db, reason=reason, days=(key.day_on for key in figures))
    db.execute(insert(table_of(AdoptionFigure)), figure_rows(figures, revision=number))
    return number


def figure_rows(
    figures: Mapping[FigureKey, int | None], *, revision: int = 0
) -> list[dict[str, object]]:
    """Rows to be inserted."""
    return [
        {**key._asdict(), "value": value, "revision": revision} for key, value in figures.items()
    ]
