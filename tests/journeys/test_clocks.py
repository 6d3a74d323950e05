"""E4: two nodes, one of whose machines is a day ahead: the database's clock decides."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.country import Country
from tests.support.postgres import Database
from tests.support.served import Served, environment_for, served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

DAY = 86_400
SECONDS = 60


@pytest.fixture(scope="module")
def wrong_clock() -> dict[str, str]:
    """What makes a process see its machine's clock a day ahead."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("libfaketime is not installed")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": "+1d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture(scope="module")
def provider(module_database: Database, country: Country) -> Iterator[Served]:
    """The node that is right; the other does the tasks."""
    assert country
    with served(module_database, options=("--no-work",)) as provider:
        yield provider


@pytest.fixture
def late(
    module_database: Database, provider: Served, wrong_clock: dict[str, str]
) -> Iterator[Served]:
    """The node whose machine is wrong, behind the same address."""
    with served(module_database, issuer=provider.url, settings=wrong_clock) as late:
        yield late


def read(database: Database, statement: str) -> object:
    url = make_url(database.owner_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
    assert row
    return row[0]


def interaction_of(url: str) -> str:
    return url.split("/signin/")[1].split("/", maxsplit=1)[0]


def test_a_sign_in_goes_on_at_a_node_whose_machine_is_a_day_ahead(
    module_database: Database,
    provider: Served,
    country: Country,
    visitor: Visitor,
    request: pytest.FixtureRequest,
) -> None:
    party = country.ministry(provider.url)
    begun = visitor.open(party.authorize_url())
    other = Visitor()
    over = interaction_of(other.open(party.authorize_url()).url)
    other.close()
    ends = "UPDATE interaction SET expires_at = now() - interval '1 s' WHERE id = '{}' RETURNING 1"
    read(module_database, ends.format(over))

    late: Served = request.getfixturevalue("late")
    deadline = time.monotonic() + SECONDS
    ended = f"SELECT ended_at IS NOT NULL FROM interaction WHERE id = '{over}'"
    while not read(module_database, ended):
        assert time.monotonic() < deadline, "the control: what is over is swept"
        time.sleep(0.2)
    assert read(module_database, "SELECT max(at) < now() + interval '1 s' FROM journal_entry")

    page = sign_in(
        visitor, visitor.open(begun.url.replace(provider.url, late.url)), country.citizen
    )
    page = agree(visitor, page) if page.path.endswith("/consent") else page
    tokens = party.redeem(party.answer(page.url)["code"], at=late.url).json()
    claims = party.id_claims(tokens["id_token"])
    assert abs(claims["iat"] - time.time()) < 10
    assert party.userinfo(tokens["access_token"]).status_code == 200
    again = visitor.open(party.authorize_url(prompt="none"))
    assert party.redeem(party.answer(again.url)["code"]).status_code == 200
    assert read(module_database, "SELECT count(*) FROM adoption_day WHERE closed_at > now()") == 0


def test_a_node_that_drifts_says_so(provider: Served, late: Served) -> None:
    """In readiness, where it goes on to serve, and in the log; the other node is the control."""
    told = httpx2.get(f"{late.url}/readyz").json()
    assert told["status"] == "ready"
    assert abs(told["clock_drift_seconds"] - DAY) < 2
    assert httpx2.get(f"{provider.url}/readyz").json() == {"status": "ready"}
    assert late.log.count('"clock.drifts"') == 1
    assert "clock.drifts" not in provider.log


def test_a_command_on_a_machine_that_is_a_day_ahead_writes_the_databases_time(
    module_database: Database, wrong_clock: dict[str, str], country: Country
) -> None:
    environment = environment_for(module_database, issuer="http://localhost:1", **wrong_clock)
    number = country.citizen.number
    command = [sys.executable, "-m", "idp", "person", "suspend", number]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    changed = "SELECT max(updated_at) <= now() FROM person"
    assert read(module_database, changed)
