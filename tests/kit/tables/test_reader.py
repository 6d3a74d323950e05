"""Files as officials send them: what Excel makes of a table is read, or its line is named."""

from pathlib import Path
from typing import Any

import pytest

from idp.kit.tables.faults import FileRefused
from idp.kit.tables.imports import Did, Report, import_rows
from idp.kit.tables.reader import Column, Row, Table, read_rows
from idp.kit.tables.source import opened
from idp.kit.tables.values import day, digits, words

TABLE = Table(
    (
        Column("code"),
        Column("name", words, also=("họ và tên",)),
        Column("valid_on", day),
        Column("place", required=False, default="none"),
        Column("district", lambda t: digits(t, lengths=(2, 5)), required=False),
        Column("number", lambda t: digits(t, lengths=(12,)), required=False, is_private=True),
    ),
    key="code",
)
HEADER = "code,name,valid_on,place\n"
LINE = "G1,Bộ Một,2025-07-01,01\n"
ROW = {"code": "G1", "name": "Bộ Một", "valid_on": "2025-07-01", "place": "01"}


@pytest.fixture
def send(tmp_path: Path) -> Any:
    """Import a file and say what came of it."""

    def sent(content: str | bytes) -> tuple[Report, list[Row]]:
        file, rows = tmp_path / "sent.csv", list[Row]()
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

        def store(batch: Any) -> list[Did]:
            rows.extend(batch)
            return [None] * len(batch)

        with opened(file) as source:
            report = import_rows(read_rows(source, TABLE), store)
        return report, rows

    return sent


def values(row: Row) -> dict[str, str]:
    return {name: str(value) for name, value in row.values.items()}


