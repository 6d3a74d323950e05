"""How far a command is that takes long, on standard error."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from idp.demo.processes import Report, Running

_TOLD_EVERY = 15
"""Seconds."""


@contextmanager
def progress(step: str, *, quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A bar, to be told the step that is under way and the share of all that is done."""
    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task(step, total=1.0)

        def report(step: str, share: float) -> None:
            bar.update(task, description=step, completed=share)

        yield report


def tell_waiting(*, quiet: bool) -> Report:
    """Says who is waited for when that changes, and every quarter of a minute how long by now."""
    begun, told = time.monotonic(), {"names": "", "after": 0}

    def report(waited_for: Sequence[Running]) -> None:
        names = ", ".join(one.program.name for one in waited_for)
        after = int(time.monotonic() - begun) // _TOLD_EVERY * _TOLD_EVERY
        if quiet or told == {"names": names, "after": after} or not (names or told["names"]):
            return
        told.update(names=names, after=after)
        since = f" after {after} s" if after else ""
        log = waited_for[0].log if waited_for else ""
        line = f"Waiting{since} for {names} to answer; see {log}" if names else "All answer."
        Console(stderr=True, highlight=False).print(escape(line), soft_wrap=True)

    return report
