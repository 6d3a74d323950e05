"""`python -m bench.adoption [--subjects N] [--minutes M]`: three sizes, one table."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.adoption.clocks import Deadline
from bench.adoption.country import MONTHS, OUTCOMES
from bench.adoption.report import as_json, show
from bench.adoption.run import Measured, Size, run
from bench.client import UnexpectedAnswer
from bench.failures import first_failure
from idp.kit.errors import ConfigurationError

_RECORD = Path(__file__).parents[1] / "out" / "adoption.json"
_PARTS = (4, 2, 1)
_BYTES_EACH = 1100
"""On disk for each sign-in while it is made, with journal, indexes, sort files and WAL."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.adoption", description=__doc__)
    parser.add_argument("--subjects", type=int, default=200_000, help="of the largest country")
    parser.add_argument("--minutes", type=float, default=20, help="it ends by then")
    parser.add_argument("--gigabytes", type=float, default=15, help="of disk, at most")
    parser.add_argument("--today", type=int, default=425_000, help="sign-ins of today")
    parser.add_argument("--readers", type=int, default=200, help="a second")
    parser.add_argument("--seconds", type=float, default=15, help="so long they read")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args()
    if not 1000 <= options.subjects <= 20_000_000:
        parser.error("--subjects is 1000 to 20000000")
    size = Size(options.subjects, MONTHS, options.today, options.readers, options.seconds)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that folders are removed
    notes: list[str] = []
    try:
        found = list(sizes(size, minutes=options.minutes, most=options.gigabytes, notes=notes))
    except* (UnexpectedAnswer, ConfigurationError, RuntimeError, OSError) as group:
        sys.exit(f"bench: {first_failure(group)}")
    record = json.dumps(as_json(found, notes), indent=2)
    _RECORD.parent.mkdir(exist_ok=True)
    _RECORD.write_text(record + "\n")
    if options.json:
        print(record)
    else:
        show(found, notes)


def sizes(size: Size, *, minutes: float, most: float, notes: list[str]) -> Iterator[Measured]:
    """A quarter, a half and the whole, as far as time and disk allow; what is left out is noted."""
    deadline = Deadline(time.perf_counter() + 60 * minutes)
    last: Measured | None = None
    for part in _PARTS:
        each = replace(
            size, subjects=size.subjects // part, readers=size.readers if part == 1 else 0
        )
        bytes_needed = each.subjects * OUTCOMES * _BYTES_EACH
        free = shutil.disk_usage(tempfile.gettempdir()).free
        needed = 1.3 * last.whole_seconds if last else 0.0
        if bytes_needed > min(1e9 * most, free):
            notes.append(f"{each.subjects:,} subjects: {bytes_needed / 1e9:.0f} GB of disk needed.")
        elif needed > deadline.left:
            notes.append(
                f"{each.subjects:,} subjects: about {needed / 60:.0f} minutes needed,"
                f" {deadline.left / 60:.0f} left."
            )
        else:
            print(f"-- {each.subjects:,} subjects", file=sys.stderr, flush=True)
            last = run(each, deadline=deadline)
            yield last


if __name__ == "__main__":
    main()
