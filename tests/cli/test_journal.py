"""`idp journal` tells an outsider, who has public keys and published heads, what became of it."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.journal.record import record
from idp.journal.sources import Asker, asked_by
from idp.kit.db import make_engine, transaction
from idp.settings import Settings
from tests.cli.test_work import eventually, is_sealed, plain
from tests.journal.conftest import SIGNER, behind_our_back, seal, write
from tests.journal.test_outsiders import age_seals
from tests.support.postgres import Database
from tests.support.served import environment_for, running, served

WORK = (sys.executable, "-m", "idp", "work", "--json")


def idp(database: Database, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = environment_for(database, issuer="http://localhost:1", **more)
    return subprocess.run(
        [sys.executable, "-m", "idp", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def verify(database: Database, *arguments: str, **more: str) -> tuple[int, dict[str, object]]:
    done = idp(database, "journal", "verify", "--json", *arguments, **more)
    return done.returncode, json.loads(done.stdout)


def test_what_a_node_publishes_convicts_who_rewrites(database: Database, tmp_path: Path) -> None:
    """G13: the node seals and publishes by its own role; the owner then rewrites, cuts, reseals."""
    heads = tmp_path / "heads.jsonl"
    environment = environment_for(
        database, issuer="http://localhost:1", IDP_JOURNAL__HEADS_FILE=str(heads)
    )
    for publishes in (False, True):  # what the first sealed, the second tells at its start
        with running(WORK, environment) as working:
            assert eventually(lambda: is_sealed(plain(database.owner_url)), seconds=90)
            if publishes:
                assert eventually(lambda: bool(heads.read_text()), seconds=90)
                assert '"event": "journal.head"' in working.log
    key = json.loads(idp(database, "journal", "keys", "--json").stdout)[0]
    assert key == {"key_id": SIGNER.key_id, "key": SIGNER.public_keys.texts[SIGNER.key_id]}
    outside = {"IDP_SECRETS__JOURNAL_KEYS": "[]"}
    seen = ("--key", key["key"], "--head", str(heads))
    code, told = verify(database, *seen, **outside)
    assert (code, told["heads_compared"]) == (0, len({*heads.read_text().splitlines()}))
    with behind_our_back(database) as connection:
        connection.execute(text("DELETE FROM journal_seal"))
    code, told = verify(database, *seen, **outside)
    assert code == 1
    assert "cut off" in str(told["problem"])
    with running(WORK, environment) as working:
        assert eventually(lambda: "cut or rewritten" in working.log, seconds=90)
    assert not is_sealed(plain(database.owner_url))


@pytest.mark.parametrize("lines", ["", "nothing\n", '{"seal_id": 1}\n', '{"seal_id"'])
def test_a_file_that_tells_no_head_is_refused(
    database: Database, tmp_path: Path, lines: str
) -> None:
    """G13: nothing was compared, so nothing is said to hold; a known head is counted."""
    engine = make_engine(database.sealer_url)
    with behind_our_back(database) as connection:
        write(connection, 1)
    assert seal(engine) == 1
    engine.dispose()
    (told := tmp_path / "heads.jsonl").write_text(lines)
    done = idp(database, "journal", "verify", "--json", "--head", str(told))
    assert done.returncode != 0
    assert "head" in done.stderr
    assert "intact" not in done.stdout
    code, found = verify(database)
    assert (code, found["heads_compared"]) == (0, 0)
    code, found = verify(database, "--head", str(found["head"]))
    assert (code, found["heads_compared"]) == (0, 1)


@pytest.mark.asvs("13.3.2")
def test_who_serves_has_neither_the_key_nor_the_sealing_role(database: Database) -> None:
    """G13: workers beside `idp work`, or under a parent that seals, need none of it."""
    nothing = {"IDP_DATABASE__SEALER_URL": "", "IDP_SECRETS__JOURNAL_KEYS": "[]"}
    with served(database, settings=nothing, options=("--no-work",)):
        pass
    with served(database, workers=2) as provider:
        assert eventually(lambda: is_sealed(plain(database.owner_url)), seconds=90)
        for child in children(provider.process.pid):
            environment = Path(f"/proc/{child}/environ").read_bytes()
            assert b"IDP_DATABASE__URL=" in environment
            assert b"JOURNAL_KEYS" not in environment
            assert b"idp_sealer" not in environment
            assert b"idp_owner" not in environment


def children(pid: int) -> list[str]:
    return [
        child
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_sealing_needs_its_role_and_its_key(database: Database) -> None:
    """G13: a node whose tasks cannot seal does not start; with both it does (above)."""
    for missing in ("IDP_DATABASE__SEALER_URL", "IDP_SECRETS__JOURNAL_KEYS"):
        value = "[]" if missing.endswith("KEYS") else ""
        done = idp(database, "work", **{missing: value})
        assert done.returncode != 0
        assert missing in done.stderr


def test_where_a_refusal_was_asked_from_is_told_with_the_key_alone(
    database: Database, settings: Settings
) -> None:
    """F7: by the code that a person reads out."""
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        asked_by(db, Asker(lambda: "203.0.113.7 port 51234", settings.secrets.keyring()))
        record(db, event="token.refused", error_id="7KQ4-M2XD")
    engine.dispose()
    show = ("journal", "show", "7KQ4-M2XD", "--json")
    assert json.loads(idp(database, *show).stdout)["source"] == "203.0.113.7 port 51234"
    other = {"IDP_SECRETS__ENCRYPTION_KEYS": '["demo-another-key-of-the-tests-000001"]'}
    told = json.loads(idp(database, *show, **other).stdout)
    assert (told["kind"], told["source"]) == ("token.refused", "kept under another key")


def test_sealing_that_stood_still_is_told_and_no_fault(database: Database) -> None:
    """G13: to people and to programs; without a gap the list is empty, the control."""
    engine = make_engine(database.sealer_url)
    with behind_our_back(database) as connection:
        write(connection, 1)
    assert seal(engine) == 1
    code, told = verify(database)
    assert (code, told["gaps"]) == (0, [])
    age_seals(database, timedelta(minutes=5))
    with behind_our_back(database) as connection:
        write(connection, 2, 3)
    assert seal(engine) == 2
    engine.dispose()
    code, told = verify(database)
    assert (code, told["intact"]) == (0, True)
    [gap] = json.loads(json.dumps(told["gaps"]))
    begin, end = datetime.fromisoformat(gap["from"]), datetime.fromisoformat(gap["to"])
    assert (end - begin >= timedelta(minutes=5), gap["entries"]) == (True, 2)
    said = idp(database, "journal", "verify").stdout
    assert "Nothing was sealed" in said
    assert begin.isoformat(" ", "seconds") in said
