"""One size: make the country, close its days and months, count them again, read its pages."""

import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.errors import QueryCanceled
from sqlalchemy import Connection, Engine, text

from bench.adoption.clocks import Deadline, Meter, OutOfTime
from bench.adoption.country import Span, found
from bench.adoption.pages import Pages, measure_pages
from bench.adoption.readers import Crowd, measure_crowd
from bench.provider import provider, settle
from idp.demo.postgres import AUDITOR, EmbeddedPostgres
from idp.figures.days import DAY, day_start, month_start
from idp.kit.db import make_engine
from idp.kit.migrations import upgrade
from idp.settings import Settings

_SQL = Path(__file__).parents[2] / "docs" / "figures.sql"
_NEWEST = "SELECT count(*) FROM adoption_slice GROUP BY freeze_number ORDER BY freeze_number DESC"
_LEAST = 1.0
"""Seconds below which nothing is begun any more."""
WRITE, HISTORY = "made up and written", "history: its days and months"
DAY_CLOSED, MONTH_CLOSED = "one day closed", "a month's last day, and the month"
MONTH_SETS, DAY_SETS = "one month's sets", "one day's sets"
TODAY, VERIFY, AUDIT = "today's rows read", "adoption verify --month", "docs/figures.sql"


@dataclass(frozen=True)
class Size:
    """How much is made."""

    subjects: int
    months: int
    today: int
    """Sign-ins of today, before readers come."""
    readers: int
    """A second; 0 for none."""
    seconds: float
    """So long they read."""


@dataclass
class Measured:
    """One size: what each step took, and what it left."""

    size: Size
    outcomes: int
    days: int
    meter: Meter
    bytes_of: dict[str, int] = field(default_factory=dict)
    """Table → bytes with its indexes; and the bitmaps of one day and of one month."""
    counts: dict[str, int] = field(default_factory=dict)
    pages: Pages | None = None
    crowd: Crowd | None = None
    whole_seconds: float = 0.0


def run(size: Size, *, deadline: Deadline) -> Measured:
    """Everything of one size, in a folder of its own that is gone afterwards."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="idp-bench-adoption-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "data") as postgres:
            settings = settle(postgres, folder)
            upgrade(settings.database.owner_url)
            engines = Engines(
                make_engine(settings.database.url),
                make_engine(settings.database.owner_url),
                make_engine(postgres.url(AUDITOR)),
            )
            try:
                measured = measure(size, settings, engines, deadline, folder)
            finally:
                engines.dispose()
    measured.whole_seconds = time.perf_counter() - started
    return measured


@dataclass(frozen=True)
class Engines:
    """Connections as each role."""

    app: Engine
    owner: Engine
    auditor: Engine

    def dispose(self) -> None:
        """Close them."""
        for engine in (self.app, self.owner, self.auditor):
            engine.dispose()


def measure(
    size: Size, settings: Settings, engines: Engines, deadline: Deadline, folder: Path
) -> Measured:
    engine, owner = engines.app, engines.owner
    span = Span.until_now(settings, size.months)
    meter, written = Meter(engine, deadline), list[int]()

    def write() -> None:
        written.append(found(engine, owner, settings=settings, span=span, subjects=size.subjects))

    meter.here(WRITE, write)
    measured = Measured(size, written[0], span.days, meter)
    try:
        _close(meter, span)
        with engine.connect() as connection:
            _weigh(measured, connection, span)
        month = f"{span.last_month_on:%Y-%m}"
        meter.command(VERIFY, "idp", "adoption", "verify", "--month", month)
        with provider(core=max(os.sched_getaffinity(0)), log=folder / "provider.log") as server:
            measured.pages = measure_pages(server, engine)
        if size.readers and deadline.left > _LEAST:
            measured.crowd = measure_crowd(
                settings,
                engine,
                owner,
                size=(size.subjects, size.today, size.readers, size.seconds),
                close=lambda: meter.command(TODAY, "bench.adoption.step", str(span.yesterday)),
                log=folder / "crowd.log",
            )
        _audit(meter, engines.auditor, month)
    except OutOfTime as reason:
        meter.skipped["the rest"] = str(reason)
    return measured


def _close(meter: Meter, span: Span) -> None:
    """The history up to two days before its last month's end; then a day; then the month's end."""
    last = span.last_month_on
    for name, day in ((HISTORY, last - 2 * DAY), (DAY_CLOSED, last - DAY), (MONTH_CLOSED, last)):
        if meter.command(name, "bench.adoption.step", str(day)) is None:
            raise OutOfTime("the history was not closed in time")
    if span.yesterday > last:
        meter.command("the days since", "bench.adoption.step", str(span.yesterday))


def _weigh(measured: Measured, connection: Connection, span: Span) -> None:
    """What the tables hold."""
    sizes = connection.execute(
        text(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relname IN"
            " ('journal_entry', 'adoption_bitmap', 'adoption_month_set', 'adoption_slice',"
            " 'adoption_action', 'delivered_set')"
        )
    )
    measured.bytes_of = dict(iter(sizes))
    month = month_start(span.last_month_on)
    measured.bytes_of[MONTH_SETS] = (
        connection.scalar(
            text("SELECT sum(pg_column_size(bitmap)) FROM adoption_month_set WHERE month_on = :on"),
            {"on": month},
        )
        or 0
    )
    measured.bytes_of[DAY_SETS] = (
        connection.scalar(
            text(
                "SELECT sum(pg_column_size(bitmap)) FROM adoption_bitmap"
                " WHERE day_on = :on AND name IN ('any', 'strong', 'central', 'local')"
            ),
            {"on": span.last_month_on},
        )
        or 0
    )
    for name, statement in (
        ("journal rows", "SELECT count(*) FROM journal_entry"),
        ("slices of one month", _NEWEST),
    ):
        measured.counts[name] = connection.scalar(text(statement)) or 0
    since = day_start(month, span.time_zone)
    until = day_start(span.last_month_on + DAY, span.time_zone)
    measured.counts["active in the month"] = (
        connection.scalar(
            text(
                "SELECT count(DISTINCT subject_number) FROM journal_entry"
                " WHERE outcome = 'success' AND at >= :since AND at < :until"
            ),
            {"since": since, "until": until},
        )
        or 0
    )


def _audit(meter: Meter, auditor: Engine, month: str) -> None:
    """The auditor's statement, as far as the time that is left allows."""
    left = meter.deadline.left
    if left < _LEAST:
        meter.skipped[AUDIT] = "no time left"
        return
    statement = _SQL.read_text().replace(":'month'", f"'{month}'")

    def ask() -> None:
        with auditor.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute(f"SET statement_timeout = {round(1000 * left)}")
            rows = raw.execute(statement).fetchall()
        wrong = [row for row in rows if not row[-1]]
        if wrong or not rows:
            raise RuntimeError(f"docs/figures.sql does not agree: {wrong[:3]}")

    try:
        meter.here(AUDIT, ask)
    except QueryCanceled:
        meter.skipped[AUDIT] = f"not done in {left:.0f} s"
