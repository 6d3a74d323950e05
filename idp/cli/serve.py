"""`idp serve`: run the provider."""

import atexit
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from types import FrameType
from typing import Annotated, Never, cast

import structlog
import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from idp.cli.database import connected, refuse_old_schema
from idp.cli.metrics import (
    LOOPBACK,
    MetricsHost,
    MetricsPort,
    metrics_at,
    telling_of_node,
    write_measures,
)
from idp.cli.output import JsonOption, show
from idp.kit import measures
from idp.kit.cores import usable_cores
from idp.kit.errors import ConfigurationError
from idp.kit.garbage import kept
from idp.kit.logs import configure_logs
from idp.settings import Settings
from idp.web.connections import Bounds, Connection

_log = structlog.get_logger(__name__)
app = typer.Typer()
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_BEGINNING_SECONDS = 60.0
"""For so long a worker need not answer whoever started it."""
_OTHER_FILES = 200
"""Files of a process that are neither a request's connection nor the database's."""


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(max=65535, min=0, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer requests.")] = 1,
    grace: Annotated[
        int, typer.Option(min=0, max=3600, help="Seconds requests may take to end at a stop.")
    ] = 20,
    work: Annotated[bool, typer.Option(help="Do the node's background tasks, too.")] = True,
    metrics_host: MetricsHost = LOOPBACK,
    metrics_port: MetricsPort = None,
    json: JsonOption = False,
) -> None:
    """Run the provider until SIGTERM or Ctrl-C."""
    configure_logs()
    settings = Settings()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _leave)
    with (
        _listen(host, port) as listener,
        connected(settings) as ready,
        metrics_at(metrics_host, metrics_port, has_workers=workers > 1),
    ):
        refuse_old_schema(ready)
        _allow_files(ready)
        bound = listener.getsockname()
        show({"address": bound[0], "port": bound[1], "workers": workers}, as_json=json)
        with telling_of_node(address=bound[0], port=bound[1], workers=workers, tasks=work):
            if workers == 1:
                has_started = _serve_here(ready, listener, grace=grace, works=work)
            else:
                with _working(ready) if work else nullcontext():
                    has_started = _serve_in_workers(ready, listener, grace=grace, workers=workers)
    if not has_started:
        raise ConfigurationError("The provider could not start; the log above says why.")


def _serve_here(settings: Settings, listener: socket.socket, *, grace: int, works: bool) -> bool:
    server = uvicorn.Server(_config(_create_app(settings, works=works), settings, grace=grace))
    server.run(sockets=[listener])
    return server.started


def _serve_in_workers(
    settings: Settings, listener: socket.socket, *, grace: int, workers: int
) -> bool:
    """Workers read the environment anew: the database goes there, what migrates or seals leaves."""
    for name in (*settings.database.urls, "IDP_SECRETS__JOURNAL_KEYS"):
        os.environ.pop(name, None)
    os.environ["IDP_DATABASE__URL"] = settings.database.url
    hashing = settings.server.hashing_threads or usable_cores() // workers + 1
    os.environ["IDP_SERVER__HASHING_THREADS"] = str(hashing)
    config = _config("idp.cli.serve:create_worker_app", settings, grace=grace, workers=workers)
    supervisor = _Supervisor(config, sockets=[listener])
    supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


class _Supervisor(Multiprocess):
    """Replaces a worker that died or says nothing, and tells which and how.

    One that begins says nothing yet: on a busy machine uvicorn killed it, and the next, for ever.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._begun_at: dict[int | None, float] = {}

    def keep_subprocess_alive(self) -> None:
        """Look after the workers, twice a second."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set() or self._is_well(worker):
                continue
            worker.kill()
            worker.join()
            measures.happened("worker.died")
            _log.error("worker.died", worker=worker.pid, exit_code=worker.exitcode)
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                continue
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()

    def _is_well(self, worker: Process) -> bool:
        begun_at = self._begun_at.setdefault(worker.pid, time.monotonic())
        if time.monotonic() < begun_at + _BEGINNING_SECONDS:
            return worker.process.is_alive()
        return worker.is_alive(timeout=self.config.timeout_worker_healthcheck)


@contextmanager
def _working(settings: Settings) -> Iterator[None]:
    """The node's tasks, in the process whose workers answer requests."""
    from idp.runtime import make_runtime  # noqa: PLC0415 - as in _create_app
    from idp.work import working  # noqa: PLC0415

    runtime = make_runtime(settings)
    with runtime.started(), working(runtime):
        yield


def create_worker_app() -> FastAPI:
    """What each of several worker processes serves; a worker ends when its parent does."""
    _end_with_parent()
    configure_logs()
    write_measures()
    try:
        return _create_app(Settings())
    except Exception:  # noqa: BLE001 - whatever it was, another try would end the same
        _log.exception("worker.cannot_start")
        sys.exit(STARTUP_FAILURE)  # tells the parent not to try again


def _create_app(settings: Settings, *, works: bool = False) -> FastAPI:
    _share_arenas()
    atexit.register(gc.freeze)  # else the interpreter spends a second collecting what dies anyway
    with kept():
        from idp.app import create_app  # noqa: PLC0415 - other commands start faster without it

        return create_app(settings, works=works)


def _config(
    application: FastAPI | str, settings: Settings, *, grace: int, workers: int = 1
) -> uvicorn.Config:
    """Forwarded headers are never believed here: `web` reads them from named proxies only."""
    server = settings.server
    bounds = Bounds(server.connections, server.head_timeout.total_seconds(), server.max_body_bytes)
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        workers=workers,
        http=cast("type[Connection]", partial(Connection, bounds)),  # called like the class
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=grace,
    )


def _allow_files(settings: Settings) -> None:
    """Have every process open what its connections may need; raises ConfigurationError."""
    needed = settings.server.connections + settings.database.pool_size + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigurationError(
            f"A worker may open {hard} files and needs {needed}: raise the limit (ulimit -n), or "
            "lower IDP_SERVER__CONNECTIONS."
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {_reason(error)}. "
            "Choose another with --host or --port."
        ) from error


def _reason(error: OSError) -> str:
    """In words; the errors of looking a name up have numbers below zero, which no system knows."""
    number = error.errno or 0
    return os.strerror(number) if number >= 0 else "there is no such host"


def _leave(_sign: int, _frame: FrameType | None) -> Never:
    """End by unwinding, so that the embedded database is stopped in order."""
    raise SystemExit(0)


def _end_with_parent() -> None:
    """Have the kernel end this process with its parent, however that ends; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def _share_arenas() -> None:
    """Have threads share two memory pools, so that password hashing leaves little; glibc only."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
