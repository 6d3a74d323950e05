"""`idp adoption indicators`: a file of values goes in whole, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from idp.cli import build_app
from idp.figures.indicators import INDICATORS
from idp.kit.tables.faults import FileRefused
from tests.support.postgres import Database

HEADING = "Mã chỉ tiêu;Ngày;Giá trị;Nguồn\n"
GOOD = HEADING + "T8;30/06/2026;56,2;Văn phòng Chính phủ\nT1;2024-12-31;71;Liên hợp quốc\n"


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def send(folder: Path, content: str, *options: str) -> Result:
    file = folder / "indicators.csv"
    file.write_text(content, encoding="utf-8")
    command = ["adoption", "indicators", str(file), "--json", *options]
    return CliRunner().invoke(build_app(), command)


def counts(answer: Result) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.stdout)
    return {name: told[name] for name in ("added", "changed", "unchanged", "refused")}


def told(**some: int) -> dict[str, int]:
    return {"added": 0, "changed": 0, "unchanged": 0, "refused": 0, **some}


def test_a_file_is_tried_imported_repeated_and_corrected(tmp_path: Path) -> None:
    assert counts(send(tmp_path, GOOD, "--dry-run")) == told(added=2)
    assert counts(send(tmp_path, GOOD)) == told(added=2), "trying kept nothing"
    assert counts(send(tmp_path, GOOD)) == told(unchanged=2)
    answer = send(tmp_path, GOOD.replace("56,2", "57"))
    assert counts(answer) == told(changed=1, unchanged=1)
    assert json.loads(answer.stdout)["changes"][0]["fields"] == {"value": ["56.20", "57.0"]}


@pytest.mark.parametrize(
    "line",
    [
        "T4;30/06/2026;20;Chúng tôi",
        "T99;30/06/2026;20;Ai đó",
        "T8;12/31/2025;20;Ai đó",
        "T8;31/12/2099;20;Ai đó",
        "T9;30/06/2026;120;Ai đó",
        "T9;30/06/2026;1.234;Ai đó",
        "T9;30/06/2026;50;",
        "T8;30/06/2026;50;Ai đó",
    ],
)
def test_one_bad_line_refuses_the_file(tmp_path: Path, line: str) -> None:
    answer = send(tmp_path, GOOD + line + "\n")
    assert isinstance(answer.exception, FileRefused)
    assert json.loads(answer.stdout)["refused"] == 1
    assert counts(send(tmp_path, GOOD)) == told(added=2), "nothing was kept"


def test_help_names_the_columns() -> None:
    answer = CliRunner().invoke(build_app(), ["adoption", "indicators", "--help"])
    names = ",".join(column.name for column in INDICATORS.columns)
    assert names in "".join(answer.stdout.split())
