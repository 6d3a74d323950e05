from datetime import UTC, datetime

import pytest

from idp.cli.output import show

ROWS = [{"client_id": "sandbox-67ad773dad9477f3ccb0", "is_live": True, "system": "G12.CP"}]


@pytest.mark.parametrize(("columns", "is_table"), [("100", True), ("40", False)])
def test_an_identifier_is_printed_whole_however_narrow_the_terminal(
    columns: str,
    is_table: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    show(ROWS, as_json=False)
    printed = capsys.readouterr().out
    assert ROWS[0]["client_id"] in printed
    assert ("┃" in printed) is is_table


def test_people_read_yes_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 21, 20, 14, 54, 656842, UTC)
    show({"is_live": True, "at": at, "ended_on": None}, as_json=False)
    assert [line.split()[1:] for line in capsys.readouterr().out.splitlines()] == [
        ["live", "yes"],
        ["2026-11-21", "20:14:54+00:00"],
        ["on"],
    ]
