"""Organizations and who acts for them, as an operator enters them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from idp.catalogue.models import PublicService
from idp.cli import build_app
from idp.figures.state import State
from idp.journal.replay import Span, read_state_events
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.errors import OneDoorError
from idp.settings.people import CountrySettings
from tests.support.people import add_relying_party
from tests.support.postgres import Database

ORGANIZATIONS = """tax_code,name,kind,status,place_code
0314409058,Công ty A,,,79
0314409058-002,Chi nhánh A,,,48
0100233488,Hợp tác xã B,cooperative,suspended,
"""
COMPANY, AN, BINH = "0314409058", "001190000123", "001090000456"
TIME_ZONE = CountrySettings().time_zone
TODAY = CountrySettings().today
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")


def run(*words: str) -> Any:
    answer = CliRunner().invoke(build_app(), [*words, "--json"])
    if isinstance(answer.exception, OneDoorError):
        return answer.exception.public
    return json.loads(answer.stdout)


def load(folder: Path, text: str) -> Any:
    file = folder / "organizations.csv"
    file.write_text(text, encoding="utf-8")
    return run("organization", "import", str(file))


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The organizations, and two people with accounts."""
    load(tmp_path, ORGANIZATIONS)
    monkeypatch.setenv("IDP_PERSON_PASSWORD", "sớm mai gà gáy bên sông")
    for number, name in ((AN, "An"), (BINH, "Bình")):
        words = f"person add --number {number} --name {name} --birthdate 1990 --sex female"
        run(*words.split())


def test_organizations_are_imported_and_follow_the_register(tmp_path: Path) -> None:
    assert load(tmp_path, ORGANIZATIONS)["added"] == 3
    shown = run("organization", "show", "0314409058002")
    assert (shown["tax_code"], shown["kind"], shown["place_code"]) == (
        "0314409058-002",
        "enterprise",
        "48",
    )
    followed = load(tmp_path, ORGANIZATIONS.replace("suspended", "active"))
    assert (followed["read"], followed["changed"], followed["unchanged"]) == (3, 1, 2)
    assert run("organization", "show", "0100233488")["status"] == "active"


def test_refusals_name_the_line_and_leave_nothing(tmp_path: Path) -> None:
    for wrong, why in (
        ("0100233480,X,,,", "Line 5, column tax_code, “0100233480”: A tax code has 10 digits"),
        (
            "0312687878-001,X,,,",
            "Line 5, column tax_code, “0312687878-001”: Register the enterprise",
        ),
        (
            "0100112437,X,bank,,",
            "Line 5, column kind, “bank”: Choose from: enterprise / doanh nghiệp, ",
        ),
    ):
        assert why in load(tmp_path, f"{ORGANIZATIONS}{wrong}\n")
    assert "lacks columns: tax_code" in load(tmp_path, "code,name\n1,X\n")
    assert "has no tax code" in run("organization", "show", COMPANY)
    assert load(tmp_path, ORGANIZATIONS)["added"] == 3
    other = load(tmp_path, f"tax_code,name,kind\n{COMPANY},Công ty A,household\n")
    assert "Line 2, column kind, “household”: An organization keeps the kind" in other


@pytest.mark.usefixtures("people")
def test_a_representative_is_added_once_listed_and_ended() -> None:
    added = run("representative", "add", COMPANY, AN, "--reference", "GCN 41")
    assert run("representative", "add", COMPANY, AN, "--reference", "GCN 41") == added
    (listed,) = run("representative", "list", COMPANY)
    assert listed == {
        "person_id": added["person_id"],
        "name": "An",
        "role": "legal_representative",
        "services": "all",
        "valid_on": TODAY.isoformat(),
        "ended_on": None,
        "reference": "GCN 41",
    }
    assert run("organization", "show", COMPANY)["representatives"] == ["An ••••••••0123"]
    ended = run("representative", "end", COMPANY, AN, "--on", TOMORROW.isoformat())
    assert (ended["ended_on"], ended["changed"]) == (TOMORROW.isoformat(), True)
    assert run("representative", "end", COMPANY, AN)["changed"] is True
    assert run("representative", "list", COMPANY) == []
    assert run("organization", "show", COMPANY)["representatives"] == []


