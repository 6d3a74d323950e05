"""`idp adoption report`: the file that the page offers, written here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from idp.cli import build_app
from idp.figures.frozen import FrozenMonth
from idp.figures.slices import list_months
from idp.kit.db import make_engine, transaction
from idp.kit.errors import InvalidInput, NotFound
from tests.figures.frozen import freeze, national, publish_country
from tests.support.postgres import Database
from tests.support.served import environment_for


@pytest.fixture
def owner(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for name, value in environment_for(database, issuer="http://localhost:8000").items():
        monkeypatch.setenv(name, value)
    engine = make_engine(database.owner_url)
    publish_country(engine, months=4)
    yield engine
    engine.dispose()


@pytest.fixture
def month(owner: Engine) -> FrozenMonth:
    with transaction(owner) as db:
        return list_months(db)[-1]


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["adoption", "report", *words])


def test_the_file_is_written_where_it_is_asked_for(
    month: FrozenMonth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "báo cáo.pdf"
    told = json.loads(run("--month", month.name, "--out", str(out), "--json").stdout)
    assert told == {"file": str(out), "freeze": month.number, "sha256": month.rows_hash.hex()}
    assert out.read_bytes().startswith(b"%PDF")
    monkeypatch.chdir(tmp_path)
    assert run("--month", month.name).exit_code == 0
    assert Path(f"adoption-report-{month.name}-v1.pdf").read_bytes() == out.read_bytes()
    assert run("--month", month.name, "--format", "docx").exit_code == 0
    assert Path(f"adoption-report-{month.name}-v1.docx").read_bytes().startswith(b"PK")


def test_a_version_that_was_replaced_is_written_as_it_was(
    month: FrozenMonth, owner: Engine, tmp_path: Path
) -> None:
    files = [tmp_path / f"{n}.pdf" for n in range(3)]
    run("--month", month.name, "--out", str(files[0]))
    freeze(owner, month.month_on, {national("person", "UNI_USED"): 5_000_000}, "Ghi nhận muộn")
    run("--month", month.name, "--version", "1", "--out", str(files[1]))
    run("--month", month.name, "--out", str(files[2]))
    first, again, revised = (file.read_bytes() for file in files)
    assert first == again != revised


def test_a_quarter_is_named_as_one(owner: Engine, tmp_path: Path) -> None:
    with transaction(owner) as db:
        last = next(m for m in list_months(db)[::-1] if m.month_on.month % 3 == 0)
    name = f"{last.month_on.year}Q{last.month_on.month // 3}"
    out = tmp_path / "q.pdf"
    told = json.loads(run("--quarter", name, "--out", str(out), "--json").stdout)
    assert told["freeze"] == last.number


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), InvalidInput),
        (("--month", "{}", "--quarter", "2026Q3"), InvalidInput),
        (("--month", "2026Q3"), InvalidInput),
        (("--quarter", "{}"), InvalidInput),
        (("--month", "2019-01"), NotFound),
        (("--month", "x"), NotFound),
        (("--month", "{}", "--version", "2"), NotFound),
    ],
)
def test_what_there_is_not_is_not_written(
    month: FrozenMonth, tmp_path: Path, words: tuple[str, ...], error: type[Exception]
) -> None:
    out = tmp_path / "none.pdf"
    named = [word.format(month.name) for word in words]
    refused = run(*named, "--out", str(out))
    assert isinstance(refused.exception, error)
    assert not out.exists()
