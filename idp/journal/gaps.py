"""Spans in which nothing was sealed: what was written in one could be rewritten until its end."""

from datetime import datetime

from idp.journal.seal import QUIET
from idp.kit.immutable import immutable

GAP = 2 * QUIET
"""Two seals are further apart only where sealing stood still: a quiet minute is sealed, too."""


@immutable
class Gap:
    """From one seal to the next, longer than GAP."""

    begin: datetime
    end: datetime | None
    """None: it has not ended."""
    entry_count: int
    """Entries of the seal that ended it; those that wait, while it has not ended."""


def find_gap(begin: datetime | None, end: datetime, *, entry_count: int) -> Gap | None:
    """The gap between two seals, if it is one; `begin` is None before the first signed seal."""
    if begin is None or end - begin <= GAP:
        return None
    return Gap(begin, end, entry_count)