@pytest.mark.usefixtures("people")
def test_days_and_references_are_typed_as_the_country_writes_them() -> None:
    """B5, B7: dd/mm/yyyy beside ISO 8601, and one spelling of a text that is stored."""
    until = ("--to", TOMORROW.strftime("%d/%m/%Y"))
    reference = ("--reference", "Quye\u0302\u0301t  định 41")
    given = run("representative", "add", COMPANY, AN, *until, *reference)
    assert run("representative", "add", COMPANY, AN, "--to", TOMORROW.isoformat()) == given
    (listed,) = run("representative", "list", COMPANY)
    assert (listed["ended_on"], listed["reference"]) == (TOMORROW.isoformat(), "Quyết định 41")


@pytest.mark.usefixtures("people")
def test_a_delegate_is_for_some_services_and_until_a_day(database: Database) -> None:
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        service_id = add_relying_party(db).default_service_id
        code = db.get_one(PublicService, service_id).procedure_code
    engine.dispose()
    delegate = ("representative", "add", COMPANY, BINH, "--role", "delegate", "--service", code)
    added = run(*delegate, "--to", TOMORROW.isoformat())
    assert added["role"] == "delegate"
    assert run(*delegate, "--to", TOMORROW.isoformat()) == added
    (listed,) = run("representative", "list", COMPANY)
    assert (listed["services"], listed["ended_on"]) == (1, TOMORROW.isoformat())
    assert "end that first" in run(*delegate)
    assert run("organization", "show", COMPANY)["representatives"] == []


@pytest.mark.usefixtures("people")
def test_refusals_say_what_is_wrong() -> None:
    add = ("representative", "add")
    assert "has no tax code" in run(*add, "0100112437", AN)
    assert "is suspended: nobody may act" in run(*add, "0100233488", AN)
    assert "no such person" in run(*add, COMPANY, "001190000999")
    assert "ends after it begins" in run(*add, COMPANY, AN, "--to", TODAY.isoformat())
    delegate = (*add, COMPANY, AN, "--role", "delegate")
    assert "no service 1.009999" in run(*delegate, "--service", "1.009999")
    assert "no organization" in run("representative", "list", "0100112437")
    assert "does not act" in run("representative", "end", COMPANY, AN)
    assert run(*add, COMPANY, AN)["role"] == "legal_representative"
    assert "end that first" in run(*add, COMPANY, AN, "--to", TOMORROW.isoformat())
    assert "does not act" in run("representative", "end", COMPANY, AN, "--role", "delegate")
    later = (*add, COMPANY, BINH, "--from", TOMORROW.isoformat())
    assert run(*later) == run(*later)
    assert "end that first" in run(*add, COMPANY, BINH)


@pytest.mark.usefixtures("people")
def test_the_figures_count_what_an_operator_entered(database: Database) -> None:
    run("representative", "add", COMPANY, AN, "--to", TOMORROW.isoformat())
    card = ("--name", "Trần An", "--birthdate", "1990", "--sex", "male")
    run("person", "reclaim", AN, *card, "--compared-again")
    engine, state, now = make_engine(database.app_url), State(), clock.now()
    period = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    with engine.connect() as connection:
        for event in read_state_events(connection, Span(TIME_ZONE, **period)):
            state.apply(event)
    engine.dispose()
    assert len(state.organizations["live"] & state.organizations["enterprise"]) == 1
    proven = state.represented_by(state.persons["proofed_2"])
    assert proven == state.organizations["enterprise"]
    state.begin(TOMORROW)
    assert not state.represented_by(state.persons["proofed_2"])
