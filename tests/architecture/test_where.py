"""docs/architecture.md says where a change goes: what can be checked of it is true."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
CHANGES = 36
MOST, MOST_FOR_A_FACTOR = 3, 5


def table(heading: str) -> list[list[str]]:
    """The cells of the rows under a heading."""
    section = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def named(cell: str) -> list[str]:
    """The files and folders that a cell names, below `idp/`."""
    return re.findall(r"`([a-z_]+/[a-z_/.]*|[a-z_]+\.py)`", cell)


def test_every_file_it_sends_somebody_to_is_there() -> None:
    rows = table("Where does it go?")
    assert len(rows) == CHANGES
    for change, files in rows:
        assert named(files), change
        for path in named(files):
            assert (ROOT / "idp" / path).exists(), (change, path)


def test_no_change_needs_more_than_a_few_files() -> None:
    """A new file counts, and so does its template; a link into docs/ counts as one."""
    for change, files in table("Where does it go?"):
        places = len(named(files)) + len(re.findall(r"\btemplate\b", files)) + files.count(".md)")
        assert places <= (MOST_FOR_A_FACTOR if change == "a factor" else MOST), change


def test_every_room_is_on_its_floor() -> None:
    rooms = {
        room
        for _, names, _ in table("The house: imports only go down")
        for room in re.findall(r"`([a-z_]+)`", names)
    }
    packages = {path.parent.name for path in (ROOT / "idp").glob("*/__init__.py")}
    modules = {path.stem for path in (ROOT / "idp").glob("*.py")} - {"__init__", "__main__"}
    assert rooms == packages | modules
