"""`idp person` and `idp population`, as an operator runs them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from idp.cli import build_app
from idp.cli.secret_input import ask_password
from tests.support.postgres import Database

PERSON = {
    "--number": "001190000123",
    "--name": "Nguyễn Thị Hoa",
    "--birthdate": "1990-05-17",
    "--sex": "female",
}
PASSWORD = "sớm mai gà gáy bên sông"


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_ENVIRONMENT", "test")
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")


def run(*words: str, typed: str | None = None) -> Any:
    answer = CliRunner().invoke(build_app(), [*words, "--json"], input=typed)
    return json.loads(answer.stdout) if answer.exit_code == 0 else answer.exception


def add(*more: str, password: str = PASSWORD, **changed: str) -> Any:
    pairs = {**PERSON, **{f"--{name}": value for name, value in changed.items()}}
    words = (word for pair in pairs.items() for word in pair)
    return run("person", "add", *words, "--password-file", "-", *more, typed=password + "\n")


def test_a_person_is_added_shown_proven_suspended_and_given_a_password(tmp_path: Path) -> None:
    claims = tmp_path / "claims.json"
    claims.write_text('{"nickname": "Hoa"}')
    made = add("--proofing", "2", "--totp", "--email", "hoa@example.vn", "--claims", str(claims))
    assert set(made) == {"person_id", "totp_secret", "doubts"}
    assert made["doubts"] == "The national population database does not have this number."
    assert len(made["totp_secret"]) == 32
    shown = run("person", "show", PERSON["--number"])
    assert shown["person_id"] == made["person_id"]
    assert (shown["number"], shown["proofing"], shown["has_totp"]) == ("••••••••0123", 2, True)
    assert run("person", "proof", made["person_id"], "1")["changed"] is True
    assert "--challenge" in run("person", "proof", PERSON["--number"]).public
    coded = ("person", "proof", PERSON["--number"], "--challenge", "1")
    assert "full name" in run(*coded).public
    card = ("--name", PERSON["--name"], "--birthdate", PERSON["--birthdate"])
    assert "Nobody shows" in run(*coded, *card).public
    assert run("person", "suspend", made["person_id"])["status"] == "suspended"
    assert run("person", "suspend", made["person_id"], "--lift")["status"] == "active"
    assert len(run("person", "reset-password", made["person_id"])["password"]) == 23


def test_a_test_person_has_a_number_of_their_own() -> None:
    """G22: made up for the sandbox; the number of a real person is none for them."""
    assert "begins with 000" in add("--test").public
    made = add("--test", "--proofing", "2", number="000190000123")
    assert run("person", "show", made["person_id"])["is_test"] is True
    assert run("person", "show", add()["person_id"])["is_test"] is False


def test_a_number_is_given_back_at_the_desk() -> None:
    """G2: with a new password; not when it was seen face to face, nor when nobody has it."""
    card = [word for name in ("--name", "--birthdate", "--sex") for word in (name, PERSON[name])]
    back = ("person", "reclaim", PERSON["--number"], *card)
    assert "No account holds" in run(*back).public
    made = add("--proofing", "1", "--totp")
    told = run(*back).public
    assert "does not have this number" in told
    assert "--compared-again" in told, "what to say when all is right"
    given = run(*back, "--compared-again")
    assert given["person_id"] == made["person_id"]
    assert len(given["password"]) == 23
    shown = run("person", "show", PERSON["--number"])
    assert (shown["proofing"], shown["has_totp"]) == (2, False)
    assert "face to face" in run(*back).public


def test_refusals_are_one_clear_line(tmp_path: Path) -> None:
    assert "at least 15" in add(password="short").public
    assert "no such personal number" in add(number="001990000123").public
    assert add()["totp_secret"] is None
    for proofing in ("0", "1", "2"):
        refused = add("--proofing", proofing).public
        assert "holds this number" in refused, "G2: a higher proofing closed another's account"
        assert "idp person reclaim" in refused
    assert "no such person" in run("person", "show", "001190000999").public
    assert "cannot be read" in run("population", "import", str(tmp_path / "none.csv")).public


def test_a_password_comes_from_the_environment_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E12."""
    words = [word for pair in PERSON.items() for word in pair]
    assert "--password-file" in run("person", "add", *words).public, "nobody is there to be asked"
    monkeypatch.setenv("IDP_PERSON_PASSWORD", PASSWORD)
    made = run("person", "add", *words)["person_id"]
    reset = ("person", "reset-password", made)
    assert run(*reset)["password"] == PASSWORD
    file = tmp_path / "password"
    file.write_text("chiều về bến sông xưa\r\n", encoding="utf-8")
    assert run(*reset, "--password-file", str(file))["password"] == "chiều về bến sông xưa"
    assert run(*reset, "--password-file", "-", typed="tối nay trăng sáng quá\n")["password"] == (
        "tối nay trăng sáng quá"
    )
    assert "cannot be read" in run(*reset, "--password-file", str(tmp_path / "none")).public


def test_a_password_on_the_command_line_is_refused() -> None:
    """E12: every process of the machine may read it there."""
    words = [word for pair in PERSON.items() for word in pair]
    assert run("person", "add", *words, "--password", PASSWORD).code == 2


def test_whoever_sits_at_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prompt(text: str, **how: Any) -> str:
        assert how["hide_input"]
        asked.append(text)
        return PASSWORD

    monkeypatch.setattr("idp.cli.secret_input.sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("typer.prompt", prompt)
    assert ask_password(None) == PASSWORD
    assert asked == ["Password"]


def test_imported_population_is_matched(tmp_path: Path) -> None:
    file = tmp_path / "population.csv"
    file.write_text(
        "number,name,birthdate,sex,residence_code,email\n"
        "001190000123,Nguyễn Thị Hoa,1990-05-17,female,01,hoa@Mail.Example\n"
        "001190000124,Nguyễn Thị Mai,1990-05-17,female,,\n"
    )
    assert run("population", "import", str(file))["added"] == 2
    assert run("population", "import", str(file))["unchanged"] == 2
    assert "does not match this number" in add(name="Trần Thị Mai").public
    assert add()["doubts"] == ""
    card = ("--birthdate", PERSON["--birthdate"], "--sex", "female")
    back = ("person", "reclaim", PERSON["--number"], *card, "--name")
    assert "Compare the name" in run(*back, "Trần Thị Mai", "--compared-again").public
    assert len(run(*back, PERSON["--name"])["password"]) == 23
