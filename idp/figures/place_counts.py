"""Residents and enterprises of each province: dated counts with their source, read from a file.

A count names its province by the code of its date.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.figures.denominators import DenominatorKind
from idp.figures.models import PlaceDenominator
from idp.journal.record import entry, record_all
from idp.kit.db import table_of
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_, Message
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.imports import Differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import tidy
from idp.places.codes import read_place_code
from idp.places.lookup import is_place

_COUNT = re.compile(r"\d+|\d{1,3}(?:([., ])\d{3})(?:\1\d{3})*")
_MOST = 10**12


def read_count(text: str) -> int:
    """A whole number above 0; dots and blanks may stand between its thousands."""
    written = tidy(text)
    if not _COUNT.fullmatch(written):
        raise Unreadable(N_("Write a whole number, such as 1.234.567."))
    count = int(re.sub(r"\D", "", written))
    if not 0 < count <= _MOST:
        raise Unreadable(N_("A count is greater than zero, and less than a trillion."))
    return count


COUNTS = Table(
    (
        Column("place", read_place_code, also=("mã tỉnh", "mã địa bàn", "code")),
        Column("residents", read_count, required=False, also=("dân số",)),
        Column("residents_14", read_count, required=False, also=("dân số từ 14 tuổi",)),
        Column("enterprises", read_count, required=False, also=("doanh nghiệp",)),
    ),
    key="place",
)


@immutable
class Counting:
    """Of when the counts of a file are, and who counted."""

    db: Session
    counted_on: date
    source: str
    is_synthetic: bool = False

    def store(self, values: Mapping[str, Any]) -> Differences | None:
        """Record what a row says of its province; how that differs from the version before.

        Published months keep what they had; a revision takes the new count. Raises InvalidInput.
        """
        place = str(values["place"])
        if not is_place(self.db, place, on=self.counted_on):
            sentence = Message("There was no province %(code)s on that day.", code=place)
            raise Unreadable(sentence, field="place")
        counts = {kind: values[kind.value] for kind in DenominatorKind if values.get(kind.value)}
        if not counts:
            raise InvalidInput("This line has no count.", field="place")
        known = self._known(place)
        told = {
            kind: n
            for kind, n in counts.items()
            if known.get(kind, (0, 0, ""))[1:] != (n, self.source)
        }
        self._insert(place, told, known)
        if not known:
            return None
        return {kind.value: (known.get(kind, (0, None, ""))[1], n) for kind, n in told.items()}

    def _known(self, place: str) -> dict[DenominatorKind, tuple[int, int, str]]:
        """Kind → version, count and source, of the newest version."""
        columns = table_of(PlaceDenominator).c
        rows = self.db.execute(
            select(columns.kind, columns.version, columns.value, columns.source)
            .where(columns.place_code == place, columns.counted_on == self.counted_on)
            .order_by(columns.version)
        )
        return {DenominatorKind(row.kind): (row.version, row.value, row.source) for row in rows}

    def _insert(
        self,
        place: str,
        counts: Mapping[DenominatorKind, int],
        known: Mapping[DenominatorKind, tuple[int, int, str]],
    ) -> None:
        same = {"place_code": place, "counted_on": self.counted_on, "source": self.source}
        rows = [
            {
                **same,
                "kind": kind.value,
                "value": value,
                "version": known[kind][0] + 1 if kind in known else 1,
                "is_synthetic": self.is_synthetic,
            }
            for kind, value in counts.items()
        ]
        if not rows:
            return
        self.db.execute(insert(table_of(PlaceDenominator)), rows)
        told = {"place": place, "counted_on": self.counted_on.isoformat()}
        record_all(
            self.db,
            [
                entry(
                    event="denominator.set",
                    counted=False,
                    data={
                        **told,
                        "kind": kind.value,
                        "value": value,
                        "replaced": known[kind][1] if kind in known else None,
                    },
                )
                for kind, value in counts.items()
            ],
        )
