"""Templates are indented for whoever reads them, not for whoever loads the page.

Blanks that no page shows are left out once, when a template is compiled: those around the tags of
blocks, and of any others all but the first. A line break stays one, as scripts may need it. What
values hold is not touched. Elements of `_BLOCKS` must not stand in one line with text by style.
"""

import re

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

_BLOCKS = (
    "article|body|dd|details|div|dl|dt|fieldset|footer|form|h1|h2|h3|head|header|html|input|label|"
    "legend|li|link|main|meta|nav|ol|option|p|script|section|summary|table|tbody|td|th|thead|title|"
    "tr|ul"
)
_AROUND = re.compile(rf"\s*(</?(?:{_BLOCKS})\b[^<>]*>)\s*")
_BEGUN = re.compile(rf"\s*(<(?:{_BLOCKS})\b[^<>]*)\Z")
_BLANKS = re.compile(r"\s+")


class Tightened(NodeTransformer):
    """Leaves those blanks out of what a template writes itself."""

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802 - Jinja's name
        """The text, tight."""
        text = _BEGUN.sub(r"\1", _AROUND.sub(r"\1", node.data))
        return nodes.TemplateData(_BLANKS.sub(_one, text), lineno=node.lineno)


def _one(blanks: re.Match[str]) -> str:
    return "\n" if "\n" in blanks[0] else " "