@pytest.mark.parametrize(
    "content",
    [
        HEADER + LINE,
        "\ufeff" + HEADER + LINE,
        (HEADER + LINE).encode("utf-16"),
        "\ufeff".encode("utf-16-be") + (HEADER + LINE).encode("utf-16-be"),
        (HEADER + LINE).encode("utf-16-le"),
        (HEADER + LINE).replace(",", "\t").encode("utf-16"),
        (HEADER + LINE).replace(",", ";"),
        "sep=;\n" + (HEADER + LINE).replace(",", ";"),
        (HEADER + LINE).replace("\n", "\r\n"),
        (HEADER + LINE).replace("\n", "\r"),
        " Code , NAME,Valid On, Place\n" + LINE,
        "CODE,Họ và tên,valid-on,place\n" + LINE,
        "code,ho va ten,valid_on,place\n" + LINE,
        "Code (mã),Họ và tên\u00a0(có dấu),Valid on (dd/mm/yyyy),place\n" + LINE,
        "STT,code,name,valid_on,place,Ghi chú\n1," + LINE[:-1] + ",xem lại\n",
        "STT,code,name,valid_on,place\n1," + LINE + "2,,,,\n3\n",
        "code,name,valid_on,place,,\n" + LINE[:-1] + ",,\n",
        "code,name,valid_on,place,,\n" + LINE,
        "\n,,,\n" + HEADER + "\n" + LINE + ",,,\n \n,,,,,,\n",
        HEADER + 'G1,"Bộ\nMột",01/07/2025,01\n',
        HEADER + "G1, Bộ\u00a0 Một\u200b ,1/7/2025 00:00,01\n",
        HEADER + LINE.replace("ộ", "o\u0323\u0302"),
    ],
)
def test_what_spreadsheets_make_of_one_table_is_read_as_one_table(send: Any, content: Any) -> None:
    """B4, B7: encoding, separator, header, empty lines and columns, dates, NFD."""
    report, rows = send(content)
    assert report.faults == []
    assert [values(row) for row in rows] == [ROW]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "lacks columns: code, name, valid_on"),
        ("DANH SÁCH CƠ QUAN\n" + HEADER, "first line, separated by “,”, has: DANH SÁCH CƠ QUAN"),
        (
            "code;tên\n",
            "lacks columns: name, valid_on. Its first line, separated by “;”, has: code",
        ),
        ("code|name|valid_on\n", "has: code|name|valid_on"),
        ("code,name,valid_on,plaec\n" + LINE, "“plaec” is unknown: name it as one of place"),
        ("code,name,valid_on,Họ và tên\n", "column name stands there twice"),
        ("code,name,valid_on,,place\nG1,A,2025-01-01,,01\n", "“” is unknown"),
        ((HEADER + LINE).encode("utf-32"), "NUL"),
        (HEADER + 'G1,"Bộ Một,2025-07-01,01\n' + LINE, "Line 2: A quotation mark is not closed"),
        (HEADER + 'G1,"Bộ" Một,2025-07-01,01\n', "Line 2: A quotation mark is not closed"),
        (HEADER + LINE + "G2," + "x" * 200_000 + ",2025-07-01,01\n", "Line 3: A quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_was_found(send: Any, content: Any, told: str) -> None:
    """B4: never that columns are missing which are there."""
    report, _ = send(content)
    assert report.refused == 1
    assert told in str(report.refusal.public)


@pytest.mark.parametrize(
    "header",
    [
        '"Code\n";"Họ và\ntên";valid_on;place',
        '"code (G12, G12.18, H01,,,,)";name;valid_on;place',
        '"code\r\n(as\r\nregistered)";name;valid_on;place',
    ],
)
def test_a_wrapped_heading_hides_no_separator(send: Any, header: str) -> None:
    """B4: headings are wrapped, or hold other separators; a value may be wrapped, too."""
    report, rows = send(header + '\nG1;"Bộ\nMột; Hai";01 / 07 / 2025;01\n')
    assert report.refused == 0, report.faults
    assert values(rows[0]) == ROW | {"name": "Bộ Một; Hai"}


@pytest.mark.parametrize(
    "typed",
    ["1/7/2025 12:00:00 SA", "01/07/2025 12:00:00 AM", "01 / 07 / 2025", "2025-07-01T00:00"],
)
def test_a_day_is_read_as_excel_writes_it(send: Any, typed: str) -> None:
    """B5: with its midnight, by twelve hours too; another hour is no day."""
    report, rows = send(HEADER + f"G1,Bộ Một,{typed},01\nG2,Bộ,1/7/2025 1:00:00 CH,01\n")
    assert (values(rows[0]), report.refused) == (ROW, 1)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("G1,Bộ A, B,2025-07-01,01", "Line 2, column place, “01”: The line has 5 values"),
        ("G1,Bộ A, B,2025-07-01,", "Line 2, column place: The line has 5 values"),
        ("G1,Bộ", "Line 2, column valid_on: The line has 2 values, the header 4"),
        ("G1", "Line 2, column name: The line has 1 value, the header 4"),
        ("G1,,2025-07-01,01", "Line 2, column name: A value is missing"),
        (" ,Bộ,2025-07-01,01", "Line 2, column code: A value is missing"),
        ("G1,Bộ\0,2025-07-01,01", "Line 2, column name, “Bộ�”: There is a NUL"),
        ("G1,Bộ\x07,2025-07-01,01", "Line 2, column name, “Bộ�”: There is a control"),
        ("G1,Bộ,31/02/2025,01", "Line 2, column valid_on, “31/02/2025”: There is no such date"),
        ("G1,Bộ,12/31/2025,01", "There is no such date; the day comes before the month"),
        ("G1,Bộ,01/07/25,01", "dd/mm/yyyy or yyyy-mm-dd"),
        ("G1,Bộ,01/07/0025,01", "“01/07/0025”: This year cannot be right"),
        ("G1,Bộ,31/12/9999,01", "This year cannot be right"),
        (
            'G1,"Bộ Một,2025-07-01,01\nG2,Bộ Hai,2025-07-01,01\nG3,Bộ Ba",2025-07-01,01',
            "Line 2: Lines below stand within a value",
        ),
        (
            'G1,"Bộ Một,2025-07-01,01\nG2,Bộ Hai",2025-07-01,01',
            "Line 2: Lines below stand within a value",
        ),
        ("G1,Bộ,45839,01", "Excel's own number of a day"),
        ("G1,#N/A,2025-07-01,01", "column name, “#N/A”: This is what Excel shows of a formula"),
        ("G1,Bộ,########,01", "This is what Excel shows"),
        ("#REF!,Bộ,2025-07-01,01", "This is what Excel shows"),
        ("G1,Bộ,hôm nay,01", "dd/mm/yyyy or yyyy-mm-dd"),
        ("G1,B? Giao thông,2025-07-01,01", "“B? Giao thông”: Letters were lost"),
        ("G1,B\ufffd,2025-07-01,01", "Letters were lost"),
        ("G1,Bộ Một".encode().decode("cp1252") + ",2025-07-01,", "not written in Unicode"),
        ("G1,Nguyá»…n,2025-07-01,01", "not written in Unicode"),
        ("G1,Bé Giao th«ng vËn t¶i,2025-07-01,01", "not written in Unicode"),
        ("G1,NguyÔn V¨n A,2025-07-01,01", "not written in Unicode"),
        ("G1,Bé Giao th«ng,2025-07-01,01", "not written in Unicode"),
        ("G1,Nguyeãn Vaên A,2025-07-01,01", "not written in Unicode"),
    ],
)
def test_a_line_is_refused_with_its_column_and_what_was_found(
    send: Any, line: str, told: str
) -> None:
    """B1, B3, B5: beside each refused line, the others are read."""
    report, rows = send(HEADER + line + "\n" + LINE.replace("G1", "G2"))
    assert (report.read, report.refused, report.added) == (2, 1, 1)
    assert told in report.faults[0].say()
    assert [row.values["code"] for row in rows] == ["G2"]


