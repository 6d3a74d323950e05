"""E3: a database that takes no rows is told like one that is away; its recovery needs nobody."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest

from idp.demo.postgres.layout import find_binaries
from idp.kit.db import make_engine
from idp.kit.migrations import upgrade
from tests.conftest import make_settings
from tests.journeys.test_postgres_versions import ROLES
from tests.support.country import Country, found_country
from tests.support.own_postgres import OwnPostgres, own_postgres
from tests.support.postgres import Database
from tests.support.served import Served, environment_for, served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

SECONDS = 30


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres(find_binaries().root / "bin") as server:
        assert server.psql(ROLES).returncode == 0
        yield server


@pytest.fixture(scope="module")
def own_database(server: OwnPostgres) -> Database:
    owner, app, sealer = map(server.url, ("idp_owner", "idp_app", "idp_sealer"))
    upgrade(owner)
    return Database(name="idp", owner_url=owner, app_url=app, sealer_url=sealer)


@pytest.fixture(scope="module")
def own_country(own_database: Database) -> Country:
    settings, engine = make_settings(own_database), make_engine(own_database.app_url)
    country = found_country(engine, settings=settings, keyring=settings.secrets.keyring())
    engine.dispose()
    return country


@contextmanager
def standby(server: OwnPostgres) -> Iterator[None]:
    """It follows another server, until it is promoted."""
    (server.folder / "data" / "standby.signal").touch()
    server.restart()
    yield
    server.promote()


@contextmanager
def kept_read_only(server: OwnPostgres) -> Iterator[None]:
    """An administrator keeps it so; connections that stand are told too."""
    with server.connect("admin", "idp") as admin:
        admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        admin.execute("SELECT pg_reload_conf()")
        yield
        admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        admin.execute("SELECT pg_reload_conf()")


def await_status(provider: Served, status: int) -> httpx2.Response:
    deadline = time.monotonic() + SECONDS
    while (answer := httpx2.get(f"{provider.url}/readyz", timeout=10)).status_code != status:
        assert time.monotonic() < deadline, provider.log
        time.sleep(0.2)
    return answer


@pytest.mark.parametrize("fault", [standby, kept_read_only])
def test_a_database_that_takes_no_rows_is_told_and_recovered_from(
    server: OwnPostgres,
    own_database: Database,
    own_country: Country,
    fault: Callable[[OwnPostgres], Iterator[None]],
) -> None:
    command = [sys.executable, "-m", "idp", "person", "suspend", own_country.citizen.number]
    environment = environment_for(own_database, issuer="http://localhost:1")
    with served(own_database) as provider:
        party = own_country.ministry(provider.url)
        visitor = Visitor(stop_at=("https://rp.example/",))
        begun = visitor.open(party.authorize_url())
        with fault(server):  # type: ignore[attr-defined]
            assert int(await_status(provider, 503).headers["retry-after"]) > 0
            refused = visitor.submit(begun, {"identifier": own_country.citizen.number})
            assert (refused.status, int(refused.headers["retry-after"]) > 0) == (503, True)
            answer = party.redeem("a-code")
            assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
            assert visitor.open(party.authorize_url()).status == 503
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
            assert "read-only" in done.stderr
            assert httpx2.get(f"{provider.url}/jwks", timeout=10).status_code == 200
            assert httpx2.get(f"{provider.url}/healthz", timeout=10).status_code == 200
        await_status(provider, 200)
        page = sign_in(visitor, visitor.open(party.authorize_url()), own_country.citizen)
        page = agree(visitor, page) if page.path.endswith("/consent") else page
        assert "code" in party.answer(page.url)
        assert '"request.failed"' not in provider.log
        visitor.close()
