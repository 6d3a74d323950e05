"""What the samples have in common stands in `clients/relying_party`, once."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

from tests.clients.conftest import CLIENTS

OWN = {
    "app.py": "each service's own program",
    "page.html": "each service's own words",
    "style.css": "each agency's own look",
    "README.md": "each teaches something else",
    "relying_party.toml": "each is registered as another client",
    "requirements.txt": "what all need, and what a kiosk needs besides",
}
"""Names that occur in several folders of clients/, and why the files differ."""
SHORT = 2
"""Statements of a function that is no copy: it calls what is shared."""


def found_twice(named: list[tuple[str, Path]]) -> dict[str, list[Path]]:
    """What occurs in more than one file."""
    files = defaultdict(list)
    for name, path in named:
        files[name].append(path)
    return {name: paths for name, paths in files.items() if len(set(paths)) > 1}


def test_a_file_name_in_two_folders_is_the_same_file_or_known_to_differ() -> None:
    files = [
        path for path in CLIENTS.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    named = [(str(Path(*path.relative_to(CLIENTS).parts[1:])), path) for path in files]
    twice = found_twice(named)
    assert set(OWN) <= set(twice)
    for name, paths in twice.items():
        contents = {path.read_bytes() for path in paths}
        assert len(contents) == (len(paths) if name in OWN else 1), (name, paths)


def test_no_function_or_class_stands_in_two_files() -> None:
    bodies = [
        (ast.dump(ast.Module(node.body, [])), path)
        for path in CLIENTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and len(node.body) > SHORT
    ]
    assert len(bodies) > 20
    assert list(found_twice(bodies).values()) == []


def test_clients_import_nothing_of_the_provider() -> None:
    for path in CLIENTS.rglob("*.py"):
        assert not re.search(r"^\s*(from|import) idp\b", path.read_text(), re.MULTILINE)


def test_the_libraries_are_those_that_the_samples_are_tried_with() -> None:
    project = tomllib.loads((CLIENTS.parent / "pyproject.toml").read_text())["project"]
    files = sorted(CLIENTS.glob("*/requirements.txt"))
    needed = [library for file in files for library in file.read_text().splitlines()]
    demo = project["optional-dependencies"]["demo"]
    assert len(files) > 1
    assert len(set(needed)) == len(needed)
    assert set(needed) <= {*project["dependencies"], *demo}
