"""A walk over all commands: one that writes names who acts and leaves an entry; the rest read."""

import json
from collections.abc import Generator, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyotp
import pytest
import structlog
import typer
from psycopg import sql
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from idp import cli
from idp.cli import build_app
from idp.keys.creation import ensure_keys
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.logs import configure_logs
from idp.people.letters import add_letter
from idp.places.load import load_places
from idp.settings import Settings
from tests.cli.test_organizations import COMPANY, ORGANIZATIONS
from tests.cli.test_registry import AGENCIES, DESKS, SERVICES, SYSTEMS, add_person
from tests.cli.test_rp import write
from tests.figures.frozen import freeze, national
from tests.support.postgres import Database, DatabaseServer
from tests.support.served import environment_for

OPERATOR, CITIZEN, OTHER = "001190000124", "001190000123", "001190000125"
THIRD, RESIDENT = "001190000126", "001190000177"
POPULATION = (
    "number,name,birthdate,sex,residence_code,email,street,commune,province\n"
    f"{RESIDENT},Lan,1990,female,,,Thôn 3,xã Ea Kao,tỉnh Đắk Lắk\n"
)
CARD = ("--name", "Hoa", "--birthdate", "1990-05-17", "--sex", "female")
RUN_THE_PROGRAM = {"demo", "healthcheck", "migrate", "serve", "work"}
READS = [
    ("adoption", "lists"),
    ("adoption", "months"),
    ("adoption", "revisions"),
    ("adoption", "verify"),
    ("journal", "keys"),
    ("journal", "list"),
    ("journal", "show", "7KQ4-M2XD"),
    ("journal", "verify"),
    ("keys", "list"),
    ("letters", "list"),
    ("organization", "show", COMPANY),
    ("person", "show", OPERATOR),
    ("representative", "list", COMPANY),
    ("rp", "list"),
    ("staff", "list", OPERATOR),
]
OF_A_FROZEN_MONTH = {("adoption", "report")}
"""Reads what nothing here freezes: `test_report.py`."""

Words = tuple[str, ...]


