"""`idp letters`: files that hold codes, and nothing printed where they cannot be written."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from idp.cli import build_app
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.errors import OneDoorError
from idp.people.letters import add_letter
from idp.people.models import PersonLetter
from tests.cli.test_registry import _environment as _environment  # noqa: PLC0414 - fixtures
from tests.cli.test_registry import add_person
from tests.support.postgres import Database

KNOWN, UNKNOWN = "001190000126", "001190000127"
EXTRACT = (
    "number,name,birthdate,sex,street,commune,province\n"
    f"{KNOWN},Hoa,17/05/1990,female,Thôn 3,xã Ea Kao,tỉnh Đắk Lắk\n"
)


def run(*words: str) -> Any:
    """What the command answers as JSON, or what it says against it."""
    answer = CliRunner().invoke(build_app(), [*words[:2], "--json", *words[2:]])
    if isinstance(answer.exception, OneDoorError):
        return answer.exception.public
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return json.loads(answer.stdout)


@pytest.fixture
def asked(database: Database, tmp_path: Path) -> Any:
    """Asks for letters to these numbers; gives what is kept of them."""
    engine = make_engine(database.app_url)
    file = tmp_path / "extract.csv"
    file.write_text(EXTRACT, encoding="utf-8")
    run("population", "import", str(file))

    def ask(*numbers: str) -> list[PersonLetter]:
        for number in numbers:
            add_person(number, "--proofing", "0")
            person_id = UUID(run("person", "show", number)["person_id"])
            with transaction(engine) as db:
                add_letter(db, person_id=person_id, at=clock.now())
        with transaction(engine) as db:
            found = list(db.scalars(select(PersonLetter)))
            db.expunge_all()
            return found

    yield ask
    engine.dispose()


def test_letters_are_written_for_their_owner_alone(asked: Any, tmp_path: Path) -> None:
    asked(KNOWN, UNKNOWN)
    made = run("letters", "print", str(tmp_path))
    assert made["letters"] == 1
    for file in (Path(made["pages"]), Path(made["file"])):
        assert file.stat().st_mode & 0o777 == 0o600
        assert "xã Ea Kao" in file.read_text("utf-8-sig")
        assert KNOWN not in file.read_text("utf-8-sig")
    assert all(row.payload_encrypted is None for row in asked()), "they stand there alone"
    assert run("letters", "print", str(tmp_path)) == "There is no letter to print."


def test_a_folder_that_takes_none_prints_nothing(asked: Any, tmp_path: Path) -> None:
    asked(KNOWN)
    assert "takes no files" in run("letters", "print", str(tmp_path / "nowhere"))
    [row] = asked()
    assert row.printed_at is None
    assert run("letters", "print", str(tmp_path))["letters"] == 1, "the control"


def test_whom_no_letter_goes_to_waits_no_more(asked: Any, tmp_path: Path) -> None:
    """Else many of them would keep others' from being printed."""
    asked(UNKNOWN)
    assert run("letters", "print", str(tmp_path)) == "There is no letter to print."
    [row] = asked()
    assert row.printed_at is not None
    assert row.code_hash is None


def test_a_number_that_no_letter_has_is_refused() -> None:
    assert "has this number" in run("letters", "returned", "0123456789")
