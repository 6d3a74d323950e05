"""Every import, as an operator gives it with files that officials send."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from idp import cli
from idp.catalogue.files import AGENCIES, SERVICES, SYSTEMS
from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.cli import build_app
from idp.figures.days import DAY
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import make_engine, transaction, try_lock
from idp.kit.errors import InvalidInput
from idp.kit.tables.faults import FileRefused
from idp.organizations.files import ORGANIZATIONS
from idp.organizations.models import Organization
from idp.people.models import PopulationRecord
from idp.people.population_file import population_table
from idp.settings.people import CountrySettings
from tests.support.postgres import Database

IMPORTS = {
    "agencies": ("registry", "agencies"),
    "systems": ("registry", "systems"),
    "services": ("registry", "services"),
    "organizations": ("organization", "import"),
    "population": ("population", "import"),
}
FILES = {
    "agencies": "code,tier,name_vi,name_en,valid_on,parent,place_code\n"
    "G12,central,Bộ Một,Ministry One,2019-01-01,,\n"
    "G12.18,Trung ương,Cục Hai,Department Two,01/01/2019,G12,01\n",
    "systems": "code,agency,name_vi,name_en,login_state\n"
    "licences,G12.18,Cấp phép,Licences,\n"
    "permits,G12,Giấy phép,Permits,pilot\n",
    "services": "code,agency,name_vi,name_en,level,level_valid_on,required_acr,system\n"
    "1.001234,G12.18,Đổi giấy phép,Exchange,4,2019-01-01,LoA2,licences\n"
    "1.001235,G12,Cấp giấy phép,Grant,Mức độ 3,1/1/2019,loa1,\n",
    "organizations": "tax_code,name,kind,status,place_code\n"
    "0314409058,Công ty A,,,79\n"
    "0100233488,Hợp tác xã B,Hợp tác xã,suspended,\n",
    "population": "number,name,birthdate,sex,residence_code,email\n"
    "001190000177,Lan,1990,Nữ,01,lan@mail.example\n"
    "001090000178,Minh,17/05/1990,nam,,\n",
}
TABLES = (Agency, InformationSystem, PublicService, Organization, PopulationRecord)
PASSWORD = "sớm mai gà gáy bên sông"
EVERY_IMPORT = pytest.mark.parametrize("what", IMPORTS)
TABLES_OF_FILES = {
    "agencies": AGENCIES,
    "systems": SYSTEMS,
    "services": SERVICES,
    "organizations": ORGANIZATIONS,
    "population": population_table(today=date(2026, 11, 29)),
}
Send = Callable[..., Result]


@pytest.fixture(autouse=True)
def _environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def send(tmp_path: Path) -> Send:
    def send(what: str, content: str | bytes, *options: str) -> Result:
        file = tmp_path / f"{what}.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(build_app(), [*IMPORTS[what], str(file), *options])

    return send


@pytest.fixture
def fill(send: Send, what: str) -> None:
    """What rows of the import lean on."""
    for before in ("agencies", "systems"):
        if what != before and what in ("systems", "services"):
            assert send(before, FILES[before]).exit_code == 0
        if what == before:
            break


@pytest.fixture
def count(database: Database) -> Iterator[Callable[[], tuple[int, ...]]]:
    """How many rows the registers have, and how many imports were journaled."""
    engine = make_engine(database.app_url)

    def count() -> tuple[int, ...]:
        with transaction(engine) as db:
            imports = select(func.count()).where(JournalEntry.event == "register.imported")
            rows = (db.scalar(select(func.count()).select_from(table)) for table in TABLES)
            return tuple(number or 0 for number in (*rows, db.scalar(imports)))

    yield count
    engine.dispose()


@EVERY_IMPORT
def test_help_names_the_columns_of_the_file(what: str) -> None:
    answer = CliRunner().invoke(build_app(), [*IMPORTS[what], "--help"])
    assert TABLES_OF_FILES[what].heading in "".join(answer.stdout.split())


def counts(answer: Result) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.stdout)
    return {name: told[name] for name in ("read", "added", "changed", "unchanged", "refused")}


def told(read: int, **some: int) -> dict[str, int]:
    return {"read": read, "added": 0, "changed": 0, "unchanged": 0, "refused": 0, **some}


def said(answer: Result) -> str:
    assert isinstance(answer.exception, FileRefused), answer.output
    return answer.exception.public


def renamed(what: str) -> str:
    """The file with another name in its first row."""
    header, first, *rest = list(csv.reader(FILES[what].splitlines()))
    first[header.index("name_vi" if "name_vi" in header else "name")] = "Hoàng Hà"
    return "\n".join(",".join(row) for row in (header, first, *rest))


@EVERY_IMPORT
@pytest.mark.usefixtures("fill")
def test_added_changed_and_unchanged_are_counted_apart(what: str, send: Send) -> None:
    """B2: and a name is corrected by importing again."""
    assert counts(send(what, FILES[what], "--json")) == told(2, added=2)
    assert counts(send(what, FILES[what], "--json")) == told(2, unchanged=2)
    corrected = send(what, renamed(what), "--json")
    assert counts(corrected) == told(2, changed=1, unchanged=1)
    [change] = json.loads(corrected.stdout)["changes"]
    assert (change["line"], [*change["fields"]]) in [(2, ["name"]), (2, ["name_vi"])]
    assert counts(send(what, renamed(what), "--json")) == told(2, unchanged=2)


@EVERY_IMPORT
@pytest.mark.usefixtures("fill")
def test_a_dry_run_says_the_same_and_changes_nothing(
    what: str, send: Send, count: Callable[[], tuple[int, ...]]
) -> None:
    """B2: `--dry-run`."""
    before = count()
    dry = send(what, FILES[what], "--dry-run", "--json")
    assert json.loads(dry.stdout) == {
        **told(2, added=2),
        "dry_run": True,
        "changes": [],
        "faults": [],
    }
    assert count() == before
    assert counts(send(what, FILES[what], "--json")) == told(2, added=2)
    assert sum(count()) == sum(before) + 3, "two rows, and the journal's"


@EVERY_IMPORT
@pytest.mark.usefixtures("fill")
def test_what_excel_makes_of_a_file_is_read(what: str, send: Send) -> None:
    """B4: encodings, separators, the header's case and blanks, and the empty tail."""
    content = FILES[what]
    header, lines = content.split("\n", 1)
    tabs = content.replace(",", "\t").replace("\n", "\r\n")
    forms: list[str | bytes] = [
        "\ufeff" + content,
        tabs.encode("utf-16"),
        tabs,
        "sep=;\r\n" + content.replace(",", ";"),
        header.upper().replace(",", " , ") + "\n" + lines,
        content + "," * header.count(",") + "\n\n",
        f"STT,{header},Ghi chú\n" + "".join(f"1,{line},xem\n" for line in lines.splitlines()),
        normalize("NFD", content),
    ]
    for form in forms:
        assert counts(send(what, form, "--dry-run", "--json")) == told(2, added=2), form
    send(what, content)
    assert counts(send(what, forms[-1], "--json")) == told(2, unchanged=2), "B7: NFC"


