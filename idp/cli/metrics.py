"""What `idp serve` and `idp work` tell of themselves: beginning and end, and metrics if asked."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer

from idp.kit import measures

_log = structlog.get_logger(__name__)
LOOPBACK = "127.0.0.1"
MetricsHost = Annotated[
    str,
    typer.Option("--metrics-host", help="Address for metrics, which the public must not reach."),
]
MetricsPort = Annotated[
    int | None,
    typer.Option("--metrics-port", min=1, max=65535, help="Port for Prometheus; left out: none."),
]


@contextmanager
def telling_of_node(**facts: object) -> Iterator[None]:
    """Log that the node begins, with these facts, and that it ends, however it does."""
    _log.info("node.started", **facts)
    try:
        yield
    finally:
        _log.info("node.stopped")


@contextmanager
def metrics_at(host: str, port: int | None, *, has_workers: bool = False) -> Iterator[None]:
    """Tell them as long as the block lasts, of worker processes too; nothing without a port."""
    if port is None:
        yield
        return
    from idp.kit.exposition import exposed, workers_folder  # noqa: PLC0415 - few need it

    with ExitStack() as stack:
        folder = stack.enter_context(workers_folder()) if has_workers else None
        stack.enter_context(exposed(host, port, folder=folder))
        yield


def write_measures() -> None:
    """Have this worker write down what it counts, if whoever started it tells metrics."""
    if folder := os.environ.get(measures.FOLDER_VARIABLE):
        from idp.kit.exposition import write_for_parent  # noqa: PLC0415 - few need it

        write_for_parent(Path(folder))
