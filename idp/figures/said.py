"""What people say of services: added up as a month freezes, told to the journal, read from there.

Answers are of nobody (`idp.satisfaction`); fewer than `LEAST_ANSWERS` are told to nobody either,
the journal included: neither a figure nor what it is recounted from knows what a few have said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from idp.figures.days import month_start
from idp.figures.slice_rows import WINDOWS, Dimension, SliceKey
from idp.satisfaction.answers import Answers, read_answers

LEAST_ANSWERS = 30
"""Answers below which nothing is said of them."""
ANSWERED = "answer"
"""The kind of subject: not people, but answers."""
TOLD = "satisfaction.counted"
_FIGURES = ("ANSWERS", "SATISFIED")


def told_of(
    connection: Connection, last: date, *, ministry_of: Mapping[str, str]
) -> dict[str, Any]:
    """What the journal is told of the month that ends with `last`: rows of `_FIGURES`."""
    rows: list[list[Any]] = []
    for window, length in WINDOWS.items():
        first = month_start(last, months_before=length - 1)
        found = read_answers(connection, first=first, last=last)
        sums: dict[tuple[str, str], Answers] = defaultdict(Answers)
        for (agency_id, service_id), answers in found.items():
            agency, ministry = str(agency_id), ministry_of.get(str(agency_id))
            sums[Dimension.COUNTRY, ""] += answers
            sums[Dimension.AGENCY, agency] += answers
            sums[Dimension.SERVICE, str(service_id)] += answers
            if ministry:
                sums[Dimension.MINISTRY, ministry] += answers
        for (dimension, code), answers in sorted(sums.items()):
            if answers.answers >= LEAST_ANSWERS:
                told = [str(dimension), code, window, answers.answers, answers.satisfied]
                rows.append(told)
    return {"month": f"{last:%Y-%m}", "rows": rows}


def said_rows(
    entries: Iterable[Mapping[str, Any]], *, last: date
) -> Iterator[tuple[SliceKey, int]]:
    """The figures of the month that ends with `last`; `entries` as told, oldest first."""
    newest = [data for data in entries if data["month"] == f"{last:%Y-%m}"][-1:]
    for dimension, code, window, *counts in (row for data in newest for row in data["rows"]):
        for figure, count in zip(_FIGURES, counts, strict=True):
            if count:
                yield SliceKey(dimension, code, ANSWERED, figure, window), count