@EVERY_IMPORT
@pytest.mark.usefixtures("fill")
def test_one_faulty_line_is_named_and_nothing_of_the_file_is_kept(
    what: str, send: Send, count: Callable[[], tuple[int, ...]]
) -> None:
    """B1, B2, B3: the same checks for every import; the file without the fault is the control."""
    header, first, second = FILES[what].splitlines()
    names = header.split(",")
    name = second.split(",")[names.index("name_vi" if "name_vi" in names else "name")]
    before = count()
    for line, why in (
        (second.replace(name, f"{name}, và"), "values, the header"),
        (second[: second.index(name) + len(name)], "values are missing from here on"),
        (second.replace(name, " "), ": A value is missing here."),
        (second.replace(name, "A\0B"), "NUL"),
        (second.replace(name, "A\udceaB"), "not UTF-8"),
        (second.replace(name, "B? Giao thông"), "Letters were lost"),
        (first, "already."),
        (f'"{second}', "quotation mark"),
    ):
        sent = "\n".join((header, first, line)).encode("utf-8", "surrogateescape")
        answer = send(what, sent, "--json")
        assert answer.exit_code == 1
        assert said(answer).startswith("Line 3")
        assert why in said(answer)
        assert counts(answer)["refused"] == 1
        assert counts(answer)["read"] in (1, 2)
        assert len(json.loads(answer.stdout)["faults"]) >= 1
    owned = "\n".join(
        f"{row},{more}" for row, more in zip((header, first), ("owner", ""), strict=True)
    )
    assert "“owner” is unknown" in said(send(what, owned))
    assert count() == before
    assert send(what, FILES[what]).exit_code == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            (
                "code,tier,valid_on,name_vi,name_en\n"
                "G64,central,2025-07-01,Bộ Giao thông, Đường sắt,Ministry of Transport\n"
            ),
            "Line 2, column name_en, “Ministry of Transport”: The line has 6 values, the header 5",
        ),
        (
            "code,tier,valid_on,name_vi\nG64,center,2025-07-01,Bộ\n",
            "Line 2, column tier, “center”: Choose from: central / trung ương, province / tỉnh, ",
        ),
        (
            "code,tier,valid_on,name_vi,place_code\nG64,central,2025-07-01,Bộ,1\n",
            "Line 2, column place_code, “1”: 1 digit where there are 2 / 5: Excel drops zeros",
        ),
        (
            "code,tier,valid_on,name_vi,parent\nG64,central,2025-07-01,Bộ,G99\n",
            "Line 2, column parent, “G99”: There is no agency G99.",
        ),
    ],
)
def test_what_is_wrong_with_an_agency_is_named(send: Send, content: str, why: str) -> None:
    """B1, B5: the choices are said."""
    assert why in said(send("agencies", content))
    assert send("agencies", FILES["agencies"]).exit_code == 0


