"""What the documentation points to is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PATH = re.compile(r"`((?:tests|idp|docs|clients|deploy|migrations|requirements)/[\w./-]+)`")
SKIPPED = re.compile(r"\b(mark\.(skip|skipif|xfail)|pytest\.(skip|xfail|importorskip))\b")
TEST = re.compile(r"`(\w+/)?(test_\w+\.py)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [page.parent / link for link in LINK.findall(text)]
    targets += [ROOT / path for path in PATH.findall(text)]
    assert [target for target in targets if not target.exists()] == []


def test_every_test_named_in_the_documentation_exists() -> None:
    known = {path.name: path.parent.name for path in (ROOT / "tests").rglob("test_*.py")}
    for page in PAGES:
        for _, name in TEST.findall(page.read_text(encoding="utf-8")):
            assert name in known, f"{page.name}: {name}"


def test_every_behaviour_said_to_work_names_a_file_that_tests_something() -> None:
    """The table of docs/protocol.md; a file without its room is in that of the one before it."""
    rows = list(protocol_rows())
    assert len(rows) > 20
    for row in rows:
        room, files = "", []
        for folder, name in TEST.findall(row[-1]):
            room = folder or room
            files.append(ROOT / "tests" / room / name)
        assert files or not row[-2].startswith("works"), row
        assert [file for file in files if not holds_a_test(file)] == [], row


def protocol_rows() -> Iterator[list[str]]:
    """The cells of the rows under `| specification |`."""
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    table = text.partition("| specification |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def holds_a_test(file: Path) -> bool:
    """Tests that run: one that may be skipped proves nothing."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if SKIPPED.search(text):
        return False
    tree = ast.parse(text)
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return any(function.name.startswith("test_") for function in functions)