def writes(folder: Path, engine: Engine) -> Generator[Words, Any, None]:
    """Every command that writes, in an order in which each has something to do."""

    def file(text: str) -> str:
        path = folder / "file.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    yield "registry", "agencies", file(AGENCIES)
    yield "registry", "systems", file(SYSTEMS)
    yield "registry", "services", file(SERVICES)
    yield "registry", "desks", file(DESKS)
    yield "population", "import", file(POPULATION)
    yield "organization", "import", file(ORGANIZATIONS)
    words = ("person", "add", "--number", CITIZEN, *CARD, "--proofing", "1", "--totp")
    made = yield *words, "--password-file", file("sớm mai gà gáy bên sông\n")
    with engine.begin() as connection:  # as if they had set it up alone
        lower = text("UPDATE authenticator SET carries_proofing = 0 WHERE person_id = :person")
        connection.execute(lower, {"person": made["person_id"]})
    code = pyotp.TOTP(made["totp_secret"]).now()
    card = (*CARD[:4], "--compared-again")
    yield "person", "confirm-factor", CITIZEN, "--code", code, *card
    yield "representative", "add", COMPANY, CITIZEN
    yield "representative", "end", COMPANY, CITIZEN
    with engine.begin() as connection:
        higher = text("UPDATE person SET proofing = 2 WHERE id = :person")
        connection.execute(higher, {"person": made["person_id"]})
    yield "person", "print-codes", CITIZEN, "--lost", *card
    third = ("--number", THIRD, *CARD, "--proofing", "1")
    yield "person", "add", *third, "--password-file", file("sớm mai gà gáy bên sông\n")
    yield "person", "reclaim", THIRD, *CARD, "--compared-again"
    yield "person", "reset-password", THIRD
    yield "person", "proof", CITIZEN, "0"
    yield "person", "suspend", CITIZEN
    resident = ("--number", RESIDENT, "--name", "Lan", "--birthdate", "1990", "--sex", "female")
    password = file("sớm mai gà gáy bên sông\n")
    made = yield "person", "add", *resident, "--proofing", "0", "--password-file", password
    with transaction(engine) as db:
        add_letter(db, person_id=UUID(made["person_id"]), at=clock.now())
    batch = yield "letters", "print", str(folder)
    first = Path(batch["pages"])
    assert first.stat().st_mode & 0o777 == 0o600
    assert "xã Ea Kao" in first.read_text("utf-8")
    assert Path(batch["file"]).read_bytes().startswith(b"\xef\xbb\xbf")
    batch = yield "letters", "again", batch["batch"], str(folder)
    told = Path(batch["file"]).read_text("utf-8-sig").splitlines()[1]
    assert told not in first.read_text("utf-8")
    yield "letters", "returned", told.split(",")[0]
    post = (OTHER, "agency_owner", "--agency", "G12")
    yield "staff", "appoint", *post
    yield "staff", "dismiss", *post
    [party] = yield "rp", "apply", write(folder, "https://gplx.example.vn/cb")
    yield "rp", "rotate-secret", party["client_id"]
    yield "rp", "initial-token", "licences"
    first, second, *_ = run("keys", "list")
    yield "keys", "rotate", "--alg", first["alg"]
    yield "keys", "retire", "--", second["kid"]
    yield "keys", "reencrypt"
    yield "adoption", "denominators", "--published"
    yield "adoption", "denominator", "residents", "2024-04-01", "5", "--source", "Census"
    values = "target_id,counted_on,value,source\nT8,2024-12-31,50,Census\n"
    yield "adoption", "indicators", file(values)
    with transaction(engine) as db:
        load_places(db)
    counts = file("place,residents,residents_14,enterprises\n01,9,7,2\n")
    yield "adoption", "provinces", counts, "--counted-on", "2025-07-01", "--source", "Census"
    ages = file("age,female,male\n60+,7000000,5000000\n")
    yield "adoption", "groups", ages, "--counted-on", "2025-07-01", "--source", "Census"
    named = file("number,local_sign_ins\n001190000177,2\n")
    month = clock.now() - timedelta(days=40)
    yield "adoption", "list", named, "--system", "licences", "--month", f"{month:%Y-%m}"
    yield "adoption", "rollup"
    yield "adoption", "rollup", "--rebuild"
    freeze(engine, date(2025, 7, 31), {national("person", "REG"): 1})
    yield "adoption", "revise", "2025-07", "--reason", "Nobody was there"


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """The serving role's engine on this test's own database."""
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _operator(database: Database, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with its first keys and an operator."""
    for name, value in environment_for(database, issuer="http://localhost:8000").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cli, "configure_logs", log_at_once)
    with transaction(engine) as db:
        ensure_keys(db, keyring=Settings().secrets.keyring())
    for number in (OPERATOR, OTHER):
        add_person(number, "--proofing", "2", "--totp")
    run("staff", "appoint", OPERATOR, "operator")


def log_at_once() -> None:
    """What each command does first, with something to log: its answer is JSON all the same."""
    configure_logs()
    structlog.get_logger("idp.tests").warning("something.happened")


def run(*words: str) -> Any:
    """What the command answers (C21: its standard output is JSON and nothing else)."""
    words = (*words[:2], "--json", *words[2:])
    answer = CliRunner().invoke(build_app(), words)
    assert answer.exit_code == 0, (words, answer.output, answer.exception)
    assert "something.happened" in answer.stderr
    return json.loads(answer.stdout)


def done() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = run(
        *("journal", "list", "--done-by", OPERATOR, "--limit", "1000")
    )
    return entries


def commands() -> set[Words]:
    def below(command: Any, name: Words) -> set[Words]:
        if subcommands := getattr(command, "commands", None):
            return set().union(*(below(sub, (*name, key)) for key, sub in subcommands.items()))
        return {name}

    return below(typer.main.get_command(build_app()), ())


def test_every_command_that_writes_names_who_acts_and_leaves_an_entry(
    tmp_path: Path, engine: Engine
) -> None:
    """G5: a new command stands in `writes`, or among those that read."""
    walked, story = set(), writes(tmp_path, engine)
    words = next(story)
    while words:
        before = len(done())
        result = run(*words[:2], "--as", OPERATOR, *words[2:])
        assert len(done()) > before, words
        walked.add(words[:2])
        try:
            words = story.send(result)
        except StopIteration:
            break
    reads = {words[:2] for words in READS}
    assert commands() == walked | reads | OF_A_FROZEN_MONTH | {(name,) for name in RUN_THE_PROGRAM}


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_the_others_write_nothing(
    words: Words, tmp_path: Path, postgres: DatabaseServer, database: Database
) -> None:
    """G5: they do as well where the database takes no change; a command that writes does not."""
    organizations = tmp_path / "organizations.csv"
    organizations.write_text(ORGANIZATIONS, encoding="utf-8")
    run("organization", "import", str(organizations))
    with postgres.connect_as_admin() as admin:
        read_only = "ALTER DATABASE {} SET default_transaction_read_only = on"
        admin.execute(sql.SQL(read_only).format(sql.Identifier(database.name)))
    answer = CliRunner().invoke(build_app(), [*words, "--json"])
    assert "read-only" not in f"{answer.output} {answer.exception}"
    written = CliRunner().invoke(build_app(), ["person", "suspend", OTHER])
    assert "read-only" in str(written.exception)
