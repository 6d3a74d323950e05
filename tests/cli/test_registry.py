"""From an empty database to an agency's developer: what an operator does first."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from idp.cli import build_app
from idp.kit.errors import OneDoorError
from tests.support.postgres import Database

AGENCIES = """code,parent,tier,name_vi,name_en,place_code,valid_on
G12,,central,Bộ Một,Ministry One,,2019-01-01
G12.18,G12,central,Cục Hai,Department Two,,2019-01-01
"""
SYSTEMS = """code,agency,name_vi,name_en
licences,G12.18,Cấp phép,Licences
"""
SERVICES = """code,agency,system,name_vi,name_en,level,level_valid_on,required_acr
1.001234,G12.18,licences,Đổi giấy phép,Exchange a licence,4,2019-01-01,LoA2
"""
DESKS = """code,name_vi,address,commune_code,commune,province_code,hours_vi
A1,Bộ phận Một cửa phường Sơn Trà,1 đường Một,20263,Phường Sơn Trà,48,7:30–17:00
"""


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")


def run(*words: str) -> Any:
    """What the command answers; of a refusal, what it says."""
    answer = CliRunner().invoke(build_app(), [*words, "--json"])
    if isinstance(answer.exception, OneDoorError):
        return answer.exception.public
    return json.loads(answer.stdout)


def load(folder: Path, what: str, text: str) -> Any:
    file = folder / f"{what}.csv"
    file.write_text(text, encoding="utf-8")
    return run("registry", what, str(file))


def add_person(number: str, *more: str) -> None:
    words = f"person add --number {number} --name Hoa --birthdate 1990-05-17 --sex female"
    with pytest.MonkeyPatch.context() as given:
        given.setenv("IDP_PERSON_PASSWORD", "sớm mai gà gáy bên sông")
        run(*words.split(), *more)


def test_a_register_is_imported_and_staff_is_appointed(tmp_path: Path) -> None:
    assert load(tmp_path, "agencies", AGENCIES)["added"] == 2
    assert load(tmp_path, "systems", SYSTEMS)["added"] == 1
    assert load(tmp_path, "services", SERVICES)["added"] == 1
    again = load(tmp_path, "services", SERVICES)
    assert (again["read"], again["unchanged"]) == (1, 1)

    assert load(tmp_path, "desks", DESKS)["added"] == 1
    assert load(tmp_path, "desks", DESKS)["unchanged"] == 1
    assert "99" in load(tmp_path, "desks", DESKS.replace(",48,", ",99,").replace("A1", "A2"))

    add_person("001190000123", "--proofing", "2", "--totp")
    developer = ("001190000123", "agency_developer", "--agency", "G12.18")
    appointed = run("staff", "appoint", *developer)
    assert run("staff", "appoint", *developer) == appointed
    run("staff", "appoint", "001190000123", "operator")
    held = run("staff", "list", "001190000123")
    assert [(post["role"], post["agency"]) for post in held] == [
        ("agency_developer", "G12.18"),
        ("operator", ""),
    ]
    assert run("staff", "dismiss", *developer) == appointed
    assert [post["role"] for post in run("staff", "list", "001190000123")] == ["operator"]


def test_nobody_is_appointed_who_is_not_proven_and_has_no_second_factor() -> None:
    """G4: else a leaked first password is an operator."""
    add_person("001190000123")
    add_person("001190000124", "--proofing", "2")
    add_person("001190000125", "--proofing", "1", "--totp")
    add_person("001190000126", "--proofing", "2", "--totp")
    answers = [run("staff", "appoint", f"00119000012{n}", "operator") for n in (3, 4, 5)]
    assert ["face to face" in answer for answer in answers] == [True, False, True]
    assert ["a second factor" in answer for answer in answers] == [True, True, False]
    assert run("staff", "list", "001190000124") == []
    assert run("staff", "appoint", "001190000126", "operator")["role"] == "operator"


def test_the_last_two_operators_are_not_dismissed() -> None:
    """G3: nobody becomes the only one by commands."""
    for number in ("001190000123", "001190000124"):
        add_person(number, "--proofing", "2", "--totp")
        run("staff", "appoint", number, "operator")
    dismissing = ("staff", "dismiss", "001190000124", "operator")
    assert "appoint another one first" in run(*dismissing)
    [post] = run("staff", "list", "001190000124")
    assert (post["role"], post["waits"]) == ("operator", False)


@pytest.mark.asvs("2.3.3")
def test_refusals_name_the_line_and_leave_nothing(tmp_path: Path) -> None:
    wrong = AGENCIES + "nonsense,,central,Ba,Three,,2019-01-01\n"
    assert "Line 4, column code, “nonsense”: An agency's code" in load(tmp_path, "agencies", wrong)
    assert "no agency G12.18" in load(tmp_path, "systems", SYSTEMS), "nothing was added"
    load(tmp_path, "agencies", AGENCIES)
    assert "no system licences" in load(tmp_path, "services", SERVICES)
    assert "Line 2" in load(tmp_path, "services", SERVICES.replace("LoA2", "LoA9"))
    assert "lacks columns: tier" in load(tmp_path, "agencies", "code,name_vi\nG13,Bộ\n")
    assert "quotation mark" in load(tmp_path, "agencies", 'code,"tier')
    add_person("001190000123")
    post = ("staff", "appoint", "001190000123")
    assert "no agency" in run(*post, "agency_owner", "--agency", "G99")
    assert "need an agency" in run(*post, "agency_owner")
    assert "does not hold" in run("staff", "dismiss", "001190000123", "operator")
