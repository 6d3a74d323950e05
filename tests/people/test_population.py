"""The file of the population register: what officials write of people is read as they mean it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.tables.imports import Report, import_rows
from idp.kit.tables.reader import read_rows
from idp.kit.tables.source import opened
from idp.people.declaration import declare
from idp.people.models import PopulationRecord, Sex
from idp.people.population import PopulationEntry, compare_declaration, population_register
from idp.people.population_file import EnteringResidents, population_table

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
TODAY = date(2026, 11, 29)
NUMBER = "001190000123"
HEADER = "number,name,birthdate,sex,residence_code,email\n"
HOA = f"{NUMBER},Nguyễn Thị Hoa,1990-05-17,female,01,hoa@mail.example\n"
ENTRY = PopulationEntry(
    NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01", "hoa@mail.example"
)

Load = Callable[[str], Report]


@pytest.fixture
def load(db: Session, tmp_path: Path) -> Load:
    def load(content: str) -> Report:
        file = tmp_path / "residents.csv"
        file.write_text(content, encoding="utf-8")
        with opened(file) as source:
            rows = read_rows(source, population_table(today=TODAY))
            return import_rows(rows, EnteringResidents(db, KEYRING, clock.now()))

    return load


def find(db: Session) -> Any:
    return population_register(db, keyring=KEYRING).find(number=NUMBER)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + HOA,
        HEADER + HOA.replace("1990-05-17", "17/05/1990").replace("female", "Nữ"),
        HEADER + HOA.replace("1990-05-17", "17/5/1990 0:00").replace("female", "F"),
        HEADER + HOA.replace("female", "nu\u031b\u0303"),
        HEADER.replace("residence", "Residence ") + HOA.replace("female", "FEMALE"),
        HEADER + HOA.replace("001190000123", "001 190 000 123"),
        (
            "STT;Số CCCD;Họ và tên;Ngày sinh;Giới tính;Mã tỉnh;E-mail\n"
            f"1;{NUMBER};Nguyễn Thị Hoa;17/05/1990;Nữ;01;hoa@mail.example\n"
        ),
    ],
)
def test_a_resident_is_read_as_the_country_writes_them(
    db: Session, load: Load, content: str
) -> None:
    """B4, B5: dates, sex and headings."""
    assert load(content).faults == []
    assert find(db) == ENTRY


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "1190000123,Hoa,1990,female,,",
            "column number, “••••••0123”: 10 digits where there are 12",
        ),
        ("1.1E+09,Hoa,1990,female,,", "Excel rounded this number"),
        ("00119000012A,Hoa,1990,female,,", "A personal number has 12 digits"),
        ("001490000123,Hoa,1990,female,,", "There is no such personal number"),
        (f"{NUMBER},Nguyen, Hoa,1990,female,,", "The line has 7 values, the header 6"),
        (f"{NUMBER},Nguyen Hoa,1990", "column sex: The line has 3 values"),
        (f"{NUMBER},,1990,female,,", "column name: A value is missing"),
        (f"{NUMBER},Hoa 2,1990,female,,", "column name, “Hoa 2”: A name has letters only"),
        (f"{NUMBER},Hoa,1990,cat,,", "column sex, “cat”: Choose from: female / nữ, male / nam, "),
        (f"{NUMBER},Hoa,30/02/1990,female,,", "column birthdate, “30/02/1990”: There is no such"),
        (f"{NUMBER},Hoa,32933,female,,", "Excel's own number of a day"),
        (f"{NUMBER},Hoa,2027-01-01,female,,", "This date of birth cannot be right"),
        (
            f"{NUMBER},Hoa,1990,female,1,",
            "column residence_code, “1”: 1 digit where there are 2 / 5",
        ),
        (f"{NUMBER},Hoa,1990,female,Hà Nội,", "A place's code has digits only"),
        (f"{NUMBER},Hoa,1990,female,,nobody", "column email, “••••••”: This is not an e-mail"),
    ],
)
def test_the_line_that_is_wrong_is_named_with_its_column(load: Load, line: str, told: str) -> None:
    """B1, B5: and a line beside it is read."""
    report = load(HEADER + line + "\n" + HOA.replace("0123,", "0124,"))
    assert (report.refused, report.added) == (1, 1)
    assert report.faults[0].say().startswith("Line 2, column ")
    assert told in report.faults[0].say()
    assert NUMBER not in report.faults[0].say()


def test_one_number_stands_in_a_file_once(load: Load) -> None:
    """B2: of a country's numbers the lines are not remembered."""
    report = load(HEADER + HOA + HOA)
    assert [fault.say() for fault in report.faults] == [
        "Line 3, column number, “••••••••0123”: It stands on a line above already."
    ]


