"""`idp keys` as operators use it, on a database that serves."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from idp.cli import build_app
from idp.keys.creation import ALGORITHMS, ensure_keys
from idp.kit.db import make_engine, transaction
from idp.settings import Settings
from tests.support.postgres import Database
from tests.support.served import environment_for, served

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `idp keys …` on a database with its first keys."""
    for name, value in environment_for(database, issuer="http://localhost:8000").items():
        monkeypatch.setenv(name, value)
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        ensure_keys(db, keyring=Settings().secrets.keyring())
    engine.dispose()
    return lambda *arguments: CliRunner().invoke(build_app(), ["keys", *arguments])


def keys_of(run: Run, alg: str = "ES256") -> list[dict[str, Any]]:
    keys = json.loads(run("list", "--json").stdout)
    return [key for key in keys if key["alg"] == alg]


def test_a_key_is_succeeded_by_command_and_the_list_says_when(run: Run) -> None:
    [first] = keys_of(run)
    assert first["state"] == "signing"
    [made] = json.loads(run("rotate", "--alg", "ES256", "--json").stdout)
    [old, new] = keys_of(run)
    assert (old["kid"], new) == (first["kid"], made)
    assert (old["state"], new["state"]) == ("signing", "published")
    assert old["retired_at"] == new["signing_at"] < old["dropped_at"]
    assert new["kid"] in run("list").stdout.replace("\n", "")
    again, unknown = run("rotate", "--alg", "ES256"), run("rotate", "--alg", "none")
    assert (again.exit_code, unknown.exit_code) == (1, 1)
    rest = json.loads(run("rotate", "--json").stdout)
    assert {key["alg"] for key in rest} == set(ALGORITHMS) - {"ES256"}


def test_a_key_is_retired_in_good_order_or_at_once(run: Run) -> None:
    [first] = keys_of(run)
    run("retire", first["kid"], "--json")
    [old, waiting] = keys_of(run)
    assert (old["kid"], old["state"]) == (first["kid"], "signing")
    assert run("retire", first["kid"]).exit_code == 1
    left = json.loads(run("retire", first["kid"], "--now", "--json").stdout)
    assert first["kid"] not in [key["kid"] for key in left]
    [now] = keys_of(run)
    assert (now["kid"], now["state"]) == (waiting["kid"], "signing")
    assert run("retire", "nobody", "--now").exit_code == 1


def test_a_kid_of_before_that_begins_with_a_hyphen_is_named_after_two(run: Run) -> None:
    assert run("retire", "-nobodys", "--now").exit_code == 2
    assert run("retire", "--now", "--", "-nobodys").exit_code == 1, "understood, and unknown"


def test_keys_are_reencrypted_under_the_first_secret(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(run("reencrypt", "--json").stdout) == {"reencrypted": 0}
    [old] = json.loads(environment_secrets())
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", json.dumps(["the newer secret", old]))
    assert json.loads(run("reencrypt", "--json").stdout) == {"reencrypted": len(ALGORITHMS)}
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", json.dumps([old]))
    assert run("reencrypt").exit_code == 1


def environment_secrets() -> str:
    """The key ring as the environment holds it."""
    keys = Settings().secrets.encryption_keys
    return json.dumps([key.get_secret_value() for key in keys])


def test_two_served_nodes_publish_a_new_key_and_drop_a_removed_one(
    run: Run, database: Database
) -> None:
    def published(url: str) -> set[str]:
        return {key["kid"] for key in httpx2.get(f"{url}/jwks").json()["keys"]}

    def eventually(kid: str, *, is_there: bool) -> bool:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if all((kid in published(node.url)) is is_there for node in (one, two)):
                return True
            time.sleep(0.05)
        return False

    with served(database) as one, served(database) as two:
        [old] = keys_of(run)
        [new] = json.loads(run("rotate", "--alg", "ES256", "--json").stdout)
        assert eventually(new["kid"], is_there=True)
        assert eventually(old["kid"], is_there=True)
        run("retire", old["kid"], "--now")
        assert eventually(old["kid"], is_there=False)
        assert published(one.url) == published(two.url)
