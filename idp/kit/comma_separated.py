"""Files of comma-separated values, as programs and spreadsheets read them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> bytes:
    """UTF-8 with a byte order mark: without it spreadsheets misread Vietnamese."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
