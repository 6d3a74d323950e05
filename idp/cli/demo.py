"""`idp demo`: the synthetic country, the provider and the sample services, with one command."""

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Never

import pyotp
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from idp.cli.database import connected
from idp.cli.output import JsonOption, show
from idp.cli.progress import progress, tell_waiting
from idp.demo.cast import PLAYERS, find_sign_ins
from idp.demo.environment import (
    forget_environment,
    has_environment,
    prepare_environment,
    sole_demo,
    take_lock,
)
from idp.demo.marker import holds_demo
from idp.demo.postgres import EmbeddedPostgres
from idp.demo.postgres.layout import remove_cluster
from idp.demo.processes import Program, Running, check_alive, check_ports, running
from idp.demo.samples import Sample, find_samples, register_sample
from idp.demo.seed import close_days, seed_country
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import upgrade
from idp.mail.part import SHOWN_MAIL
from idp.settings import Settings

app = typer.Typer()
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@app.command()
def demo(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the demo's data first.")] = False,
    port: Annotated[
        int, typer.Option(min=1, max=65530, help="Port of the provider; the next five: services.")
    ] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    prepare_only: Annotated[
        bool, typer.Option("--prepare-only", help="Fill the database, start nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run a synthetic country; Ctrl-C ends it."""
    for sign in _STOPS:
        signal.signal(sign, _leave)
    if os.environ.get("IDP_ENVIRONMENT") == "production":
        raise ConfigurationError("The demo never runs with IDP_ENVIRONMENT=production.")
    if not prepare_only:
        check_ports(range(port, port + 6), host=host)
    data_dir = Settings().data_dir.absolute()
    samples = find_samples(data_dir, first_port=port + 1)
    with sole_demo(data_dir):
        if reset:
            _reset(data_dir)
        is_known = has_environment(data_dir)
        os.environ |= prepare_environment(data_dir, issuer=f"http://localhost:{port}")
        with connected(Settings()) as settings:
            sign_ins = _prepare(settings, samples, may_continue=is_known, quiet=json)
            programs = list(_programs(settings, samples, host=host, port=port))
            with running(
                [] if prepare_only else programs,
                logs=data_dir / "logs",
                report=tell_waiting(quiet=json),
            ) as started:
                facts = _facts(settings, samples, started, sign_ins)
                if json:
                    show(facts, as_json=True)
                else:
                    _print(facts)
                if started:
                    _wait(started, quiet=json)


def _prepare(
    settings: Settings, samples: list[Sample], *, may_continue: bool, quiet: bool
) -> dict[str, str]:
    """Migrate, seed what is missing, and register the samples; who has an account (`_facts`)."""
    upgrade(settings.database.owner_url)
    engine, owner = make_engine(settings.database.url), make_engine(settings.database.owner_url)
    try:
        with transaction(engine) as db:
            is_new = not holds_demo(db)
        if not is_new and not may_continue:
            raise ConfigurationError(
                "The secrets of this demo's data are gone; start afresh with `idp demo --reset`."
            )
        if is_new:
            with progress("Seeding", quiet=quiet) as report:
                seed_country(
                    owner, settings=settings, keyring=settings.secrets.keyring(), report=report
                )
            _settle(settings)
        else:
            close_days(engine, settings=settings)
        with transaction(engine) as db:
            for sample in samples:
                register_sample(db, sample, issuer=settings.issuer, at=clock.now())
            return find_sign_ins(db, keyring=settings.secrets.keyring())
    finally:
        owner.dispose()
        engine.dispose()


def _settle(settings: Settings) -> None:
    """Tell the planner how much there is now, and write it out, so that a stop takes no time."""
    owner = make_engine(settings.database.owner_url)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    owner.dispose()
    if "IDP_DATABASE__URL" not in os.environ:
        with EmbeddedPostgres(settings.data_dir) as joined, joined.connect() as superuser:
            superuser.execute("CHECKPOINT")


def _programs(
    settings: Settings, samples: list[Sample], *, host: str, port: int
) -> Iterator[Program]:
    environment = dict(os.environ)
    yield Program(
        name="provider",
        command=[
            *(sys.executable, "-m", "idp", "serve", "--host", host, "--port", str(port)),
            *("--grace", "1"),
        ],
        environment=environment | settings.database.urls,
        port=port,
        health_path="/readyz",
        host=host,
    )
    own = {name: value for name, value in environment.items() if not name.startswith("IDP_")}
    for sample in samples:
        yield Program(
            name=sample.name,
            command=[sys.executable, str(sample.app)],
            environment=own
            | {
                "PYTHONPATH": str(sample.app.parents[1]),
                "ISSUER": settings.issuer.url,
                "BASE_URL": sample.url,
                "HOST": host,
                "PORT": str(sample.port),
                "CREDENTIALS_FILE": str(sample.credentials_file),
            },
            port=sample.port,
            host=host,
        )


def _facts(
    settings: Settings,
    samples: list[Sample],
    started: list[Running],
    sign_ins: dict[str, str],
) -> dict[str, Any]:
    """What someone who tries the demo needs to know; `sign_ins` by role, of who has an account."""
    issuer = settings.issuer.url
    return {
        "synthetic": True,
        "issuer": issuer,
        "dashboard": f"{issuer}/adoption",
        "portal": f"{issuer}/portal",
        "console": f"{issuer}/console",
        "account": f"{issuer}/account",
        "outbox": f"{issuer}{SHOWN_MAIL}" if settings.shows_mail else "",
        "services": {sample.name: f"{sample.url}/" for sample in samples},
        "people": [
            {
                "role": player.role,
                "number": player.number,
                "name": player.name,
                "birthdate": player.birthdate.isoformat(),
                "sex": player.sex.value,
                "password": player.password,
                "totp_secret": player.totp_secret,
                "purpose": player.purpose,
                "signs_in_with": sign_ins.get(player.role, ""),
            }
            for player in PLAYERS
        ],
        "processes": {one.program.name: one.process.pid for one in started},
    }


def _print(facts: dict[str, Any]) -> None:
    """Who can sign in: number, password and one-time-code secret, each on one line to be copied."""
    console = Console(highlight=False)
    console.print("\n[bold]OneDoor demo[/bold]: invented people, no legal effect")
    console.print(
        "Sign in with number and password; the secret makes the one-time codes in an authenticator"
        " app. A private window for each person.\n"
    )
    for person in facts["people"]:
        does = escape(f"{person['name']}, {person['purpose']}")
        console.print(f"[bold]{person['role']}[/bold]: {does}", soft_wrap=True)
        line = f"  {person['number']}  "
        if person["password"]:
            line += f"{person['password']:<34}  {person['totp_secret']}"
        else:
            who = person["signs_in_with"]
            account = f"registered meanwhile; signs in with {who}" if who else "no account yet"
            line += f"born {person['birthdate']}, {person['sex']}; {account}"
        console.print(escape(line), soft_wrap=True)
    console.print()
    links = Table.grid(padding=(0, 2))
    for name, url in (
        ("Ministry's service", facts["services"]["ministry-service"]),
        ("Province's portal", facts["services"]["province-portal"]),
        ("City's permits", facts["services"]["building-permits"]),
        ("Ministry's documents (for programs)", facts["services"]["residence-documents"]),
        ("City's kiosk", facts["services"]["kiosk"]),
        ("Adoption dashboard", facts["dashboard"]),
        ("Agency portal", facts["portal"]),
        ("Operator's console", facts["console"]),
        ("My account", facts["account"]),
        ("Mail of the demo", facts["outbox"]),
    ):
        links.add_row(name, url)
    console.print(links)
    hint = "Enter shows the current one-time codes; " if _may_read_keys() else ""
    console.print(f"{hint}Ctrl-C ends everything.")


def _wait(started: list[Running], *, quiet: bool) -> None:
    """Until told to stop, or a program ends."""
    while True:
        check_alive(started)
        if quiet or not _may_read_keys():
            time.sleep(0.2)
        elif select.select([sys.stdin], [], [], 0.2)[0]:
            if not sys.stdin.readline():
                quiet = True
            else:
                _print_codes()


def _print_codes() -> None:
    grid = Table.grid(padding=(0, 2))
    for player in PLAYERS:
        if player.totp_secret:
            code = pyotp.TOTP(player.totp_secret).at(clock.now())
            grid.add_row(escape(player.name), player.role, f"[bold]{code}[/bold]")
    Console().print(grid)


def _may_read_keys() -> bool:
    """Whether a terminal is ours to read from; a background job must not try."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


def _reset(data_dir: Path) -> None:
    """Delete the embedded database, the secrets and the logs, unless somebody uses them."""
    if os.environ.get("IDP_DATABASE__URL"):
        raise ConfigurationError(
            "--reset deletes the embedded database only; empty that of IDP_DATABASE__URL yourself."
        )
    if (data_dir / "postgres.lock").exists():
        lock = take_lock(data_dir / "postgres.lock")
        if lock is None:
            raise ConfigurationError(f"Another process uses {data_dir}; end it before --reset.")
        with lock:
            remove_cluster(data_dir)
    forget_environment(data_dir)
    for folder in ("clients", "logs"):
        shutil.rmtree(data_dir / folder, ignore_errors=True)


def _leave(_sign: int, _frame: FrameType | None) -> Never:
    """End by unwinding, once, so that every process is ended in order."""
    for sign in _STOPS:
        signal.signal(sign, signal.SIG_IGN)
    raise SystemExit(0)
