"""A table as a workbook that spreadsheets open (Office Open XML, ECMA-376), without a library.

One sheet of text and numbers. Text is written as text, so that no cell is a formula.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from idp.kit.office import OPEN, RELATIONS, package, relationships

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MAIN = f"{OPEN}/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = {
    "/xl/workbook.xml": f"{_SHEET_TYPE}.sheet.main+xml",
    "/xl/worksheets/sheet1.xml": f"{_SHEET_TYPE}.worksheet+xml",
}


def workbook(name: str, rows: Iterable[Sequence[object]]) -> bytes:
    """The file with these rows, the first of them the headings; None is an empty cell."""
    sheet = "".join(
        f'<row r="{number}">{"".join(map(_cell, row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    parts = {
        "_rels/.rels": relationships({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/_rels/workbook.xml.rels": relationships(
            {"rId1": ("worksheet", "worksheets/sheet1.xml")}
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData>'
        "</worksheet>",
    }
    return package(parts, types=_TYPES)


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
