"""`docs/rolling.sql` gives every rolling figure of a kept day from the journal, to the digit."""

import re
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
from tests.support.postgres import Database, answered

SQL = (Path(__file__).parents[2] / "docs" / "rolling.sql").read_text()
OF_MONTHS = (Path(__file__).parents[2] / "docs" / "figures.sql").read_text()


@pytest.fixture
def committed(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


def recounted(connection: Connection, day: date) -> list[Any]:
    return answered(connection, SQL.replace(":'day'", f"'{day}'"))


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


ITS_OWN = {"closed", "span", "seen", "place_of", "person_in", "signin", "did", "org_did", "used"}
"""What it says otherwise than `figures.sql`; and `counted`, which is the answer."""


def parts(sql: str) -> dict[str, str]:
    """The text of each named part of a statement."""
    named = re.compile(r"(?m)^(?:WITH RECURSIVE )?(\w+)(?: \([^)]*\))? AS \(")
    begun = [(found[1], found.start(1)) for found in named.finditer(sql)]
    ends = [start for _, start in begun[1:]] + [len(sql)]
    texts = (
        sql[start:end].partition("\n--")[0] for (_, start), end in zip(begun, ends, strict=True)
    )
    return {name: text.rstrip(" ,\n") for (name, _), text in zip(begun, texts, strict=True)}


def test_what_months_and_days_are_counted_by_alike_is_written_alike() -> None:
    """Each file runs alone; who mends a part in one mends it in the other."""
    of_days, of_months = parts(SQL), parts(OF_MONTHS)
    alike = {name for name, text in of_days.items() if of_months.get(name) == text}
    assert of_days.keys() - alike == ITS_OWN | {"counted"}
    assert len(alike) > 15