@pytest.mark.parametrize("level", ["4", "4.0", "4,0", "mức 4", "Mức độ 4", "MUC DO 4", "level 4"])
def test_a_level_is_read_as_people_write_it(send: Send, level: str) -> None:
    """B5: `4.0` is what a spreadsheet makes of it."""
    send("agencies", FILES["agencies"])
    send("systems", FILES["systems"])
    sent = FILES["services"].replace(",4,", f',"{level}",')
    assert counts(send("services", sent, "--json")) == told(2, added=2)
    for wrong in ("5", "4.5", "bốn", "0"):
        refused = send("services", FILES["services"].replace(",4,", f",{wrong},"))
        assert f"column level, “{wrong}”: Choose from: 1, 2, 3, 4." in said(refused)


def test_what_is_wrong_with_a_service_is_named(send: Send) -> None:
    """B5: and a code that a spreadsheet took for a number."""
    send("agencies", FILES["agencies"])
    send("systems", FILES["systems"])
    file = FILES["services"]
    assert "column required_acr, “LoA9”: Choose from: LoA1, LoA2" in said(
        send("services", file.replace("LoA2", "LoA9"))
    )
    assert "column code, “1.00123”: Excel drops zeros at the end" in said(
        send("services", file.replace("1.001234", "1.00123"))
    )
    for shown in ("Jan-34", "1-Mar", "1-Mar-34", "1-Thg3", "01/03/2034", "2034-01-01 00:00:00"):
        mangled = send("services", file.replace("1.001234", shown))
        assert f"column code, “{shown}”: Excel made a date of this code" in said(mangled)
    assert "column code, “1E+05”: Excel rounded" in said(
        send("services", file.replace("1.001234", "1E+05"))
    )
    assert "column system, “nowhere”: There is no system" in said(
        send("services", file.replace("licences", "nowhere"))
    )
    decimal_comma = file.replace(",", ";").replace("1.00", "1,00")
    assert counts(send("services", decimal_comma, "--json")) == told(2, added=2)


def test_a_row_takes_over_what_a_file_says_and_keeps_the_rest(send: Send) -> None:
    """B2: columns left out stay as they are, and what changed is listed in the file's words."""
    for what in ("agencies", "systems", "services"):
        send(what, FILES[what])
    moved = send("systems", "code,agency,name_vi\nlicences,G12,Cấp phép\n", "--json")
    assert json.loads(moved.stdout)["changes"] == [
        {"line": 2, "key": "licences", "fields": {"agency": ["G12.18", "G12"]}}
    ]
    renamed = send(
        "agencies", "code,tier,name_vi,valid_on\nG12.18,central,Cục 2,2019-01-01\n", "--json"
    )
    assert json.loads(renamed.stdout)["changes"][0]["fields"] == {"name_vi": ["Cục Hai", "Cục 2"]}
    below = send("agencies", FILES["agencies"].replace("2019-01-01,,", "2019-01-01,G12.18,"))
    assert "column parent, “G12.18”: This agency is below it." in said(below)
    people = send("agencies", renamed.stdout)
    assert "lacks columns" in said(people)


