"""A workbook that others can open, with nothing in it that is run."""

import io
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

from idp.kit.workbook import workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(file: bytes) -> list[list[tuple[str | None, str]]]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [
        [(cell.get("t"), "".join(cell.itertext())) for cell in row]
        for row in sheet.iter(f"{MAIN}row")
    ]


def test_text_stays_text_and_numbers_are_numbers() -> None:
    rows = [["tỉnh", "số"], ["=1+1 & <b>", 12], [None, Decimal("13.4")]]
    assert cells(workbook("Số liệu", rows)) == [
        [("inlineStr", "tỉnh"), ("inlineStr", "số")],
        [("inlineStr", "=1+1 & <b>"), (None, "12")],
        [(None, ""), (None, "13.4")],
    ]


def test_the_same_table_is_the_same_file() -> None:
    assert workbook("a", [["b", 1]]) == workbook("a", [["b", 1]])
