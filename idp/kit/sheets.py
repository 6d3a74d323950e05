"""Rows with named columns as files that spreadsheets open."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idp.kit.workbook import workbook


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """UTF-8 with a byte order mark: without it spreadsheets misread Vietnamese."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """One sheet, its first row the names of the columns."""
    return workbook("data", _lines(rows, columns))


def _lines(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[Sequence[object]]:
    yield [*columns]
    for row in rows:
        yield [row.get(name) for name in columns]
