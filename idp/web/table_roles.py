"""A table stays a table for who hears it, however a stylesheet shows it.

On a phone each row is shown as a card (`display: block`), and browsers without Chrome 80's remedy,
Safari among them, then no longer tell screen readers of rows, columns and cells. Roles say it
outright. They are written once, when a template is compiled, so that no template has to.
"""

import re

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
_OF_HEADERS = {"col": "columnheader", "row": "rowheader", "rowgroup": "rowheader"}
_OPENED = re.compile(r"<(table|thead|tbody|tr|td)\b")
_HEADER = re.compile(r'<th\b(?=[^<>]*\bscope="(col|row|rowgroup)")')


class WithRoles(NodeTransformer):
    """Gives each part of a table that a template writes its role."""

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802 - Jinja's name
        """The text with roles."""
        return nodes.TemplateData(with_roles(node.data), lineno=node.lineno)


def with_roles(html: str) -> str:
    """The same HTML; what `scope` a header has must stand before anything that Jinja fills in."""
    html = _OPENED.sub(lambda found: f"{found[0]} role={_ROLES[found[1]]}", html)
    return _HEADER.sub(lambda found: f"{found[0]} role={_OF_HEADERS[found[1]]}", html)
