"""The database goes away while the provider serves; the provider dies right after an answer."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from idp.demo.postgres import APP, DATABASE, OWNER, SEALER, EmbeddedPostgres
from idp.kit.db import make_engine
from idp.kit.migrations import upgrade
from tests.conftest import make_settings
from tests.support.country import Country, found_country
from tests.support.postgres import Database
from tests.support.served import Served, served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

RECOVERY_SECONDS = 30


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A database server that may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="idp-test-"))
    folder.chmod(0o711)
    with EmbeddedPostgres(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def own_database(own_server: EmbeddedPostgres) -> Database:
    """Its database, migrated."""
    upgrade(own_server.url(OWNER))
    owner, app, sealer = map(own_server.url, (OWNER, APP, SEALER))
    return Database(name=DATABASE, owner_url=owner, app_url=app, sealer_url=sealer)


@pytest.fixture(scope="module")
def own_country(own_database: Database) -> Country:
    """The country in it."""
    settings = make_settings(own_database)
    engine = make_engine(own_database.app_url)
    country = found_country(engine, settings=settings, keyring=settings.secrets.keyring())
    engine.dispose()
    return country


@contextmanager
def stopped(server: EmbeddedPostgres) -> Iterator[None]:
    """The server is killed and kept from coming back."""
    server.stop()
    yield
    server.start()


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stands still, its sockets open."""
    with server.connect() as connection:
        row = connection.execute(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        ).fetchone()
    assert row
    pids = [*row[0], server._pid]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def await_recovery(url: str) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while httpx2.get(url, timeout=10).status_code != 200:
        assert time.monotonic() < deadline, "the provider did not recover by itself"
        time.sleep(0.2)


@pytest.mark.parametrize("fault", [stopped, frozen])
def test_a_lost_database_is_told_and_recovered_from(
    own_server: EmbeddedPostgres, own_database: Database, own_country: Country, fault: object
) -> None:
    with served(own_database) as provider:
        party = own_country.ministry(provider.url)
        visitor = Visitor(stop_at=("https://rp.example/",))
        begun = visitor.open(party.authorize_url())
        assert begun.status == 200

        with fault(own_server):  # type: ignore[operator]
            refused = visitor.post(
                begun.url, {**begun.forms[-1].fields, "identifier": own_country.citizen.number}
            )
            assert refused.status == 503
            assert int(refused.headers["retry-after"]) > 0
            assert party.redeem("a-code").status_code == 503
            assert httpx2.get(f"{provider.url}/jwks", timeout=10).status_code == 200
            discovery = f"{provider.url}/.well-known/openid-configuration"
            assert httpx2.get(discovery, timeout=10).status_code == 200

        await_recovery(f"{provider.url}/readyz")
        page = visitor.open(begun.url)
        page = sign_in(visitor, page, own_country.citizen)
        if page.path.endswith("/consent"):
            page = agree(visitor, page)
        assert "code" in party.answer(page.url)
        visitor.close()


def test_what_was_answered_survives_a_kill(own_database: Database, own_country: Country) -> None:
    visitor = Visitor(stop_at=("https://rp.example/",))
    with served(own_database) as first:
        party = own_country.ministry(first.url)
        page = sign_in(visitor, visitor.open(party.authorize_url()), own_country.citizen)
        if page.path.endswith("/consent"):
            page = agree(visitor, page)
        code = party.answer(page.url)["code"]
        first.kill()
    port = int(first.url.rpartition(":")[2])
    with served(own_database, port=port) as second:
        answer = party.redeem(code)
        assert answer.status_code == 200, answer.text
        second.kill()
    with served(own_database, port=port) as third:
        assert third.url == first.url
        assert party.redeem(code).json()["error"] == "invalid_grant"
        assert party.userinfo(answer.json()["access_token"]).status_code == 401
    visitor.close()


def test_the_log_says_what_happened_without_naming_anybody(
    own_database: Database, own_country: Country
) -> None:
    with served(own_database) as provider:
        visitor = Visitor(stop_at=("https://rp.example/",))
        party = own_country.ministry(provider.url)
        sign_in(visitor, visitor.open(party.authorize_url()), own_country.citizen)
        visitor.close()
        _assert_silent(provider, own_country)


def _assert_silent(provider: Served, country: Country) -> None:
    citizen = country.citizen
    for secret in (citizen.number, citizen.password, citizen.totp_secret):
        assert secret not in provider.log
