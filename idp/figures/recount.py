"""Closed days counted again from the journal, and what is published differently.

Each closing is repeated: what it had read, by the rules it had. The ladder is left out, for the
registry keeps no history.
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from sqlalchemy import delete, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.closings import Closing, Counted, FigureKey, closing_of
from idp.figures.denominators import list_populations
from idp.figures.ladder import SERVICE
from idp.figures.models import AdoptionBitmap, AdoptionDay, AdoptionServiceUse
from idp.figures.published import list_revisions, read_published, revise_figures
from idp.figures.rollup import LOCK, save_sets
from idp.figures.sets import Windows
from idp.figures.state import State
from idp.journal.replay import read_data
from idp.kit.db import table_of, try_lock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable


@immutable
class Difference:
    """A figure that the journal does not give as it is published; None: there is none."""

    day_on: date
    subject_kind: str
    figure: str
    window: str
    published: int | None
    counted: int | None


@immutable
class Verified:
    """What was compared, and what does not agree."""

    days: int
    figures: int
    not_comparable: int
    """Those of the ladder."""
    differences: tuple[Difference, ...]
    unexplained: tuple[str, ...]
    """Revisions and denominators that the journal does not know."""


@immutable
class Rebuilt:
    """The days counted again, how they differ from what is published, and the revision made."""

    days: tuple[date, ...]
    differences: tuple[Difference, ...]
    revision: int | None


def verify(db: Session) -> Verified:
    """Count every closed day again and compare. Only reads; give it one instant to read."""
    counted = _count_again(db.connection())
    published = {key: value for key, value, _ in read_published(db.connection())}
    ladder = sum(key.subject_kind == SERVICE for key in published)
    return Verified(
        days=len(counted.closed),
        figures=len(published) - ladder,
        not_comparable=ladder,
        differences=tuple(_differences(published, counted)),
        unexplained=tuple(_unexplained(db)),
    )


def rebuild(db: Session, *, reason: str = "") -> Rebuilt:
    """Make the sets again from the journal; what is published stays, and what differs is told.

    With a reason that is published as a revision. Raises InvalidInput while days are being closed.
    """
    connection = db.connection()
    if not try_lock(connection, LOCK):
        raise InvalidInput("Days are being closed at this moment: try again.")
    counted = _count_again(connection)
    if counted.last is not None:
        for table in (AdoptionBitmap, AdoptionServiceUse):
            connection.execute(delete(table))
        save_sets(connection, counted, counted.last.last)
    published = {key: value for key, value, _ in read_published(connection)}
    differences = tuple(_differences(published, counted))
    corrected = {
        FigureKey(d.day_on, d.subject_kind, d.figure, d.window): d.counted for d in differences
    }
    number = None
    if reason.strip() and corrected:
        number = revise_figures(db, corrected, reason=reason)
    return Rebuilt(tuple(counted.closed), differences, number)


def _count_again(connection: Connection) -> Counted:
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    counted = Counted(State(), Windows({}), last=None)
    for closing in _closings(connection):
        counted.close(connection, closing)
    return counted


def _closings(connection: Connection) -> Iterator[Closing]:
    rows = connection.execute(select(table_of(AdoptionDay)).order_by(AdoptionDay.day_on)).all()
    for _, days in groupby(
        rows, key=lambda row: (row.snapshot, row.xact_id, row.time_zone, row.strong_acrs)
    ):
        together = list(days)
        yield closing_of(together[0], together[-1])


def _differences(published: dict[FigureKey, int], counted: Counted) -> Iterator[Difference]:
    ours = {key: value for key, value in published.items() if key.subject_kind != SERVICE}
    for key in sorted({*ours, *counted.figures}):
        if ours.get(key) != counted.figures.get(key):
            yield Difference(*key, ours.get(key), counted.figures.get(key))


def _unexplained(db: Session) -> Iterator[str]:
    revised = {data["revision"] for data in read_data(db.connection(), event="figures.revised")}
    for revision in list_revisions(db):
        if revision.number not in revised:
            yield f"revision {revision.number}"
    entries = read_data(db.connection(), event="denominator.set")
    told = {(data["kind"], data["counted_on"], data["value"]) for data in entries}
    for population in list_populations(db):
        count = (population.kind.value, population.counted_on.isoformat(), population.value)
        if count not in told:
            yield "denominator {} {} {}".format(*count)
