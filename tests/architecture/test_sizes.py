import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "idp").rglob("*.py"), *(ROOT / "clients").rglob("*.py")]
LONGEST_FILE = 300
LONGEST_FUNCTION = 40


def test_files_hold_one_idea() -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: n for path, n in lengths.items() if n >= LONGEST_FILE} == {}


def test_functions_hold_one_idea() -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name} ({length(node)} lines)"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length(node) >= LONGEST_FUNCTION
    ]
    assert too_long == []


def test_names_say_what_a_file_is_about() -> None:
    vague = {"utils", "helpers", "common", "manager", "base"}
    assert [path for path in SOURCES if path.stem in vague] == []


def test_every_room_has_a_door_sign() -> None:
    signs = list((ROOT / "idp").rglob("__init__.py"))
    assert [path for path in signs if not ast.get_docstring(ast.parse(path.read_text()))] == []


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1
