"""E4, A9: what time it is and which day is said in one place, whatever room asks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "idp"
CLOCK = "kit/clock.py"
WALL = re.compile(
    r"(datetime|date|dt)(\.\w+)?\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime)"
    r"|time\.clock_gettime(_ns)?|func\.(current_date|localtime|localtimestamp)"
)
DATES_WITHOUT_TIME = {"cli/representative.py", "cli/adoption.py", "cli/counts.py", "cli/lists.py"}
"""Typer reads a day that was typed as a datetime at midnight, without a zone."""
SQL_DAY = re.compile(
    r"current_date|localtimestamp|localtime\b|now\(\)::date|timestamp\(\)::date", re.IGNORECASE
)


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield name, node


def test_only_the_clock_reads_the_machines_time() -> None:
    """`time.monotonic` measures waits; it tells no time."""
    read = {path for path, call in calls() if WALL.fullmatch(ast.unparse(call.func))}
    assert read == {CLOCK}
    names = {"time", "time_ns", "localtime", "gmtime", "datetime.now"}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                assert not names & {alias.name for alias in node.names}, path


def test_only_the_clock_says_which_day_an_instant_is() -> None:
    """`at.date()` is the day in Greenwich, which in the country ends at seven in the morning."""
    cut = {
        path
        for path, call in calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "date"
        and not call.args
        and ast.unparse(call.func.value) != "func"
    }
    assert cut == {CLOCK, *DATES_WITHOUT_TIME}


def test_no_statement_asks_for_a_day() -> None:
    """The session's time zone is UTC: its `current_date` is no day of the country."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not SQL_DAY.search(node.value), (path, node.value)
