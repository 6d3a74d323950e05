"""The official report: the page's sentences on paper, from one freeze, the same bytes each time."""

import io
import re
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pypdf
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.adoption.report import setter
from idp.adoption.report.paper import Block, Picture, Table, Words, read_paper
from idp.figures.frozen import FrozenMonth
from idp.figures.slice_rows import write_rows
from idp.figures.slices import list_months
from idp.kit.db import transaction
from tests.adoption.test_actions import rows_of
from tests.figures.frozen import freeze, national, place, publish_country

VI = {"Accept-Language": "vi"}
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture
def months(owner: Engine) -> list[FrozenMonth]:
    publish_country(owner, months=7)
    with transaction(owner) as db:
        return list_months(db)


@pytest.fixture
def month(months: list[FrozenMonth]) -> FrozenMonth:
    return months[-1]


def report(browser: TestClient, name: str, kind: str = "pdf", **query: Any) -> bytes:
    answer = browser.get(f"/adoption/report/{name}.{kind}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def pdf_of(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def text_of(pdf: bytes) -> str:
    return squeezed(" ".join(page.extract_text() for page in pdf_of(pdf).pages))


def words_of(page: str) -> str:
    return squeezed(unescape(re.sub(r"<[^>]+>", "", page)))


def part_of(docx: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return ElementTree.fromstring(archive.read(name))


def word_of(docx: bytes) -> str:
    body = part_of(docx, "word/document.xml")
    paragraphs = ("".join(t.text or "" for t in p.iter(f"{WORD}t")) for p in body.iter(f"{WORD}p"))
    return squeezed(" ".join(paragraphs))


def test_it_says_what_the_page_says_and_which_freeze_it_is_of(
    browser: TestClient, month: FrozenMonth
) -> None:
    page = words_of(browser.get("/adoption", headers=VI).text)
    sentences = (
        "Chưa đạt.",
        "Kết quả lấy theo nhóm thấp hơn.",
        "vào ít nhất một dịch vụ trung ương và một dịch vụ địa phương.",
        "Trang này dùng thước đo chặt hơn: tính trên tất cả.",
        "Chưa nói được bao giờ đạt",
        "Nghị quyết 17 đặt hạn năm 2020",
        "vẫn cần thêm",
        "Số chính thức, chốt",
    )
    for text in (
        text_of(report(browser, month.name)),
        word_of(report(browser, month.name, "docx")),
    ):
        for sentence in sentences:
            assert sentence in page, sentence
            assert sentence in text, sentence
        assert f"bản chốt số {month.number}" in text
        assert month.rows_hash.hex()[:16] in text
        assert month.rows_hash.hex() in text.replace(" ", "")


def test_all_eight_sections_and_every_province_stand_on_six_pages_at_most(
    browser: TestClient, month: FrozenMonth
) -> None:
    content = report(browser, month.name)
    assert len(pdf_of(content).pages) <= 6
    for text in (text_of(content), word_of(report(browser, month.name, "docx"))):
        found = [text.find(f"{n}. {word}") for n, word in enumerate(_SECTIONS, start=1)]
        assert sorted(found) == found
        assert found[0] > 0
        for name in ("Hà Nội", "Cà Mau", "Đà Nẵng", "Hồ Chí Minh"):
            assert name in text
        assert "chưa có số liệu về việc nên làm" in text.lower()


_SECTIONS = (
    *("Kết luận", "Ba con số", "Xếp hạng", "Vì sao?", "Việc đề xuất", "Dịch vụ mức độ 4"),
    *("Dự báo tháng trước", "Sửa đổi"),
)


def test_programs_can_read_it_aloud(browser: TestClient, month: FrozenMonth) -> None:
    """Tagged, with its language, its title, its fonts, and words for each chart (PDF/UA-1)."""
    reader = pdf_of(report(browser, month.name))
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "vi-VN"
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert f"{month.month_on:%m/%Y}" in (reader.metadata.title or "")
    assert "pdfuaid" in catalogue["/Metadata"].get_data().decode()
    docx = report(browser, month.name, "docx")
    told = [
        e.get("descr") for e in part_of(docx, "word/document.xml").iter() if e.tag.endswith("docPr")
    ]
    assert sum(bool(each) for each in told) >= 4
    assert 'w:lang w:val="vi-VN"' in _raw(docx, "word/styles.xml")
    assert f"{month.month_on:%m/%Y}" in _raw(docx, "docProps/core.xml")


def _raw(docx: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read(name).decode()


def test_word_has_each_chart_as_svg_and_as_png(browser: TestClient, month: FrozenMonth) -> None:
    docx = report(browser, month.name, "docx")
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith((".xml", ".rels", ".svg")):
                ElementTree.fromstring(archive.read(name))
            elif name.endswith(".png"):
                assert archive.read(name).startswith(b"\x89PNG")
        drawn = [name for name in names if name.endswith(".svg")]
        assert len(drawn) == len([name for name in names if name.endswith(".png")]) >= 4
        links = ElementTree.fromstring(archive.read("word/_rels/document.xml.rels"))
        assert all(f"word/{link.get('Target')}" in names for link in links)
    tables = [*part_of(docx, "word/document.xml").iter(f"{WORD}tbl")]
    assert len(tables) >= 4
    assert all(table.find(f".//{WORD}tblHeader") is not None for table in tables)


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_one_freeze_gives_the_same_bytes_whatever_is_published_later(
    browser: TestClient, months: list[FrozenMonth], owner: Engine, kind: str
) -> None:
    before, month = months[-2:]
    first = report(browser, month.name, kind)
    freeze(owner, before.month_on, {place("01", "UNI_USED"): 40, place("01", "POP"): 90_000}, "Sửa")
    part = browser.app.state.parts  # type: ignore[attr-defined]
    _forget(part)
    assert report(browser, month.name, kind) == first
    freeze(owner, month.month_on, {national("person", "UNI_USED"): 5_000_000}, "Sửa tháng này")
    _forget(part)
    assert report(browser, month.name, kind, version=1) == first
    assert report(browser, month.name, kind) != first


def _forget(parts: Any) -> None:
    from idp.adoption.kept import KeptPages
    from idp.adoption.part import AdoptionPart

    object.__setattr__(parts[AdoptionPart], "papers", KeptPages(most=8))


def test_a_revision_says_so_and_why(browser: TestClient, month: FrozenMonth, owner: Engine) -> None:
    assert "chưa tháng nào phải sửa đổi" in text_of(report(browser, month.name))
    freeze(owner, month.month_on, {national("person", "UNI_USED"): 5_000_000}, "Ghi nhận muộn")
    text = text_of(report(browser, month.name))
    assert "Ghi nhận muộn" in text
    assert f"bản chốt số {month.number + 1}" in text


def test_section_five_takes_the_actions_of_the_freeze(
    browser: TestClient, months: list[FrozenMonth], owner: Engine
) -> None:
    """Of a month that has none it says so, and proposes none."""
    before, month = months[-2:]
    with transaction(owner) as db:
        write_rows(db.connection(), month.number, rows_of(str(uuid4())))
    for text in (
        text_of(report(browser, month.name)),
        word_of(report(browser, month.name, "docx")),
    ):
        assert "1. Hồ Chí Minh" in text
        assert "899.995–1.100.000" in text
        assert "chưa có số liệu về việc nên làm" not in text
    assert "chưa có số liệu về việc nên làm" in text_of(report(browser, before.name))


def test_a_quarter_is_compared_with_the_quarter_before(
    browser: TestClient, months: list[FrozenMonth]
) -> None:
    last = next(each for each in months[::-1] if each.month_on.month % 3 == 0)
    name = f"{last.month_on.year}Q{last.month_on.month // 3}"
    quarter, one = text_of(report(browser, name)), text_of(report(browser, last.name))
    assert f"quý {name[-1]}/{name[:4]}" in quarter
    assert "So với quý trước" in quarter
    assert "So với tháng trước" not in quarter
    assert "So với tháng trước" in one
    assert f"bản chốt số {last.number}" in quarter


@pytest.mark.parametrize(
    "path",
    [
        *("2026-13.pdf", "2019-01.pdf", "2026Q5.pdf", "x.docx", "2026.pdf", "{}.exe", "{}"),
        *("{}.pdf?version=2", "{}.pdf?version=0", "{}.pdf?version=x"),
    ],
)
def test_what_was_not_frozen_has_no_report(
    browser: TestClient, month: FrozenMonth, path: str
) -> None:
    assert browser.get("/adoption/report/" + path.format(month.name)).status_code == 404


def test_a_report_that_cannot_be_set_says_try_again(
    browser: TestClient, month: FrozenMonth, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(setter, "_COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
        for kind in ("pdf", "docx"):
            answer = browser.get(f"/adoption/report/{month.name}.{kind}")
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert browser.get(f"/adoption/report/{month.name}.pdf").status_code == 200


def test_a_program_that_hangs_is_ended(
    browser: TestClient, month: FrozenMonth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setter, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(setter, "_SECONDS", 0.5)
    assert browser.get(f"/adoption/report/{month.name}.pdf").status_code == 503


def test_a_node_that_serves_does_not_hold_the_library() -> None:
    program = "import sys, idp.app; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    control = program.replace("idp.app", "idp.app, typst")
    assert subprocess.run([sys.executable, "-c", control], check=False).returncode == 1


def test_the_page_leads_to_both_files(browser: TestClient, month: FrozenMonth) -> None:
    page = browser.get("/adoption").text
    for kind in ("pdf", "docx"):
        assert f'href="/adoption/report/{month.name}.{kind}"' in page


def test_a_template_is_read_as_blocks() -> None:
    """What is for narrow pages is left out, as are links; a chart keeps its SVG and its words."""
    blocks = read_paper(
        '<h2>Một &amp; hai</h2><p class="small">a <strong>b</strong> '
        'c<span class="at-narrow">x</span><a href="/">y</a></p>'
        '<svg width="100%" height="20" aria-label="Nói"><rect width="5%" /><text>&lt;</text></svg>'
        "<table><caption>T</caption><thead><tr><th>N</th></tr></thead>"
        '<tbody><tr><td class="number">1</td></tr></tbody></table><p></p>'
    )
    heading, small, picture, table = blocks
    assert isinstance(heading, Block)
    assert heading.kind == "h2"
    assert "".join(p.text for p in heading.pieces if isinstance(p, Words)) == "Một & hai"
    assert isinstance(small, Block)
    assert [p.text for p in small.pieces if isinstance(p, Words)] == ["a ", "b", " c"]
    assert isinstance(picture, Block)
    [svg] = picture.pieces
    assert isinstance(svg, Picture)
    assert (svg.said, svg.width, svg.height) == ("Nói", 560, 20)
    ElementTree.fromstring(svg.svg)
    assert 'width="560"' in svg.svg
    assert isinstance(table, Table)
    assert table.rows[0][0].is_number
    assert table.head[0][0].is_heading


def test_the_layout_stands_beside_the_program() -> None:
    assert Path(setter.__file__).with_name("report.typ").is_file()
