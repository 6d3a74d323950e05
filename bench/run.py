"""One run: seed, start, load, stop; each server in its turn alone on the serving core."""

import asyncio
import compileall
import os
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import uvloop

import idp
from bench import peer
from bench.argon import HashRate, measure_argon2id
from bench.client import Connection
from bench.cores import Cores, Memory, read_clock, read_memory
from bench.fapi import FapiClient, fapi_flow
from bench.flood import CROWD, SIGNED_IN, Flood, measure_flood
from bench.flows import (
    Party,
    code_flow,
    introspection_flow,
    machine_flow,
    offline_tokens,
    password_flow,
    refresh_flow,
)
from bench.load import Flow, Measured, measure
from bench.passkey import passkey_flow
from bench.provider import ISSUER, Server, provider, settle
from bench.seed import CLIENT_ID, FAPI_CLIENT_ID, REDIRECT_URI, Country, found_country
from idp.demo.postgres import EmbeddedPostgres
from idp.kit.db import make_engine
from idp.kit.migrations import upgrade
from idp.settings import Settings
from idp.web.cookies import CookieNames

_T = TypeVar("_T")

CONNECTIONS = 16
_IDLE_SECONDS = 2.0
_FSYNCS = 100


@dataclass
class Results:
    """What one run measured; `ours` and `peers` by name of flow."""

    cores: Cores
    argon2id: HashRate
    fsync_milliseconds: float = 0.0
    idle: Memory | None = None
    loaded: Memory | None = None
    started_in: float = 0.0
    """Seconds from the command to the first answer of a worker on one core."""
    start_cpu_seconds: float = 0.0
    flood: Flood | None = None
    ours: dict[str, Measured] = field(default_factory=dict)
    peers: dict[str, Measured] = field(default_factory=dict)
    skipped: str = ""


def run(cores: Cores, *, seconds: float) -> Results:
    """Measure everything once; `seconds` is what each flow runs for after its warm-up."""
    results = Results(cores, measure_argon2id(cores.serving, seconds=seconds))
    compileall.compile_dir(idp.__path__[0], quiet=2)  # as installing does
    with tempfile.TemporaryDirectory(prefix="idp-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        results.fsync_milliseconds = _measure_fsync(folder)
        with EmbeddedPostgres(folder / "data") as postgres:
            settings = settle(postgres, folder)
            country = _seed(settings)
            with provider(core=cores.serving, log=folder / "provider.log") as server:
                results.started_in = server.started_in
                results.start_cpu_seconds = read_clock(cores, server.pid).process
                time.sleep(_IDLE_SECONDS)
                results.idle = read_memory(server.pid)
                results.ours = _loop(_measure_ours(settings, country, server, cores, seconds))
                results.loaded = read_memory(server.pid)
            results.flood = _flood(settings, country, cores, folder, seconds)
        try:
            peer.install()
            with peer.node_provider(core=cores.serving, log=folder / "node.log") as server:
                results.peers = _loop(_measure_peer(server, cores, seconds))
        except peer.Skipped as reason:
            results.skipped = str(reason)
    return results


def _seed(settings: Settings) -> Country:
    upgrade(settings.database.owner_url)
    engine = make_engine(settings.database.url)
    try:
        return found_country(
            engine, settings=settings, people=CROWD + SIGNED_IN, holders=CONNECTIONS
        )
    finally:
        engine.dispose()


def _flood(
    settings: Settings, country: Country, cores: Cores, folder: Path, seconds: float
) -> Flood:
    others, log = (cores.loading,), folder / "flood.log"
    with provider(core=cores.serving, others=others, workers=2, log=log) as server:
        return _loop(_measure_flood(settings, country, server, seconds))


async def _measure_flood(
    settings: Settings, country: Country, server: Server, seconds: float
) -> Flood:
    party = Party(CLIENT_ID, country.client_secret, REDIRECT_URI)
    cookie = CookieNames.under(settings.issuer).session.encode()
    return await measure_flood(country, party, host=server.host, cookie=cookie, seconds=seconds)


def _loop(work: Awaitable[_T]) -> _T:
    async def wait() -> _T:
        return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(wait())


async def _measure_ours(
    settings: Settings, country: Country, server: Server, cores: Cores, seconds: float
) -> dict[str, Measured]:
    party = Party(CLIENT_ID, country.client_secret, REDIRECT_URI)
    cookie = CookieNames.under(settings.issuer).session.encode()
    connections = [
        Connection(server.host, {cookie: citizen.session_token.encode()})
        for citizen in country.citizens[:CONNECTIONS]
    ]
    measured = await _measure_common(connections, party, server, cores, seconds)
    client = FapiClient(FAPI_CLIENT_ID, REDIRECT_URI, ISSUER, country.client_key)
    pushed = [fapi_flow(client)] * len(connections)
    measured["PAR and DPoP"] = await _measure(connections, pushed, server, cores, seconds)
    tokens = [await offline_tokens(connection, party) for connection in connections]
    questions = [introspection_flow(party, each["access_token"]) for each in tokens]
    measured["introspection"] = await _measure(connections, questions, server, cores, seconds)
    passwords = [password_flow(party, citizen.number) for citizen in country.citizens[:CONNECTIONS]]
    measured["password sign-in"] = await _measure(connections, passwords, server, cores, seconds)
    passkeys = [passkey_flow(party, holder.key) for holder in country.holders if holder.key]
    measured["passkey sign-in"] = await _measure(connections, passkeys, server, cores, seconds)
    return measured


async def _measure_peer(server: Server, cores: Cores, seconds: float) -> dict[str, Measured]:
    connections = [Connection(server.host) for _ in range(CONNECTIONS)]
    return await _measure_common(connections, peer.PARTY, server, cores, seconds)


async def _measure_common(
    connections: list[Connection], party: Party, server: Server, cores: Cores, seconds: float
) -> dict[str, Measured]:
    async def measured(flows: Sequence[Flow]) -> Measured:
        return await _measure(connections, flows, server, cores, seconds)

    async def signed_in() -> list[dict[str, Any]]:
        return [await offline_tokens(connection, party) for connection in connections]

    results = {"client credentials": await measured([machine_flow(party)] * len(connections))}
    tokens = [each["refresh_token"] for each in await signed_in()]
    results["refresh"] = await measured([refresh_flow(party, token) for token in tokens])
    await signed_in()  # the peer's store has forgotten the sessions
    results["warm code flow"] = await measured([code_flow(party)] * len(connections))
    return results


async def _measure(
    connections: Sequence[Connection],
    flows: Sequence[Flow],
    server: Server,
    cores: Cores,
    seconds: float,
) -> Measured:
    pairs = list(zip(connections, flows, strict=True))
    return await measure(pairs, cores=cores, pid=server.pid, seconds=seconds)


def _measure_fsync(folder: Path) -> float:
    """Milliseconds the disk takes to keep 8 KB: what each durable commit waits for."""
    with (folder / "fsync").open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(_FSYNCS):
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
        return 1000 * (time.perf_counter() - started) / _FSYNCS
