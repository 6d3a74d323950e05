"""A node's tasks are done once on it: by `serve` alone, by the parent of its workers, or `work`."""

import json
import sys
import time
from collections.abc import Callable
from datetime import date

import httpx2
import psycopg
import pytest

from idp.figures.models import Denominator
from idp.kit.db import make_engine, transaction
from idp.kit.errors import ConfigurationError
from idp.runtime import make_runtime
from idp.settings import Settings
from idp.work import working
from tests.support.postgres import Database, DatabaseServer
from tests.support.served import environment_for, free_port, running, served

POOL, WORKERS, TASKS = 4, 2, 10


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
        running(command, environment) as work,
        postgres.connect_as_admin() as admin,
    ):
        assert eventually(lambda: is_sealed(plain(database.owner_url)))
        assert connections(admin, database) <= TASKS + 2
        told, _ = json.JSONDecoder().raw_decode(work.log[work.log.index('{\n  "tasks"') :])
        assert len(told["tasks"]) == TASKS
    assert work.process.returncode == 0


def test_production_works_as_no_owner_and_on_no_invented_country(
    settings: Settings, database: Database
) -> None:
    """G16: who only does the tasks is asked what who serves is; with its own roles it starts."""

    def start(**urls: str) -> int:
        there = settings.database.model_copy(update={"sealer_url": database.sealer_url} | urls)
        changed = {"environment": "production", "database": there}
        with working(make_runtime(settings.model_copy(update=changed))) as tasks:
            return len(tasks)

    assert start() == TASKS
    for name in ("url", "sealer_url"):
        with pytest.raises(ConfigurationError, match=rf"IDP_DATABASE__{name.upper()} owns tables"):
            start(**{name: database.owner_url})
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        day = date(2026, 1, 1)
        db.add(Denominator(kind="x", counted_on=day, value=1, source="x", is_synthetic=True))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="synthetic country"):
        start()


def plain(url: str) -> str:
    return url.replace("+psycopg", "")
