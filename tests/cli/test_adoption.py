"""Figures by command: what differs from the journal is told, what is published stays."""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from idp import cli
from idp.cli import build_app
from idp.figures.rollup import LOCK
from idp.kit.db import make_engine, wait_for_lock
from idp.kit.errors import InvalidInput
from idp.settings.people import CountrySettings
from tests.figures.committed import add
from tests.figures.history import registered
from tests.support.postgres import Database
from tests.support.served import environment_for

TODAY = CountrySettings().today
DAY = TODAY - timedelta(days=3)


@pytest.fixture(autouse=True)
def owner(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Days are closed since one account was made three days ago."""
    for name, value in environment_for(database, issuer="http://localhost:8000").items():
        monkeypatch.setenv(name, value)
    engine = make_engine(database.owner_url)
    add(engine, registered(1, DAY))
    assert told("rollup")["first"] == DAY.isoformat()
    yield engine
    engine.dispose()


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["adoption", *words])


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def forge(owner: Engine) -> None:
    """As who has the database may: the row is added, its revision is not in the journal."""
    with owner.begin() as connection:
        connection.execute(text("INSERT INTO adoption_revision (number, reason) VALUES (1, 'x')"))
        figure = "INSERT INTO adoption_figure VALUES (:day, 'person', 'REG', 'at_day', 9, 1)"
        connection.execute(text(figure), {"day": DAY})


def test_verify_fails_when_a_figure_differs_from_the_journal(owner: Engine) -> None:
    """D5: as a monitor runs it; agreeing, it says how much it compared."""
    verified = told("verify")
    assert verified["differences"] == verified["unexplained"] == []
    assert verified["days"] == (TODAY - DAY).days
    assert verified["figures"] > 20 * verified["days"]
    forge(owner)
    for words in (("verify",), ("verify", "--json")):
        result = run(*words)
        assert result.exit_code == 1
        assert "revision 1" in result.stdout
        assert "at_day" in result.stdout


def test_a_rebuild_lists_and_only_a_revision_publishes(owner: Engine) -> None:
    """D4: silent before, it is told, and in the journal."""
    forge(owner)
    [difference] = told("rollup", "--rebuild")["differences"]
    assert (difference["published"], difference["counted"]) == (9, 1)
    assert run("verify").exit_code == 1
    assert told("rollup", "--rebuild", "--revise", "It was forged.")["revision"] == 2
    assert run("verify").exit_code == 1, "the forged revision is in no journal"
    assert told("rollup", "--rebuild")["differences"] == []
    assert [row["reason"] for row in told("revisions")] == ["It was forged.", "x"]
    refused = run("rollup", "--revise", "why")
    assert isinstance(refused.exception, InvalidInput)


def test_a_denominator_tells_which_published_days_it_leaves_or_changes() -> None:
    """D2: one command rewrote every month; now it says what it does."""
    words = ("denominator", "residents", DAY.isoformat())
    source = ("--source", "Census")
    filled = told(*words, "100", *source)
    assert (filled["in_force_on"], filled["revision"]) == (None, 0)
    assert {row["value"] for row in filled["published"]} == {None}
    kept = told(*words, "50", *source)
    assert kept["in_force_on"] == TODAY.isoformat()
    assert {row["value"] for row in kept["published"]} == {100}
    revised = told(*words, "50", *source, "--revise", "A digit was lost.")
    assert (revised["in_force_on"], revised["revision"]) == (None, 1)
    versions = [(row["version"], row["value"]) for row in told("denominators")]
    assert versions == [(1, 100), (2, 50), (3, 50)]
    assert told("verify")["unexplained"] == []


def test_a_database_that_gave_up_waiting_is_not_called_away(
    owner: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While days are being closed; afterwards the same command works."""
    words = ("denominator", "residents", DAY.isoformat(), "100", "--source", "Census")
    monkeypatch.setenv("IDP_DATABASE__LOCK_TIMEOUT", "PT0.5S")
    monkeypatch.setattr(sys, "argv", ["idp", "adoption", *words])
    with owner.begin() as connection:
        wait_for_lock(connection, LOCK)
        with pytest.raises(SystemExit, match="1"):
            cli.main()
    said = capsys.readouterr().err
    assert "Somebody else is changing the same rows" in said
    assert told(*words)["changed"]
