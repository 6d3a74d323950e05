"""Dated counts of something with their source, in versions: what differs from the newest is next.

What was counted before stays: a published month keeps it, and a revision takes the newest.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.journal.record import entry, record_all
from idp.kit.db import Base, table_of
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.tables.imports import Differences


@immutable
class Counts:
    """Where counts are kept, and how the journal tells of one.

    Rows of `model` are of what the column `of` says, and of the kind that the column `kind` says;
    `subject` is what the file and the journal call the first of them.
    """

    model: type[Base]
    of: str
    kind: str
    event: str
    subject: str


@immutable
class Counting:
    """Of when the counts of a file are, and who counted."""

    db: Session
    counted_on: date
    source: str
    is_synthetic: bool = False

    def record(self, where: Counts, of: str, counts: Mapping[str, int]) -> Differences | None:
        """Record those that are new or other than known; how they differ from the version before.

        None where nothing was known of it on that day. Raises InvalidInput without any count.
        """
        if not counts:
            raise InvalidInput("This line has no count.", field=where.subject)
        known = self._known(where, of)
        new = {k: n for k, n in counts.items() if known.get(k, (0, 0, ""))[1:] != (n, self.source)}
        before = {kind: known[kind][1] if kind in known else None for kind in new}
        if new:
            same = {where.of: of, "counted_on": self.counted_on, "source": self.source}
            rows = [
                {
                    **same,
                    where.kind: kind,
                    "value": value,
                    "version": known[kind][0] + 1 if kind in known else 1,
                    "is_synthetic": self.is_synthetic,
                }
                for kind, value in new.items()
            ]
            self.db.execute(insert(table_of(where.model)), rows)
        told = {where.subject: of, "counted_on": self.counted_on.isoformat()}
        record_all(
            self.db,
            [
                entry(
                    event=where.event,
                    counted=False,
                    data={**told, where.kind: kind, "value": value, "replaced": before[kind]},
                )
                for kind, value in new.items()
            ],
        )
        return {kind: (before[kind], value) for kind, value in new.items()} if known else None

    def _known(self, where: Counts, of: str) -> dict[str, tuple[int, int, str]]:
        """Kind → version, count and source, of the newest version."""
        columns = table_of(where.model).c
        rows = self.db.execute(
            select(columns[where.kind], columns.version, columns.value, columns.source)
            .where(columns[where.of] == of, columns.counted_on == self.counted_on)
            .order_by(columns.version)
        )
        return {row[0]: (row.version, row.value, row.source) for row in rows}
