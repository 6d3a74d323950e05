"""Tables as somebody hears them: in the tree that Chromium hands to screen readers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from playwright.sync_api import Page

Node: TypeAlias = dict[str, Any]
HEADERS = {"columnheader", "rowheader"}
CELLS = {"cell", "gridcell"} | HEADERS


def look_at_tables(page: Page, name: str) -> None:
    """Every value on a phone is a cell of a row of a table, in the column of the label it shows."""
    if not page.locator("main table").count():
        return
    shown = page.eval_on_selector_all(
        "main td[data-label]",
        "cells => cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.dataset.label)",
    )
    heard = [header for table in _tables(page) for header in _columns_of_cells(table, name)]
    lost = Counter(shown) - Counter(heard)
    assert not lost, f"{name}: not heard as cells of their column: {lost}"


def _columns_of_cells(table: list[list[Node]], name: str) -> Iterator[str]:
    """The header of the column of each cell that is none itself."""
    head = table[0] if table else []
    assert head, f"{name}: a table without rows"
    assert {_role(cell) for cell in head} == {"columnheader"}, f"{name}: {head}"
    for row in table[1:]:
        if len(row) == 1:  # the headline of a group of rows
            continue
        assert len(row) == len(head), f"{name}: {[_text(cell) for cell in row]}"
        yield from (
            _text(header)
            for header, cell in zip(head, row, strict=True)
            if _role(cell) not in HEADERS
        )


def _tables(page: Page) -> Iterator[list[list[Node]]]:
    """The cells of each table that is there to be heard, row by row."""
    session = page.context.new_cdp_session(page)
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    for node in nodes.values():
        if _role(node) in {"table", "grid"}:
            rows = _nearest(nodes, node, {"row"})
            yield [list(_nearest(nodes, row, CELLS)) for row in rows]


def _nearest(nodes: dict[str, Node], node: Node, roles: Iterable[str]) -> Iterator[Node]:
    """What of these roles stands below it, with nothing of them between."""
    for each in node.get("childIds", ()):
        child = nodes.get(each)
        if child is None:
            continue
        if _role(child) in roles and not child.get("ignored"):
            yield child
        else:
            yield from _nearest(nodes, child, roles)


def _role(node: Node) -> str:
    return "" if node.get("ignored") else str(node["role"]["value"])


def _text(node: Node) -> str:
    return str(node.get("name", {}).get("value", "")).strip()
