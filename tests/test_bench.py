"""The bench's own flows still go through, so that what they measure is known when it is asked."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from bench import run as bench
from bench.client import Connection
from bench.cores import Cores
from bench.load import Flow, Measured
from bench.provider import Server, provider, settle
from bench.seed import Country
from idp.demo.postgres import APP, OWNER, SEALER
from idp.settings import Settings
from tests.support.postgres import Database


@dataclass
class Roles:
    """A migrated database, as the bench asks its own server for it."""

    database: Database

    def url(self, role: str) -> str:
        """The URL of that role."""
        known = self.database
        return {APP: known.app_url, OWNER: known.owner_url, SEALER: known.sealer_url}[role]


def test_every_flow_of_the_bench_goes_through(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two connections, each flow twice on each, on a server as the bench starts it."""

    async def twice(flows: Sequence[tuple[Connection, Flow]], **_: object) -> Measured:
        for connection, flow in [*flows, *flows]:
            await flow(connection)
        used.extend(connection for connection, _ in flows)
        return Measured(len(flows), 0, 1, 1, 1, 1, [])

    async def measured(settings: Settings, country: Country, server: Server) -> set[str]:
        try:
            results = await bench._measure_ours(settings, country, server, Cores(core, core), 1)
            told = await bench._measure_flood(settings, country, server, 0.3)
        finally:
            for connection in used:
                connection.close()
            await asyncio.sleep(0)  # the loop closes them at its next turn
        assert all((told.crowd.count, told.signed_in.count, told.readiness.count))
        return set(results)

    used: list[Connection] = []
    monkeypatch.setattr(bench, "measure", twice)
    monkeypatch.setattr(bench, "CONNECTIONS", 2)
    monkeypatch.setattr("bench.flood.CROWD", 2)
    monkeypatch.setattr("bench.flood._WARM_SECONDS", 0.0)
    core = max(os.sched_getaffinity(0))
    with mock.patch.dict(os.environ):
        settings = settle(Roles(database), tmp_path)
        country = bench._seed(settings)
        with provider(core=core, log=tmp_path / "provider.log") as server:
            names = asyncio.run(measured(settings, country, server))
    assert names == {
        *("client credentials", "refresh", "warm code flow"),
        *("PAR and DPoP", "introspection", "password sign-in", "passkey sign-in"),
    }
