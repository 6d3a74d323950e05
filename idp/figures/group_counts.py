"""Residents of each age band by sex: dated counts with their source, read from a file."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.figures.groups import AGE_BANDS, COUNTED, SEXES
from idp.figures.models import GroupDenominator
from idp.figures.place_counts import read_count
from idp.journal.record import entry, record_all
from idp.kit.db import table_of
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import Message
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.imports import Differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import tidy


def read_band(text: str) -> str:
    """One of the bands that figures know; other dashes and blanks may stand in it."""
    band = tidy(text).replace("–", "-").replace(" ", "")
    if band not in AGE_BANDS:
        bands = ", ".join(AGE_BANDS)
        raise Unreadable(Message("Age bands are %(bands)s.", bands=bands))
    return band


GROUP_COUNTS = Table(
    (
        Column("age", read_band, also=("nhóm tuổi",)),
        Column("female", read_count, required=False, also=("nữ",)),
        Column("male", read_count, required=False, also=("nam",)),
    ),
    key="age",
)


@immutable
class GroupCounting:
    """Of when the counts of a file are, and who counted."""

    db: Session
    counted_on: date
    source: str
    is_synthetic: bool = False

    def store(self, values: Mapping[str, Any]) -> Differences | None:
        """Record what a row says of its age band; how that differs from the version before.

        Published months keep what they had; a revision takes the new count. Raises InvalidInput.
        """
        band = str(values["age"])
        counts = {sex.value: values[sex.value] for sex in SEXES if values.get(sex.value)}
        if not counts:
            raise InvalidInput("This line has no count.", field="age")
        known = self._known(band)
        new = {
            sex: count
            for sex, count in counts.items()
            if known.get(sex, (0, 0, ""))[1:] != (count, self.source)
        }
        rows = [
            {
                "age": band,
                "sex": sex,
                "counted_on": self.counted_on,
                "version": known.get(sex, (0, 0, ""))[0] + 1,
                "value": count,
                "source": self.source,
                "is_synthetic": self.is_synthetic,
            }
            for sex, count in new.items()
        ]
        if rows:
            self.db.execute(insert(table_of(GroupDenominator)), rows)
        replaced = {sex: known[sex][1] if sex in known else None for sex in new}
        told = [
            {
                "age": band,
                "sex": sex,
                "counted_on": self.counted_on.isoformat(),
                "value": count,
                "replaced": replaced[sex],
            }
            for sex, count in new.items()
        ]
        record_all(self.db, [entry(event=COUNTED, counted=False, data=data) for data in told])
        return {sex: (replaced[sex], count) for sex, count in new.items()} if known else None

    def _known(self, band: str) -> dict[str, tuple[int, int, str]]:
        """Sex → version, count and source, of the newest version."""
        columns = table_of(GroupDenominator).c
        rows = self.db.execute(
            select(columns.sex, columns.version, columns.value, columns.source)
            .where(columns.age == band, columns.counted_on == self.counted_on)
            .order_by(columns.version)
        )
        return {row.sex: (row.version, row.value, row.source) for row in rows}
