import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from idp.demo.postgres import APP, DATABASE, OWNER, EmbeddedPostgres, layout
from idp.kit.errors import ConfigurationError

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to give up")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="idp-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One server for the tests that leave it as it was."""
    path = Path(tempfile.mkdtemp(prefix="idp-test-"))
    path.chmod(0o711)
    with EmbeddedPostgres(path, durable=False) as server:
        yield server
    shutil.rmtree(path)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(data_dir: Path) -> bool:
    return bool(list(data_dir.glob("postgres/cluster/postmaster.pid")))


def test_owner_makes_tables_and_serving_role_does_not(server: EmbeddedPostgres) -> None:
    with server.connect(OWNER, DATABASE) as owner, server.connect(APP, DATABASE) as app:
        owner.execute("CREATE TABLE sample ()")
        owner.execute("DROP TABLE sample")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE sample ()")


def test_folders_and_socket_are_closed_to_others(server: EmbeddedPostgres) -> None:
    home = server._layout.home
    for path in (home, home / "cluster", home / "socket", home / "socket" / ".s.PGSQL.5432"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_collation_is_the_same_on_every_machine(server: EmbeddedPostgres) -> None:
    with server.connect() as connection:
        query = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = %s"
        assert connection.execute(query, [DATABASE]).fetchone() == ("b", "C.UTF-8")


def test_second_process_joins_and_never_stops_the_server(server: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(server._data_dir) as second:
        assert not second.is_ours
        second.connect(APP, DATABASE).close()
    server.connect().close()


def test_killed_server_is_started_again(server: EmbeddedPostgres) -> None:
    killed = server._pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server._pid != killed and server._answers())


def test_server_ends_when_its_starter_is_killed(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from idp.demo.postgres import EmbeddedPostgres;"
        "EmbeddedPostgres(Path(sys.argv[1]), durable=False).start(); print('up', flush=True);"
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout.readline() == "up\n"
        assert is_running(folder)
        starter.kill()
        starter.wait()
    wait_until(lambda: not is_running(folder))


def test_orphan_is_adopted_and_then_ended(folder: Path) -> None:
    starter = EmbeddedPostgres(folder, durable=False)
    starter.start()
    starter._stopping.set()  # its watch is over, as if it had died; its server lives on
    starter._lock.close()
    with EmbeddedPostgres(folder, durable=False) as heir:
        assert heir.is_ours
        assert heir._pid == starter._pid
    assert not is_running(folder)


@pytest.mark.parametrize("name", ['it\'s a "folder", ổn', "x" * 120])
def test_any_folder_name_will_do(folder: Path, name: str) -> None:
    with EmbeddedPostgres(folder / name, durable=False) as server:
        server.connect(APP, DATABASE).close()
    assert not is_running(folder / name)
    shutil.rmtree(server._layout.socket_folder, ignore_errors=True)


def test_unusable_folder_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(ConfigurationError) as caught:
        EmbeddedPostgres(folder / "file" / "data").start()
    assert f"{folder}/file/data" in caught.value.public
    assert "IDP_DATA_DIR" in caught.value.public


def test_cluster_of_another_version_is_refused(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    (folder / "postgres" / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError, match="PostgreSQL 16"):
        EmbeddedPostgres(folder).start()


def test_without_the_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="extra 'demo'"):
        layout.find_binaries()


@AS_ROOT
def test_closed_parent_folder_stays_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SHARED", folder / "shared")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with EmbeddedPostgres(closed / "var", durable=False) as server:
            server.connect(APP, DATABASE).close()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert (closed / "var" / "postgres").resolve().parent == folder / "shared"
    layout.remove_cluster(closed / "var")
    assert not list((folder / "shared").glob("postgres-*"))


@AS_ROOT
def test_programs_in_a_closed_folder_run_from_a_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, installed = folder / "shared", layout.find_binaries().root
    can_reach = layout._can_reach
    monkeypatch.setattr(layout, "SHARED", shared)
    monkeypatch.setattr(
        layout,
        "_can_reach",
        lambda path, uid: not path.is_relative_to(installed) and can_reach(path, uid),
    )
    with EmbeddedPostgres(folder / "var", durable=False) as server:
        server.connect(APP, DATABASE).close()
        assert Path(f"/proc/{server._pid}/exe").resolve().is_relative_to(shared)


@AS_ROOT
def test_server_does_not_run_as_root(server: EmbeddedPostgres) -> None:
    assert Path(f"/proc/{server._pid}").stat().st_uid != 0
