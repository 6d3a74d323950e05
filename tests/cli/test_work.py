"""A node's tasks are done once on it: by `serve` alone, by the parent of its workers, or `work`."""

import json
import sys
import time
from collections.abc import Callable

import httpx2
import psycopg
import pytest

from tests.support.postgres import Database, DatabaseServer
from tests.support.served import environment_for, free_port, running, served

POOL, WORKERS, TASKS = 4, 2, 7


def eventually(condition: Callable[[], bool], *, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def connections(admin: "psycopg.Connection[tuple[int]]", database: Database) -> int:
    """How many the serving role has open on that database."""
    counted = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'idp_app'",
        [database.name],
    ).fetchone()
    assert counted is not None
    return counted[0]


def is_sealed(admin_url: str) -> bool:
    with psycopg.connect(admin_url) as connection:
        found = connection.execute("SELECT count(*) FROM journal_seal").fetchone()
    return found is not None and found[0] > 0


@pytest.mark.parametrize("workers", [1, WORKERS])
def test_serving_does_the_nodes_tasks_once(database: Database, workers: int) -> None:
    with served(database, workers=workers, settings={"IDP_DATABASE__POOL_SIZE": str(POOL)}):
        assert eventually(lambda: is_sealed(plain(database.owner_url)))


def test_a_worker_holds_its_pool_and_one_connection_more(
    database: Database, postgres: DatabaseServer
) -> None:
    """However many requests come: the listener is one; tasks are another process's."""
    sizes = {"IDP_DATABASE__POOL_SIZE": str(POOL), "IDP_SERVER__THREADS": "16"}
    with (
        served(database, workers=WORKERS, settings=sizes, options=("--no-work",)) as provider,
        postgres.connect_as_admin() as admin,
    ):
        for _ in range(40):
            httpx2.get(f"{provider.url}/authorize?client_id=nobody")
        assert WORKERS <= connections(admin, database) <= WORKERS * (POOL + 1)
        assert not is_sealed(plain(database.owner_url)), "without a task nothing is sealed"


def test_work_does_what_serving_leaves_to_it(database: Database, postgres: DatabaseServer) -> None:
    environment = environment_for(database, issuer=f"http://localhost:{free_port()}")
    command = [sys.executable, "-m", "idp", "work", "--json"]
    with (
        running(command, environment) as working,
        postgres.connect_as_admin() as admin,
    ):
        assert eventually(lambda: is_sealed(plain(database.owner_url)))
        assert connections(admin, database) <= TASKS + 2
        told, _ = json.JSONDecoder().raw_decode(working.log[working.log.index('{\n  "tasks"') :])
        assert len(told["tasks"]) == TASKS
    assert working.process.returncode == 0


def plain(url: str) -> str:
    return url.replace("+psycopg", "")
