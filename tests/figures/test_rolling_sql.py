"""`docs/rolling.sql` gives every rolling figure of a kept day from the journal, to the digit."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from idp.demo.seed import seed_country
from idp.figures.rolling_days import roll_windows
from idp.figures.rolling_read import last_day
from idp.kit.db import make_engine
from idp.places.load import load_places
from idp.settings import Settings
from tests.figures.committed import add, close, still_open
from tests.figures.history import organization_registered, represents, signed_in
from tests.figures.test_figures_sql import wrong
from tests.figures.test_months import LAST
from tests.figures.test_rolling import busy, use_both
from tests.support.postgres import Database

SQL = (Path(__file__).parents[2] / "docs" / "rolling.sql").read_text()


@pytest.fixture
def committed(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def auditor(database: Database) -> Iterator[Engine]:
    if not database.auditor_url:
        pytest.skip("this server's auditor is not known")
    engine = make_engine(database.auditor_url)
    yield engine
    engine.dispose()


def recounted(connection: Connection, day: date) -> list[Any]:
    raw = connection.connection.driver_connection
    assert raw is not None
    return raw.cursor().execute(SQL.replace(":'day'", f"'{day}'")).fetchall()


def test_the_demo_has_its_windows_from_the_start_and_they_agree(
    committed: Engine, auditor: Engine, settings: Settings
) -> None:
    keyring = settings.secrets.keyring()
    assert seed_country(committed, settings=settings, keyring=keyring, scale=0.02)
    with Session(committed) as db:
        day = last_day(db)
    assert day is not None
    with auditor.connect() as connection:
        rows = recounted(connection, day)
        assert len(rows) > 300
        assert wrong(rows) == []
        assert {"agency", "ministry", "place", "country"} == {row[0] for row in rows}
    with committed.connect() as connection:
        known = "SELECT figure, value FROM adoption_rolling WHERE (dimension, subject_kind, "
        known += "window_name) IN (('country', 'person', 'at_day'), ('country', 'person', :window))"
        rows_of = connection.execute(text(known), {"window": "rolling_365"})
        found = {figure: value for figure, value in rows_of}  # noqa: C416 - dict() of rows is untyped
    assert 0 < found["UNI_STRICT"] < found["UNI_USED"] < found["UNI_REACH"] < found["VER1"]


@pytest.mark.parametrize("seed", range(3))
def test_a_random_history_agrees_with_late_rows_and_organizations(
    committed: Engine, auditor: Engine, seed: int
) -> None:
    with Session(committed) as db, db.begin():
        load_places(db)
    companies = [organization_registered(n, date(2025, 5, 1)) for n in (1, 2)]
    companies[0]["data"]["place"] = "49"
    acted = [represents(1, n, date(2025, 8, 1)) for n in (1, 2)]
    acted += [signed_in(1, LAST, tier, organization_number=1) for tier in ("central", "commune")]
    with still_open(committed, *use_both(1, date(2025, 9, 1))):
        add(committed, *busy(seed, people=40), *companies, *acted)
        close(committed, date(2025, 9, 29))
        with committed.begin() as connection:
            roll_windows(connection)
    close(committed, LAST)
    with committed.begin() as connection:
        roll_windows(connection)
    with auditor.connect() as connection:
        for day in (date(2025, 9, 29), LAST):
            assert wrong(recounted(connection, day)) == []
            assert len(recounted(connection, day)) > 60
