"""A report's blocks as a document that Word and LibreOffice open, without a library.

Each chart is there twice: as the SVG that new programs draw, and as a PNG for the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from idp.adoption.report.paper import Block, Cell, Picture, Piece, Table, Words
from idp.adoption.report.word_parts import (
    DRAWING,
    MAIN,
    NUMBERING,
    PICTURE,
    STYLES,
    SVG_EXTENSION,
    TYPES,
    core,
    footer,
)
from idp.kit.office import OPEN, RELATIONS, package, relationships

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EMU = 9525
"""Of a pixel."""
_WIDEST = 640
"""Pixels between the margins of A4."""
_TALLEST = 540
"""And what leaves room for text below."""
_LINE = 9638
"""The same in twentieths of a point."""
_NUMBER = 1300
_STYLE_OF = {"h2": "Heading1", "h3": "Heading2", "lead": "Lead", "small": "Small", "li": "Point"}
_NAMESPACES = " ".join(
    (
        f'xmlns:w="{MAIN}"',
        f'xmlns:r="{RELATIONS}"',
        f'xmlns:wp="{DRAWING}"',
        f'xmlns:a="{OPEN}/drawingml/2006/main"',
        f'xmlns:pic="{PICTURE}"',
    )
)


@dataclass
class _Media:
    """The pictures met so far, in their order."""

    drawn: Mapping[str, bytes]
    """SVG → PNG."""
    found: list[Picture] = field(default_factory=list)


def pictures_of(blocks: Sequence[Block | Table]) -> list[Picture]:
    """Every picture, each once."""
    pieces = (piece for block in blocks for piece in _pieces(block))
    return [*dict.fromkeys(piece for piece in pieces if isinstance(piece, Picture))]


def write_word(
    blocks: Sequence[Block | Table],
    *,
    title: str,
    language: str,
    author: str,
    foot: str,
    made_at: datetime,
    drawn: Mapping[str, bytes],
) -> bytes:
    """The file; `drawn` has the PNG of each picture's SVG. Same blocks, same bytes."""
    media = _Media(drawn)
    body = _paragraph([Words(title)], "Title", media)
    body += "".join(_written(block, media) for block in blocks)
    targets = {
        "rId1": ("styles", "styles.xml"),
        "rId2": ("numbering", "numbering.xml"),
        "rId3": ("footer", "footer1.xml"),
    }
    pictures: dict[str, bytes] = {}
    for number, picture in enumerate(media.found, start=1):
        for ending, content in (("png", drawn[picture.svg]), ("svg", picture.svg.encode())):
            pictures[f"word/media/{number}.{ending}"] = content
            targets[f"{ending}{number}"] = ("image", f"media/{number}.{ending}")
    section = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1020" w:right="1134" w:bottom="1134" '
        'w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relationships(
            {
                "rId1": ("officeDocument", "word/document.xml"),
                "rId2": (
                    f"{OPEN}/package/2006/relationships/metadata/core-properties",
                    "docProps/core.xml",
                ),
            }
        ),
        "docProps/core.xml": core(title, language=language, author=author, made_at=made_at),
        "word/_rels/document.xml.rels": relationships(targets),
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}{section}</w:body>"
        "</w:document>",
        "word/styles.xml": STYLES % {"language": escape(language)},
        "word/numbering.xml": NUMBERING,
        "word/footer1.xml": footer(foot),
        **pictures,
    }
    return package(parts, types=TYPES)


def _written(block: Block | Table, media: _Media) -> str:
    if isinstance(block, Table):
        return _table(block, media)
    return _paragraph(block.pieces, _STYLE_OF.get(block.kind, ""), media)


def _pieces(block: Block | Table) -> list[Piece]:
    if isinstance(block, Block):
        return block.pieces
    cells = (cell for row in (*block.head, *block.rows) for cell in row)
    return [*block.caption, *(piece for cell in cells for piece in cell.pieces)]


def _paragraph(
    pieces: Sequence[Piece], style: str, media: _Media, *, is_right: bool = False
) -> str:
    told = f'<w:pStyle w:val="{style}"/>' if style else ""
    told += '<w:jc w:val="right"/>' if is_right else ""
    runs = "".join(_run(piece, media) for piece in pieces)
    return f"<w:p>{f'<w:pPr>{told}</w:pPr>' if told else ''}{runs}</w:p>"


def _run(piece: Piece, media: _Media) -> str:
    if isinstance(piece, Picture):
        return f"<w:r>{_drawing(piece, media)}</w:r>"
    bold = "<w:rPr><w:b/></w:rPr>" if piece.is_strong else ""
    return f'<w:r>{bold}<w:t xml:space="preserve">{escape(piece.text)}</w:t></w:r>'


def _drawing(picture: Picture, media: _Media) -> str:
    media.found.append(picture)
    number = len(media.found)
    scale = min(1.0, _WIDEST / picture.width, _TALLEST / picture.height)
    wide, tall = (round(side * scale * _EMU) for side in (picture.width, picture.height))
    told = escape(picture.said, quote=True)
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" '
        f'cy="{tall}"/><wp:docPr id="{number}" name="{number}" descr="{told}"/><a:graphic>'
        f'<a:graphicData uri="{PICTURE}"><pic:pic><pic:nvPicPr><pic:cNvPr id="{number}" '
        f'name="{number}" descr="{told}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip r:embed="png{number}"><a:extLst>{SVG_EXTENSION % {"id": f"svg{number}"}}'
        "</a:extLst></a:blip><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr>"
        f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{tall}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing>"
    )


def _table(table: Table, media: _Media) -> str:
    if not table.rows:
        return ""
    widths = _widths((table.head or table.rows)[0])
    caption = _paragraph(table.caption, "Caption", media) if table.caption else ""
    said = escape("".join(p.text for p in table.caption if isinstance(p, Words)), quote=True)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = [_row(row, widths, media, is_head=True) for row in table.head]
    rows += [_row(row, widths, media) for row in table.rows]
    return (
        f'{caption}<w:tbl><w:tblPr><w:tblStyle w:val="Lines"/><w:tblW w:w="{_LINE}" '
        'w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/>'
        f'<w:tblCaption w:val="{said}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}'
        "</w:tbl>"
    )


def _widths(cells: Sequence[Cell]) -> list[int]:
    """Numbers take what they need, words share the rest."""
    numbers = sum(cell.is_number for cell in cells)
    number = min(_NUMBER, _LINE // len(cells))
    words = (_LINE - numbers * number) // max(1, len(cells) - numbers)
    return [number if cell.is_number else words for cell in cells]


def _row(
    cells: Sequence[Cell], widths: Sequence[int], media: _Media, *, is_head: bool = False
) -> str:
    told = "<w:cantSplit/><w:tblHeader/>" if is_head else "<w:cantSplit/>"
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"{_paragraph(_bold(cell), 'Cell', media, is_right=cell.is_number)}</w:tc>"
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr>{told}</w:trPr>{written}</w:tr>"


def _bold(cell: Cell) -> list[Piece]:
    if not cell.is_heading:
        return cell.pieces
    return [Words(p.text, is_strong=True) if isinstance(p, Words) else p for p in cell.pieces]
