"""E1: every PostgreSQL from the oldest supported: its roles, made twice, and a sign-in on it."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
import pytest

from idp.demo.postgres.layout import find_binaries
from idp.kit.db import make_engine
from idp.kit.migrations import is_current, upgrade
from tests.conftest import make_settings
from tests.support.country import found_country
from tests.support.own_postgres import OwnPostgres, own_postgres
from tests.support.postgres import Database
from tests.support.served import served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

ROOT = Path(__file__).parents[2]
ROLES = ROOT / "deploy" / "roles.sql"
WHEEL = find_binaries().root.parent
PROGRAMS = {
    15: Path("/usr/lib/postgresql/15/bin"),  # Debian 12's
    16: WHEEL / "pginstall" / "bin",
    18: WHEEL / "pginstall18" / "bin",
}
SECONDS = 30


@pytest.fixture(scope="module", params=PROGRAMS)
def server(request: pytest.FixtureRequest) -> Iterator[OwnPostgres]:
    programs = PROGRAMS[request.param]
    if not (programs / "initdb").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no PostgreSQL {request.param}")
    with own_postgres(programs) as server:
        yield server


def read(server: OwnPostgres, statement: LiteralString) -> Any:
    with server.connect("admin", "idp") as admin:
        row = admin.execute(statement).fetchone()
    assert row
    return row[0]


def test_roles_are_made_and_made_again(server: OwnPostgres) -> None:
    first = server.psql(ROLES, IDP_APP_PASSWORD="a first password")
    assert (first.returncode, first.stderr) == (0, "")
    again = server.psql(ROLES, IDP_APP_PASSWORD="another")
    assert (again.returncode, again.stderr) == (0, "")
    assert "CREATE" in first.stdout
    assert "CREATE" not in again.stdout
    with server.connect("admin", "idp") as admin:
        roles = "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname LIKE 'idp\\_%'"
        assert sorted(admin.execute(roles).fetchall()) == [
            (name, False, False) for name in ("idp_app", "idp_audit", "idp_owner", "idp_sealer")
        ]
        named = "SELECT datcollate, pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'idp'"
        assert admin.execute(named).fetchone() == ("C", "idp_owner")
        may = "SELECT has_database_privilege('idp_app', 'idp', 'CREATE'), count(*) FROM pg_shadow"
        assert (admin.execute(may + " WHERE usename = 'idp_app'").fetchone() or [True])[0] is False


def test_half_of_the_roles_is_completed(server: OwnPostgres) -> None:
    """What an administrator made by hand stays as it is."""
    server.psql(ROLES)
    with server.connect("admin", "postgres") as admin:
        admin.execute("DROP DATABASE idp WITH (FORCE)")
        admin.execute("DROP ROLE idp_sealer")
        admin.execute("ALTER ROLE idp_app CONNECTION LIMIT 7")
    done = server.psql(ROLES)
    assert (done.returncode, done.stderr) == (0, "")
    with server.connect("admin", "idp") as admin:
        kept = admin.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'idp_app'")
        assert kept.fetchone() == (7,)
        admin.execute("ALTER ROLE idp_app CONNECTION LIMIT -1")


def test_a_person_signs_in_and_the_journal_is_sealed(server: OwnPostgres) -> None:
    server.psql(ROLES)
    owner, app, sealer = map(server.url, ("idp_owner", "idp_app", "idp_sealer"))
    database = Database(name="idp", owner_url=owner, app_url=app, sealer_url=sealer)
    upgrade(owner)
    assert is_current(app)
    settings, engine = make_settings(database), make_engine(app)
    country = found_country(engine, settings=settings, keyring=settings.secrets.keyring())
    engine.dispose()
    with served(database) as provider:
        visitor, party = Visitor(stop_at=("https://rp.example/",)), country.ministry(provider.url)
        page = sign_in(visitor, visitor.open(party.authorize_url()), country.citizen)
        page = agree(visitor, page) if page.path.endswith("/consent") else page
        tokens = party.redeem(party.answer(page.url)["code"]).json()
        assert party.userinfo(tokens["access_token"]).status_code == 200
        assert httpx2.get(f"{provider.url}/adoption", timeout=10).status_code == 200
        visitor.close()
        deadline = time.monotonic() + SECONDS
        while not read(server, "SELECT count(*) FROM journal_seal"):
            assert time.monotonic() < deadline, provider.log
            time.sleep(0.2)
        assert not re.findall(r'"(task\.failed|request\.failed)"', provider.log), provider.log
    with server.connect("admin", "idp") as admin, pytest.raises(psycopg.errors.Error):
        admin.execute("DELETE FROM journal_entry")
