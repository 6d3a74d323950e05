"""The bench of the figures still goes through, at a size that takes no time."""

import json
import os
import time
from pathlib import Path
from unittest import mock

import pytest
from rich.console import Console

from bench.adoption import report
from bench.adoption.clocks import Deadline
from bench.adoption.report import as_json, line, show
from bench.adoption.run import (
    AUDIT,
    DAY_CLOSED,
    HISTORY,
    MONTH_CLOSED,
    TODAY,
    VERIFY,
    WRITE,
    Engines,
    Size,
    measure,
)
from bench.provider import settle
from idp.kit.db import make_engine
from tests.support.postgres import Database
from tests.test_bench import Roles


def test_every_step_of_the_bench_of_figures_goes_through(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country of a few hundred; its months agree with what verify and the auditor count."""
    if not database.auditor_url:
        pytest.skip("this server's auditor is not known")
    size = Size(subjects=400, months=2, today=40, readers=20, seconds=0.5)
    urls = (database.app_url, database.owner_url, database.auditor_url)
    engines = Engines(*(make_engine(url) for url in urls))
    monkeypatch.setattr("bench.adoption.readers._WARM_SECONDS", 0.2)
    for few in ("_MONTHS", "_PLACES", "_REPEATED"):
        monkeypatch.setattr(f"bench.adoption.pages.{few}", 1)
    deadline = Deadline(time.perf_counter() + 3600)
    with mock.patch.dict(os.environ):
        settings = settle(Roles(database), tmp_path)
        try:
            measured = measure(size, settings, engines, deadline, tmp_path)
        finally:
            engines.dispose()
    assert not measured.meter.skipped
    steps = {WRITE, HISTORY, DAY_CLOSED, MONTH_CLOSED, VERIFY, TODAY, AUDIT}
    assert steps <= set(measured.meter.took)
    assert measured.pages
    assert measured.crowd
    assert all((measured.pages.slices, measured.pages.kept, measured.pages.today))
    crowd = measured.crowd
    told = (crowd.readers, crowd.of_today, crowd.alone, crowd.beside)
    assert all(each.count and not each.refused for each in told)
    record = as_json([measured], ["a note"])
    assert json.loads(json.dumps(record))["sizes"][0]["subjects"] == size.subjects
    monkeypatch.setattr(report, "Console", lambda **_: Console(width=140, quiet=True))
    show([measured, measured], ["a note"])


def test_what_a_larger_country_takes_is_read_from_a_straight_line() -> None:
    """Two hundred to begin with and three for each."""
    assert line([(1, 203), (2, 206), (4, 212)]) == pytest.approx((200, 3))
    assert line([(5, 7)]) == (7, 0)
