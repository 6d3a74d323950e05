"""Who gives a command is journaled: an operator by `--as`, and the computer's account always."""

import json
import pwd
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from idp.cli import build_app, who
from idp.cli.database import unit_of_work
from idp.kit.errors import OneDoorError
from idp.people.models import PopulationRecord
from idp.settings import Settings
from tests.cli.test_registry import add_person
from tests.support.postgres import Database

ACCOUNT = who._account
CITIZEN, OPERATOR, SECOND = "001190000123", "001190000124", "001190000125"
ACTS_ON_NOBODY = {
    *("demo", "healthcheck", "migrate", "serve", "work"),
    *("adoption lists", "adoption months", "adoption report", "adoption revisions"),
    *("adoption verify", "letters list"),
    *("journal keys", "journal list", "journal show", "journal verify"),
    *("keys list", "organization show", "person show", "representative list", "rp list"),
    "staff list",
}
"""Commands that read, or run the program."""


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
    monkeypatch.setattr(who, "_account", lambda: "hoa")
    for number in (CITIZEN, OPERATOR, SECOND):
        add_person(number, "--proofing", "2", "--totp")


def run(*words: str) -> Any:
    answer = CliRunner().invoke(build_app(), [*words, "--json"])
    if isinstance(answer.exception, OneDoorError):
        return answer.exception.public
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def appoint_operators() -> None:
    run("staff", "appoint", OPERATOR, "operator")
    run("staff", "appoint", SECOND, "operator", "--as", OPERATOR)


def last(number: str) -> dict[str, Any]:
    entry: dict[str, Any] = run("journal", "list", "--about", number)[0]
    return entry


def produce(monkeypatch: pytest.MonkeyPatch) -> None:
    name = who.name_operator

    def there(db: Session, settings: Settings, by: str, **more: Any) -> Any:
        return name(db, settings.model_copy(update={"environment": "production"}), by, **more)

    monkeypatch.setattr(who, "name_operator", there)


MORE = {"proof": ("0",), "appoint": ("operator",)}
"""What else a command is told."""
ACTS = [
    (("person", "proof"), "person.proofed", "desk"),
    (("person", "suspend"), "person.status_changed", "desk"),
    (("person", "reset-password"), "person.password_changed", "desk"),
    (("staff", "appoint"), "staff.post_held_back", "operator"),
]


@pytest.mark.parametrize(("words", "event", "actor"), ACTS, ids=str)
def test_an_act_on_a_person_names_both(words: tuple[str, ...], event: str, actor: str) -> None:
    """G5: the person concerned is the subject, the operator the actor."""
    appoint_operators()
    run(*words, CITIZEN, *MORE.get(words[1], ()), "--as", OPERATOR)
    entry = last(CITIZEN)
    assert (entry["event"], entry["actor"]) == (event, actor)
    assert entry["data"]["claimed_account"] == "hoa"
    assert entry in run("journal", "list", "--done-by", OPERATOR, "--limit", "3")


@pytest.mark.parametrize("words", [words for words, _, _ in ACTS], ids=" ".join)
def test_in_production_an_act_without_a_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """G5: as soon as there is an operator; elsewhere the account stands for who acts."""
    appoint_operators()
    before = last(CITIZEN)
    produce(monkeypatch)
    assert "--as" in run(*words, CITIZEN, *MORE.get(words[1], ()))
    assert last(CITIZEN) == before


def test_the_first_operator_is_appointed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """G5: the control; the account is kept."""
    produce(monkeypatch)
    run("staff", "appoint", OPERATOR, "operator")
    entry = last(OPERATOR)
    assert (entry["actor"], entry["actor_number"]) == ("operator", None)
    assert entry["data"]["claimed_account"] == "hoa"
    assert "--as" in run("staff", "appoint", SECOND, "operator")


@pytest.mark.parametrize("words", [words for words, _, _ in ACTS], ids=" ".join)
def test_nobody_acts_on_themselves(words: tuple[str, ...]) -> None:
    """G3: a registrar proofs, an operator appoints, somebody else."""
    appoint_operators()
    assert "ask another" in run(*words, OPERATOR, *MORE.get(words[1], ()), "--as", OPERATOR)
    assert last(OPERATOR)["event"] == "staff.post_started"


