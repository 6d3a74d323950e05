import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.support.postgres import Database
from tests.support.served import environment_for, free_port, served, serving


@pytest.mark.asvs("16.2.2", "16.2.3", "16.2.4")
def test_what_is_logged_is_one_line_of_json_each(database: Database) -> None:
    with served(database, workers=2) as provider:
        assert httpx2.get(f"{provider.url}/authorize?client_id=nobody").status_code == 400
        assert httpx2.post(f"{provider.url}/token", data={"client_id": "nobody"}).status_code == 400
        lines = provider.log.splitlines()
    told = {"address", "port", "workers"}
    logged = [json.loads(line) for line in lines if line and line.split()[0] not in told]
    assert {line["event"] for line in logged} >= {"request.refused"}
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in logged)


def test_it_serves_only_with_files_enough_for_its_connections(database: Database) -> None:
    """G10: what may be open is raised as far as needed, or serving is refused with the number."""

    def limited(ulimit: str) -> list[str]:
        shell = ["sh", "-c", f'{ulimit} 300 && exec "$@"', "sh"]
        return [*shell, sys.executable, "-m", "idp", "serve", "--port", str(port)]

    port = free_port()
    url = f"http://localhost:{port}"
    settings = environment_for(database, issuer=url)
    refused = subprocess.run(limited("ulimit -n"), env=settings, capture_output=True, check=False)
    assert refused.returncode == 1
    assert b"IDP_SERVER__CONNECTIONS" in refused.stderr
    with serving(limited("ulimit -Sn"), settings, url=url, ready_path="/readyz") as provider:
        limits = Path(f"/proc/{provider.process.pid}/limits").read_text()
    assert "Max open files            1214 " in limits
