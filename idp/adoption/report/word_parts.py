"""The parts of a Word document that are the same in each: styles, a bullet, what is where."""

from datetime import UTC, datetime
from html import escape

from idp.kit.office import OPEN

MAIN = f"{OPEN}/wordprocessingml/2006/main"
DRAWING = f"{OPEN}/drawingml/2006/wordprocessingDrawing"
PICTURE = f"{OPEN}/drawingml/2006/picture"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
TYPES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "/word/document.xml": f"{_KIND}.document.main+xml",
    "/word/styles.xml": f"{_KIND}.styles+xml",
    "/word/numbering.xml": f"{_KIND}.numbering+xml",
    "/word/footer1.xml": f"{_KIND}.footer+xml",
    "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
}
SVG_EXTENSION = (
    '<a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}"><asvg:svgBlip '
    'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'r:embed="%(id)s"/></a:ext>'
)
"""Word from 2016 on, and LibreOffice, draw this instead of the PNG around it."""
_FONT = "Times New Roman"
"""That of official documents (Decree 30/2020); whoever has none reads one as wide."""
_DARK, _SOFT, _RULE = "0B4A52", "47595E", "D6D9D4"


def _style(
    name: str,
    title: str,
    *,
    size: int,
    before: int = 0,
    after: int = 80,
    more: str = "",
    run: str = "",
) -> str:
    """A paragraph style; size in half points, distances in twentieths of a point."""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{more}<w:spacing w:before="{before}" '
        f'w:after="{after}"/>%s</w:pPr><w:rPr>{run}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


def _heading(name: str, title: str, level: int, *, size: int, before: int) -> str:
    run = f'<w:b/><w:color w:val="{_DARK}"/>'
    style = _style(name, title, size=size, before=before, more="<w:keepNext/>", run=run)
    return style % f'<w:outlineLvl w:val="{level}"/>'


_SOFT_RUN = f'<w:color w:val="{_SOFT}"/>'
STYLES = (
    f'<w:styles xmlns:w="{MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>'
    f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:cs="{_FONT}" w:eastAsia="{_FONT}"/>'
    '<w:sz w:val="22"/><w:lang w:val="%%(language)s"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '<w:pPr><w:spacing w:after="80"/></w:pPr></w:style>'
    + _heading("Title", "Title", 9, size=34, before=0)
    + _heading("Heading1", "heading 1", 0, size=26, before=240)
    + _heading("Heading2", "heading 2", 1, size=22, before=160)
    + _style("Lead", "Lead", size=26, run="<w:b/>") % ""
    + _style("Small", "Small", size=19) % ""
    + _style(
        "Caption", "caption", size=19, before=120, after=40, more="<w:keepNext/>", run=_SOFT_RUN
    )
    % ""
    + _style(
        "Point",
        "List Bullet",
        size=22,
        more='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
    )
    % '<w:ind w:left="284" w:hanging="284"/>'
    + _style("Cell", "Cell", size=19, after=0) % ""
    + '<w:style w:type="table" w:styleId="Lines"><w:name w:val="Lines"/><w:tblPr><w:tblBorders>'
    f'<w:top w:val="single" w:sz="6" w:color="{_SOFT}"/>'
    f'<w:bottom w:val="single" w:sz="6" w:color="{_SOFT}"/>'
    f'<w:insideH w:val="single" w:sz="4" w:color="{_RULE}"/></w:tblBorders><w:tblCellMar>'
    '<w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    "</w:style></w:styles>"
).replace("%%", "%")
NUMBERING = (
    f'<w:numbering xmlns:w="{MAIN}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
    '<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="–"/><w:lvlJc w:val="left"/>'
    '</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)


def core(title: str, *, language: str, author: str, made_at: datetime) -> str:
    """Title, author, language, instant."""
    instant = f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return (
        f'<cp:coreProperties xmlns:cp="{OPEN}/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f"<dc:language>{escape(language)}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{instant}</dcterms:created>'
        "</cp:coreProperties>"
    )


def footer(text: str) -> str:
    """What stands below each page, with its number."""
    return (
        f'<w:ftr xmlns:w="{MAIN}"><w:p><w:pPr><w:pStyle w:val="Small"/></w:pPr><w:r>'
        f'<w:t xml:space="preserve">{escape(text)} · </w:t></w:r>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>'
    )
