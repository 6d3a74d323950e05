"""Packages of Office Open XML (ECMA-376), without a library: what workbooks and papers share."""

import io
import zipfile
from collections.abc import Mapping

OPEN = "http://schemas.openxmlformats.org"
RELATIONS = f"{OPEN}/officeDocument/2006/relationships"
_PACKAGE = f"{OPEN}/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_SAME_INSTANT = (1980, 1, 1, 0, 0, 0)
"""The time of every part: the same content is the same file, byte for byte."""


def package(parts: Mapping[str, str | bytes], *, types: Mapping[str, str]) -> bytes:
    """The file with these parts: XML as text, pictures as bytes.

    `types`: of a part by its name (`/xl/workbook.xml`), of others by their ending (`png`).
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in {"[Content_Types].xml": _types(types), **parts}.items():
            written = _XML + content if isinstance(content, str) else content
            archive.writestr(zipfile.ZipInfo(part, _SAME_INSTANT), written, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    """Of a part to others: id → kind (of the office document's, or whole) and address."""
    told = "".join(
        f'<Relationship Id="{name}" Type="{kind if ":" in kind else f"{RELATIONS}/{kind}"}" '
        f'Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _types(types: Mapping[str, str]) -> str:
    usual = {"rels": "application/vnd.openxmlformats-package.relationships+xml"}
    told = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>'
        if name.startswith("/")
        else f'<Default Extension="{name}" ContentType="{kind}"/>'
        for name, kind in {**usual, **types}.items()
    )
    return f'<Types xmlns="{_PACKAGE}/content-types">{told}</Types>'
