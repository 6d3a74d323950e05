"""`idp work`: do a node's background tasks, where `idp serve --no-work` leaves them to it."""

import signal
import time

import typer

from idp.cli.database import connected, refuse_old_schema
from idp.cli.metrics import LOOPBACK, MetricsHost, MetricsPort, metrics_at, telling_of_node
from idp.cli.output import JsonOption, show
from idp.kit.logs import configure_logs
from idp.runtime import make_runtime
from idp.settings import Settings
from idp.work import working

app = typer.Typer()
_LOOK_EVERY = 0.5
"""Seconds. Not an Event: a signal may find its lock held, or come unseen just before the wait."""


@app.command()
def work(
    *,
    metrics_host: MetricsHost = LOOPBACK,
    metrics_port: MetricsPort = None,
    json: JsonOption = False,
) -> None:
    """Seal, sweep, close days, rotate keys and send what waits, until SIGTERM or Ctrl-C."""
    configure_logs()
    stops: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _: stops.append(number))
    with connected(Settings()) as settings:
        refuse_old_schema(settings)
        runtime = make_runtime(settings)
        with (
            runtime.started(),
            working(runtime) as tasks,
            metrics_at(metrics_host, metrics_port),
            telling_of_node(tasks=True),
        ):
            show({"tasks": [task.name for task in tasks]}, as_json=json)
            while not stops:
                time.sleep(_LOOK_EVERY)
