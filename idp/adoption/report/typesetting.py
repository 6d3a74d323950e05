"""A program: a document on its input, PDF, or pictures of its charts, on its output.

In a process of its own, so that a node that serves holds neither the library nor its fonts, and a
fault of it ends nothing else. It imports nothing of ours, reads no file but the layout beside it,
opens no connection. It ends with 0 where it set the document.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

_MOST = {
    resource.RLIMIT_AS: 2 * 2**30,
    resource.RLIMIT_CPU: 30,
    resource.RLIMIT_FSIZE: 0,
}
_PPI = 192
"""Of pictures, for programs that show no SVG."""
_SHEET = """
#set page(width: auto, height: auto, margin: 0pt)
#set text(font: "Libertinus Serif")
#for it in json(bytes(sys.inputs.document)) {
  page(image(bytes(it.svg), format: "svg", width: it.width * 0.75pt))
}
"""


def set_pdf(document: dict[str, Any]) -> bytes:
    """A tagged PDF with its fonts in it; the same document is the same file, byte for byte."""
    import typst  # noqa: PLC0415 - within the limits, and in this process alone

    layout = Path(__file__).with_name("report.typ").read_bytes()
    pdf = typst.compile(
        layout,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(document)},
        pdf_standards=["ua-1"],
        timestamp=document["instant"],
    )
    assert isinstance(pdf, bytes)  # noqa: S101 - typst's own promise for one file
    return pdf


def draw_pictures(pictures: list[dict[str, Any]]) -> list[bytes]:
    """Each SVG as a PNG."""
    import typst  # noqa: PLC0415 - as above

    drawn = typst.compile(
        _SHEET.encode(),
        format="png",
        ppi=_PPI,
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(pictures)},
    )
    return [drawn] if isinstance(drawn, bytes) else [page for page in drawn if page]


if __name__ == "__main__":
    for what, most in _MOST.items():
        resource.setrlimit(what, (most, most))
    asked = json.load(sys.stdin)
    if "pictures" in asked:
        sizes = draw_pictures(asked["pictures"])
        sys.stdout.write(json.dumps([one.hex() for one in sizes]))
    else:
        sys.stdout.buffer.write(set_pdf(asked))
