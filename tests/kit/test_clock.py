"""The database's clock decides; the country's day begins at its own midnight."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from structlog.testing import capture_logs

from idp.kit import clock
from idp.kit.db import database_now, transaction
from idp.kit.drift import DriftWatch, drifted
from idp.settings import Settings
from idp.settings.people import CountrySettings
from tests.support.clocks import wrong_machine

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EVENING = datetime(2026, 3, 31, 18, tzinfo=UTC)
"""Of the thirty-first in Greenwich, and the first in Hà Nội."""


def test_today_is_the_countrys_day() -> None:
    with clock.shifted(EVENING - datetime.now(UTC)):
        assert clock.today("Asia/Ho_Chi_Minh").isoformat() == "2026-04-01"
        assert clock.today("UTC").isoformat() == "2026-03-31"


def test_the_day_of_an_instant_is_the_countrys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A9: and which country that is, the settings say, once for the process."""
    monkeypatch.setattr(clock, "_zone", clock._zone)
    assert clock.day_of(EVENING) == date(2026, 4, 1)
    Settings(country=CountrySettings(time_zone="UTC"))
    assert clock.day_of(EVENING) == date(2026, 3, 31)


@pytest.mark.parametrize("name", ["Asia/Ho_Chi_Min", "", "../etc/passwd", "+07:00"])
def test_a_time_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        CountrySettings(time_zone=name)
    assert CountrySettings(time_zone="Asia/Tokyo").time_zone


@pytest.mark.parametrize("by", [DAY, -DAY, timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_machine_with_a_wrong_clock_goes_by_the_databases(
    by: timedelta, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E4."""
    with wrong_machine(monkeypatch, by=by), transaction(engine) as db:
        assert abs(clock.now() - datetime.now(UTC) - by) < SECOND, "the control"
        database_now(db)
        assert abs(clock.now() - db.scalars(select(func.clock_timestamp())).one()) < SECOND
        assert abs(clock.drift() - by) < SECOND


def test_a_machine_whose_clock_is_set_while_it_serves_does_not_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E4: a day ahead for ten seconds abandoned every open sign-in, tomorrow."""
    before = clock.now()
    monkeypatch.setattr("idp.kit.clock.time.time", lambda: time.monotonic() + DAY.total_seconds())
    assert timedelta(0) <= clock.now() - before < SECOND


def test_time_does_not_tremble_between_readings_that_agree() -> None:
    """What was known is kept while it lies between the question and the answer."""
    asked, known = time.monotonic(), clock._ahead
    clock.follow(clock.now(), asked=asked - 0.001)
    assert clock._ahead == known


@pytest.mark.parametrize(("by", "is_told"), [(3, True), (-3, True), (1, False), (-1, False)])
def test_a_drift_of_more_than_two_seconds_is_told_once_and_again(
    by: int, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E4: in the log; within two seconds it is the control."""
    watch, ahead = DriftWatch(), clock._ahead
    seconds = iter([0.0, 300.0, 600.0, 900.0])
    monkeypatch.setattr("idp.kit.drift.time.monotonic", lambda: next(seconds))
    monkeypatch.setattr("idp.kit.drift.clock.drift", lambda: timedelta(seconds=by))
    with capture_logs() as logs:
        for _ in range(3):
            watch.tell()
        monkeypatch.setattr("idp.kit.drift.clock.drift", lambda: timedelta(0))
        watch.tell()
    told = [(log["event"], log.get("seconds")) for log in logs]
    drifts = [("clock.drifts", float(by))] * 2
    assert told == ([*drifts, ("clock.agrees_again", None)] if is_told else [])
    assert (drifted(), clock._ahead) == (None, ahead)