def test_who_holds_a_post_at_an_agency_gives_nothing_of_it_away(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: as by `idp rp`; what confers nothing they may correct, and others may do both."""
    monkeypatch.setenv("IDP_PERSON_PASSWORD", PASSWORD)
    both, other = "001190000123", "001190000124"
    for number in (both, other):
        card = (
            "--name",
            "Hoa",
            "--birthdate",
            "1990",
            "--sex",
            "female",
            "--proofing",
            "2",
            "--totp",
        )
        words = ("person", "add", "--number", number, *card)
        assert CliRunner().invoke(build_app(), words).exit_code == 0
    for what in ("agencies", "systems", "services"):
        send(what, FILES[what])
    for words in (
        ("staff", "appoint", both, "agency_developer", "--agency", "G12.18"),
        ("staff", "appoint", both, "operator"),
        ("staff", "appoint", other, "operator"),
    ):
        assert CliRunner().invoke(build_app(), words).exit_code == 0
    lower = FILES["services"].replace("LoA2", "LoA1")
    renamed = FILES["services"].replace("Đổi", "Cấp đổi")
    moved = FILES["systems"].replace("licences,G12.18", "licences,G12")
    for what, sent in (("services", lower), ("systems", moved)):
        assert "Line 2: Who gives this command holds a post" in said(send(what, sent, "--as", both))
        assert send(what, sent, "--as", other).exit_code == 0
    assert send("services", renamed.replace("LoA2", "LoA1"), "--as", both).exit_code == 0


def test_people_read_what_changed(send: Send) -> None:
    send("agencies", FILES["agencies"])
    answer = send("agencies", FILES["agencies"].replace("Cục Hai", "Cục Ba"), "--dry-run")
    assert "3: G12.18\n  name_vi: Cục Hai → Cục Ba\n" in answer.stdout


def test_an_official_reads_it_in_their_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """B5: the language of the terminal; English where it has none of ours."""
    file = tmp_path / "agencies.csv"
    file.write_text("code,tier,name_vi,valid_on\nG1,center,Bộ,2025-07-01\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["idp", "registry", "agencies", str(file)])
    for locale, words in (("vi_VN.UTF-8", "Dòng 2, cột tier"), ("fr_FR", "Line 2, column tier")):
        monkeypatch.setenv("LC_ALL", locale)
        with pytest.raises(SystemExit, match="1"):
            cli.main()
        first, last = capsys.readouterr().err.splitlines()
        assert first.startswith(f"idp: {words}, “center”: ")
        assert last.startswith("idp: ")


def test_progress_of_a_long_file_is_told_on_standard_error(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer stays parseable."""
    assert send("agencies", FILES["agencies"], "--dry-run").stderr == ""
    monkeypatch.setattr("idp.cli.imports._LONG", 100)
    answer = send("agencies", FILES["agencies"], "--json")
    assert counts(answer) == told(2, added=2)
    assert "agencies.csv" in answer.stderr


def test_a_file_that_is_not_there_is_named(send: Send, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        answer = CliRunner().invoke(build_app(), ["registry", "agencies", os.fspath(path)])
        assert "cannot be read" in str(answer.exception)


@EVERY_IMPORT
@pytest.mark.usefixtures("fill")
def test_two_files_go_into_a_register_one_after_the_other(
    what: str, send: Send, database: Database, count: Callable[[], tuple[int, ...]]
) -> None:
    """B2: the second would call rows added that the first one adds, and lose what it says."""
    before, engine = count(), make_engine(database.app_url)
    with transaction(engine) as db:
        assert try_lock(db.connection(), f"import.{what}")
        refused = send(what, FILES[what])
        assert isinstance(refused.exception, InvalidInput)
        assert "Another file is being imported" in refused.exception.public
        assert count() == before
    assert counts(send(what, FILES[what], "--json")) == told(2, added=2)
    engine.dispose()


def test_a_file_through_a_pipe_is_read(send: Send) -> None:
    """Its size is not known before its end."""
    send("agencies", FILES["agencies"])
    reading, writing = os.pipe()
    os.write(writing, FILES["agencies"].encode())
    os.close(writing)
    answer = CliRunner().invoke(
        build_app(), ["registry", "agencies", f"/dev/fd/{reading}", "--json"]
    )
    os.close(reading)
    assert counts(answer) == told(2, unchanged=2)


def test_a_file_is_judged_by_the_databases_day(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """0032: on a machine whose clock is a year behind; whoever is born tomorrow is refused."""
    today = CountrySettings().today
    born = f"number,name,birthdate,sex\n0012{today:%y}000178,Minh,{today},nam\n"
    for content, refused in ((born, 0), (born.replace(f"{today}", f"{today + DAY}"), 1)):
        monkeypatch.setattr(clock, "_ahead", clock._ahead - 400 * DAY.total_seconds())
        assert counts(send("population", content, "--json"))["refused"] == refused