@pytest.mark.parametrize(
    "name",
    [
        "Ủy ban nhân dân xã Ea H'leo",
        "Y Moan Êñuôl",
        "Công ty “Á Đông” (Việt Nam) – 100% vốn «mới»",
        "Raúl Michaël Nuñez",
        "TRƯỜNG THPT CHUYÊN HẠ LONG ĐẶNG THÙY TRÂM",
        "Trường số 1/2?",
    ],
)
def test_names_as_people_write_them_are_no_other_encoding(send: Any, name: str) -> None:
    _, [row] = send(HEADER + f'G1,"{name}",2025-07-01,01\n')
    assert row.values["name"] == name


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_named(send: Any, content: bytes) -> None:
    report, _ = send(content)
    assert "This is a workbook" in report.refusal.public


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "latin-1"])
def test_another_encoding_is_named_with_the_line_and_column(send: Any, encoding: str) -> None:
    """B4: as Excel's plain "CSV" has it on a computer in Vietnam."""
    report, _ = send(HEADER.encode() + "G1,Hà Nội,2025-07-01,01\n".encode(encoding, "replace"))
    [fault] = report.faults
    assert (fault.line, fault.column) == (2, "name")
    assert "not UTF-8 (perhaps Windows-1258" in fault.say()


def test_a_code_stands_in_a_file_once(send: Any) -> None:
    """B2: which of two rows is meant is not ours to guess."""
    report, _ = send(HEADER + LINE + LINE.replace("Một", "Hai"))
    assert [fault.say() for fault in report.faults] == [
        "Line 3, column code, “G1”: It stands on line 2 already."
    ]


def test_all_faults_of_a_file_are_said_at_once_and_many_are_counted(send: Any) -> None:
    lines = "".join(f"G{n},,31/02/2025,01\n" for n in range(100))
    report, _ = send(HEADER + lines)
    assert report.refused == 100
    told = report.refusal.public.splitlines()
    assert told[0].startswith("Line 2, column name")
    assert told[1].startswith("Line 2, column valid_on")
    assert told[-2:] == [
        "75 more lines are refused.",
        "Nothing was changed: correct the file and import it again.",
    ]


@pytest.mark.parametrize(
    "typed", ["001090910009", "001 090 910 009", "'001090910009", '="001090910009"']
)
def test_a_number_keeps_its_zeros(send: Any, typed: str) -> None:
    _, [row] = send(f"code,name,valid_on,number\nG1,A,2025-07-01,{typed}\n")
    assert row.values["number"] == "001090910009"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1090910009", "10 digits where there are 12: Excel drops zeros in front"),
        ("1090910009.0", "10 digits where there are 12"),
        ("01090910009.0", "11 digits where there are 12"),
        ("1.09E+09", "Excel rounded this number"),
        ("1,23E+11", "Excel rounded this number"),
        ("1e11", "Excel rounded this number"),
    ],
)
def test_a_number_that_a_spreadsheet_spoilt_is_named_and_not_repeated(
    send: Any, typed: str, told: str
) -> None:
    """B5: personal values are repeated masked."""
    report, _ = send(f'code,name,valid_on,number\nG1,A,2025-07-01,"{typed}"\n')
    said = report.faults[0].say()
    assert told in said
    assert typed not in said


def test_a_column_left_out_says_nothing_and_an_empty_value_says_so(send: Any) -> None:
    _, [row] = send("code,name,valid_on\nG1,A,2025-07-01\n")
    assert "place" not in row.values
    _, [row] = send(HEADER + "G1,A,2025-07-01,\n")
    assert row.values["place"] == "none"


def test_a_refused_file_says_it_in_the_language_of_its_reader(send: Any) -> None:
    report, _ = send(HEADER + "G1,,2025-07-01,01\n")
    assert isinstance(report.refusal, FileRefused)
    said = report.refusal.say(lambda sentence: f"<{sentence}>")
    assert said[0] == "<Line 2, column name: <A value is missing here.>>"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        *[("01", "01"), ("01.0", "01"), ("79.00", "79"), ("79,0", "79"), ("01234.0", "01234")],
        *[("1.0", "1 digit where there are 2 / 5"), ("1234.0", "4 digits where there are 2 / 5")],
    ],
)
def test_decimals_of_a_short_number_are_no_digits_of_it(send: Any, typed: str, read: str) -> None:
    """B5: `1.0` is how a spreadsheet's programs write 01 in a column with empty cells; never 10."""
    report, [*rows] = send(f'code,name,valid_on,district\nG1,A,2025-07-01,"{typed}"\n')
    told = [row.values["district"] for row in rows] or report.faults[0].say()
    assert read in told


@pytest.mark.parametrize("typed", ["1.2", "7-9", "1 0", ".01"])
def test_separators_stand_between_groups_of_digits(send: Any, typed: str) -> None:
    """Control: `001 090 910 009` above."""
    _, [row] = send(f'code,name,valid_on,district\nG1,A,2025-07-01,"{typed}"\n')
    assert row.values["district"] == typed, "no number; the room says what it should be"
