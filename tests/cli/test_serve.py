import json

import httpx2
import pytest

from tests.support.postgres import Database
from tests.support.served import served


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