@pytest.mark.parametrize(
    ("signed_in", "is_told"), [("0", "root"), ("4294967295", ""), ("", ""), (None, "")]
)
def test_the_account_is_what_the_computer_keeps_and_no_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, signed_in: str | None, is_told: str
) -> None:
    """G5: SUDO_USER is set by whoever likes; where nobody signed in it is whose process it is."""
    kept = tmp_path / "loginuid"
    if signed_in is not None:
        kept.write_text(signed_in)
    monkeypatch.setattr(who, "_LOGIN_UID", kept)
    monkeypatch.setenv("SUDO_USER", "somebody-else")
    monkeypatch.setattr("os.getuid", lambda: 1)
    assert ACCOUNT() == (is_told or pwd.getpwuid(1).pw_name)


def test_only_an_operator_gives_commands() -> None:
    """G5: who holds no post is refused, who never existed too."""
    assert "holds no post" in run("person", "proof", SECOND, "--as", CITIZEN)
    assert "no such person" in run("person", "proof", SECOND, "--as", "001190000199")


@pytest.mark.parametrize("act", [("person", "suspend"), ("person", "proof")], ids=" ".join)
def test_a_suspended_or_unproven_operator_gives_no_commands(act: tuple[str, str]) -> None:
    """G5: whom no page of the console lets in, no command names either; another one goes on."""
    appoint_operators()
    run(*act, SECOND, *(("0",) if act[1] == "proof" else ()), "--as", OPERATOR)
    before = last(CITIZEN)
    why = "waits" if act[1] == "proof" else "not active"
    assert why in run("person", "suspend", CITIZEN, "--as", SECOND)
    assert last(CITIZEN) == before
    run("person", "suspend", CITIZEN, "--as", OPERATOR)
    assert last(CITIZEN)["event"] == "person.status_changed"


def test_a_file_read_into_a_register_names_who_read_it(tmp_path: Path) -> None:
    """G5: who may front a service, and whom an account is matched with, is told by such files."""
    appoint_operators()
    agencies, people = tmp_path / "agencies.csv", tmp_path / "people.csv"
    agencies.write_text("code,tier,name_vi,name_en,valid_on\nG12,central,Bộ,Ministry,2019-01-01\n")
    people.write_text("number,name,birthdate,sex,residence_code\n001190000177,Lan,1990,female,\n")
    run("registry", "agencies", str(agencies), "--as", OPERATOR)
    run("population", "import", str(people), "--as", OPERATOR)
    told = run("journal", "list", "--done-by", OPERATOR, "--limit", "2")
    assert [entry["event"] for entry in told] == ["register.imported"] * 2
    assert [entry["data"]["register"] for entry in told] == ["population", "agencies"]
    assert {entry["data"]["lines"] for entry in told} == {1}


def test_an_import_says_which_file_it_was_and_what_it_changed(tmp_path: Path) -> None:
    """G5: who changed the contact of one person is found by the file: nothing of theirs is told."""
    appoint_operators()
    file = tmp_path / "people.csv"
    header = "number,name,birthdate,sex,residence_code,email\n"
    lan = "001190000177,Lan,1990,female,,lan@mail.example\n"
    moved = lan.replace("lan@mail", "somebody.else@mail")
    mai = "001190000178,Mai,1990,female,,\n"
    files = (header + lan + mai, header + lan + mai, header + moved + mai)
    for content in files:
        file.write_text(content)
        run("population", "import", str(file), "--as", OPERATOR)
    told = run("journal", "list", "--done-by", OPERATOR, "--limit", "3")
    entries = [entry["data"] for entry in reversed(told)]
    counts = [
        tuple(data[n] for n in ("lines", "added", "changed", "unchanged")) for data in entries
    ]
    assert counts == [(2, 2, 0, 0), (2, 0, 0, 2), (2, 0, 1, 1)]
    assert [data["sha256"] for data in entries] == [sha256(f.encode()).hexdigest() for f in files]
    assert not any(word in str(entries) for word in ("mail.example", "0011", "Lan"))
    with unit_of_work(Settings()) as db:
        written = [*db.scalars(select(PopulationRecord.imported_at).order_by("imported_at"))]
    since = [datetime.fromisoformat(data["imported_at"]) for data in entries]
    assert written == [since[0], since[2]], "each row leads to the import that changed it last"


def test_every_command_that_acts_says_who_gives_it() -> None:
    """G5: a new command takes `--as`, or is listed as one that acts on nobody."""

    def without(command: Any, name: str) -> set[str]:
        if commands := getattr(command, "commands", None):
            found = (without(sub, f"{name} {key}".strip()) for key, sub in commands.items())
            return set().union(*found)
        options = {option for parameter in command.params for option in parameter.opts}
        return set() if "--as" in options else {name}

    assert without(typer.main.get_command(build_app()), "") == ACTS_ON_NOBODY
