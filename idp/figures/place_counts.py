"""Residents and enterprises of each province: dated counts with their source, read from a file.

A count names its province by the code of its date.
"""

import re
from collections.abc import Mapping
from typing import Any

from idp.figures.counting import Counting, Counts
from idp.figures.denominators import DenominatorKind
from idp.figures.models import PlaceDenominator
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


_PLACES = Counts(
    PlaceDenominator, of="place_code", kind="kind", event="denominator.set", subject="place"
)


def store_place(counting: Counting, values: Mapping[str, Any]) -> Differences | None:
    """Record what a row says of its province, as `Counting.record` does.

    Raises Unreadable for what was no province on that day.
    """
    place = str(values["place"])
    if not is_place(counting.db, place, on=counting.counted_on):
        sentence = Message("There was no province %(code)s on that day.", code=place)
        raise Unreadable(sentence, field="place")
    counts = {kind.value: values[kind.value] for kind in DenominatorKind if values.get(kind.value)}
    return counting.record(_PLACES, place, counts)
