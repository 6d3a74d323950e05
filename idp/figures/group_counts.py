"""Residents of each age band by sex: dated counts with their source, read from a file."""

from collections.abc import Mapping
from typing import Any

from idp.figures.counting import Counting, Counts
from idp.figures.groups import AGE_BANDS, COUNTED, SEXES
from idp.figures.models import GroupDenominator
from idp.figures.place_counts import read_count
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


_GROUPS = Counts(GroupDenominator, of="age", kind="sex", event=COUNTED, subject="age")


def store_group(counting: Counting, values: Mapping[str, Any]) -> Differences | None:
    """Record what a row says of its age band, as `Counting.record` does."""
    counts = {sex.value: values[sex.value] for sex in SEXES if values.get(sex.value)}
    return counting.record(_GROUPS, str(values["age"]), counts)
