"""What the demo prints leads to everything that runs."""

from pathlib import Path

import pytest

from idp.cli.demo import _facts, _print
from idp.demo.samples import find_samples
from tests.conftest import make_settings
from tests.support.postgres import Database


def test_every_service_that_is_started_is_listed(
    module_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = find_samples(tmp_path, first_port=8001)
    assert len(samples) == 5
    _print(_facts(make_settings(module_database), samples, [], {}))
    printed = capsys.readouterr().out
    assert [sample.url for sample in samples if f"{sample.url}/" not in printed] == []
