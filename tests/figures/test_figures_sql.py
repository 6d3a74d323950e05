"""`docs/figures.sql` gives every published figure of a month from the journal, to the digit."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.demo.seed import seed_country
from idp.figures.month_recount import revise
from idp.figures.slices import list_months
from idp.kit.db import make_engine
from idp.places.load import load_places
from idp.settings import Settings
from tests.figures.committed import add, close, still_open
from tests.figures.history import organization_registered, represents, signed_in
from tests.figures.test_companies import delegate, refused, way
from tests.figures.test_months import FIRST, LAST, history
from tests.figures.test_said import say, service
from tests.support.postgres import Database, answered

SQL = (Path(__file__).parents[2] / "docs" / "figures.sql").read_text()
MERGED_ON = date(2025, 6, 30)


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


def recounted(connection: Connection, month: date) -> list[Any]:
    return answered(connection, SQL.replace(":'month'", f"'{month:%Y-%m}'"))


def wrong(rows: list[Any]) -> list[Any]:
    return [row for row in rows if not row[-1]]


def test_the_demos_months_agree(owner: Engine, auditor: Engine, settings: Settings) -> None:
    keyring = settings.secrets.keyring()
    assert seed_country(owner, settings=settings, keyring=keyring, scale=0.02)
    with Session(auditor) as db:
        months = [month.month_on for month in list_months(db)]
        assert len(months) >= 12
        for month in (months[1], *months[-18::4], months[-1]):
            rows = recounted(db.connection(), month)
            assert len(rows) > 300
            assert wrong(rows) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_random_history_agrees_and_so_does_its_revision(
    owner: Engine, auditor: Engine, seed: int
) -> None:
    with Session(owner) as db, db.begin():
        load_places(db)
    rows = list(history(random.Random(seed), people=40))
    companies = [organization_registered(n, FIRST) for n in (1, 2)]
    companies[0]["data"]["place"] = "49"
    acted = [represents(1, n, LAST) for n in (1, 2)]
    acted += [signed_in(1, LAST, tier, organization_number=1) for tier in ("central", "commune")]
    acted += [delegate(2, n, LAST) for n in (1, 2)]
    acted += [refused(LAST, kind="enterprise"), refused(FIRST)]
    with still_open(owner, signed_in(1, FIRST, "central"), signed_in(1, FIRST, "commune")):
        add(owner, *rows, *companies, *acted)
        close(owner, LAST)
    with Session(owner) as db, db.begin():
        revise(db, MERGED_ON, reason="late")
    with auditor.connect() as connection:
        for month in (date(2025, 4, 30), MERGED_ON, date(2025, 7, 31), LAST):
            assert wrong(recounted(connection, month)) == []


def test_organizations_on_their_way_and_what_people_say_agree(
    owner: Engine, auditor: Engine
) -> None:
    with owner.begin() as connection:
        load_places(Session(connection))
        way(connection)
    of = service(owner, "G31")
    say(owner, of, date(2025, 9, 1), satisfied=30, neither=3)
    close(owner, LAST)
    with auditor.connect() as connection:
        rows = recounted(connection, LAST)
        assert wrong(rows) == []
        assert {"COMPANY_3B", "DELEGATED", "SATISFIED"} <= {row[3] for row in rows}


def test_a_forged_row_is_told(owner: Engine, auditor: Engine) -> None:
    with Session(owner) as db, db.begin():
        load_places(db)
    add(owner, *history(random.Random(1), people=10))
    close(owner, LAST)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE adoption_slice DISABLE TRIGGER append_only"))
        forged = (
            "UPDATE adoption_slice SET value = 99 WHERE (dimension, figure) = ('country', 'REG')"
        )
        connection.execute(text(forged))
    with auditor.connect() as connection:
        assert {row[3] for row in wrong(recounted(connection, LAST))} == {"REG"}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM person",
        "SELECT error_id FROM journal_entry",
        "SELECT * FROM journal_source",
        "SELECT secret_encrypted FROM relying_party",
        "INSERT INTO adoption_revision (number, reason) VALUES (1, 'x')",
        "UPDATE adoption_slice SET value = 1",
        "DELETE FROM journal_entry",
        "CREATE TABLE mine (x int)",
    ],
)
def test_the_auditor_reads_figures_and_their_facts_alone(auditor: Engine, statement: str) -> None:
    with auditor.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM adoption_slice")) == 0
    with pytest.raises(ProgrammingError), auditor.begin() as connection:
        connection.execute(text(statement))