def test_what_changed_is_named_and_personal_values_are_not(db: Session, load: Load) -> None:
    """B2: a name is corrected by importing again."""
    load(HEADER + HOA)
    report = load(HEADER + HOA.replace("Hoa,", "Hoà,"))
    [change] = report.changes
    assert (report.changed, change.key) == (1, "••••••••0123")
    assert change.differences == {"name": None}
    assert find(db).name == "Nguyễn Thị Hoà"
    assert load(HEADER + HOA.replace("Hoa,", "Hoà,")).unchanged == 1


def test_a_column_that_a_file_has_not_leaves_the_contact_there_is(db: Session, load: Load) -> None:
    """B2: an extract without addresses once forgot everybody's."""
    load(HEADER + HOA)
    assert (
        load(f"number,name,birthdate,sex\n{NUMBER},Nguyễn Thị Hoa,1990-05-17,Nữ\n").unchanged == 1
    )
    assert find(db) == ENTRY
    assert load(HEADER + HOA.replace("hoa@mail.example", "")).changed == 1
    assert find(db).email == ""


ADDRESSED = HEADER.strip() + ",street,commune,province\n"
HOME = "Số 8, ngõ 12/5 phố Hàng Bài", "phường Cửa Nam", "thành phố Hà Nội"
AT_HOME = HOA.strip() + ',"{}",{},{}\n'.format(*HOME)


@pytest.mark.parametrize(
    "content",
    [
        ADDRESSED + AT_HOME,
        "\ufeff" + ADDRESSED + AT_HOME.replace("\n", "\r\n"),
        ADDRESSED.replace("street,commune,province", "Địa chỉ,Phường/Xã,Tỉnh/Thành phố") + AT_HOME,
        (
            "sep=;\nSTT;Số CCCD;Họ và tên;Ngày sinh;Giới tính;Số nhà, đường;Xã (phường);Tỉnh\n"
            f'1;="{NUMBER}";Nguyễn Thị Hoa;17/05/1990;Nữ;{HOME[0]};{HOME[1]}; {HOME[2]} \n'
        ),
    ],
)
def test_a_postal_address_is_read_as_spreadsheets_have_it(
    db: Session, load: Load, content: str
) -> None:
    assert load(content).faults == []
    entry = find(db)
    assert entry.postal.lines == HOME
    raw = db.scalars(select(PopulationRecord.address_encrypted)).one()
    assert raw is not None
    assert "Hàng Bài".encode() not in raw


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("Số 8,,Hà Nội", "column commune: street, commune, province belong together"),
        (",,Hà Nội", "column street: street, commune, province belong together"),
        ("12-Thg5,phường A,Hà Nội", "Excel made a date of this code"),
        ("@SUM(1),phường A,Hà Nội", "Part of a postal address begins with a letter"),
        (f"{'a' * 81},phường A,Hà Nội", "has 80 characters at most"),
        ("S? 8 ph? Hàng,phường A,Hà Nội", "Letters were lost here"),
    ],
)
def test_an_address_that_reaches_nobody_is_refused_and_not_repeated(
    load: Load, address: str, told: str
) -> None:
    report = load(ADDRESSED + HOA.strip() + f",{address}\n" + AT_HOME.replace("0123,", "0124,"))
    assert (report.refused, report.added) == (1, 1)
    assert told in report.faults[0].say()
    assert "Hà Nội" not in report.faults[0].say()


def test_an_extract_without_addresses_leaves_them_and_an_empty_one_takes_them_away(
    db: Session, load: Load
) -> None:
    load(ADDRESSED + AT_HOME)
    assert load(HEADER + HOA).unchanged == 1
    assert find(db).postal.lines == HOME
    changed = load(ADDRESSED + HOA.strip() + ",,,\n")
    assert [change.differences for change in changed.changes] == [
        {"street": None, "commune": None, "province": None}
    ]
    assert find(db).postal is None


@pytest.mark.parametrize(
    ("kept", "typed", "differs"),
    [
        ("Lê Thị Hòa", "Lê Thị Hoà", ()),
        ("Đặng Thị Thuý", "Ðặng Thị Thúy", ()),
        ("Le\u0302 Thi\u0323 Hue\u0323\u0302", "Lê Thị Huệ", ()),
        ("Lê Thị Hòa", "Lê Thị Hoa", ("name",)),
        ("Lê Thị Hòa", "Lê Thị Hóa", ("name",)),
    ],
)
def test_a_name_in_another_spelling_is_the_registers(
    db: Session, load: Load, kept: str, typed: str, differs: tuple[str, ...]
) -> None:
    """A8: whoever types their name as they learned it is not sent to a desk for that."""
    load(HEADER + HOA.replace("Nguyễn Thị Hoa", kept))
    birthdate = "1990-05-17"
    said = declare(number=NUMBER, name=typed, birthdate=birthdate, sex="female", at=clock.now())
    assert compare_declaration(db, keyring=KEYRING, declaration=said)[1] == differs
    assert said.is_on_card(name=kept, birthdate=birthdate) is not bool(differs)
