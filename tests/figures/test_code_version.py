"""A freeze names the code that counted it: every module which that is, and no list of before."""

import ast
from collections.abc import Iterator
from pathlib import Path

import idp
from idp.figures.slice_rows import COUNTING

ROOT = Path(idp.__file__).parents[1]
BEGIN = ("idp.figures.month_facts", "idp.figures.lever_facts", "idp.figures.lever_registry")
NOT_COUNTING = {
    "idp.kit": "how anything is read, not what is counted",
    "idp.settings": "numbers of an installation; those that count are its rules",
    "idp.journal.record": "writes the journal; what is counted is in it already",
    "idp.figures.score": "names of kinds of units alone",
    "idp.satisfaction.asking": "names of answers alone",
}
"""Modules and rooms, and why another version of them counts the same."""


def is_exempt(module: str) -> bool:
    """Tables, too: their columns change by migrations."""
    return module.endswith("models") or any(
        f"{module}.".startswith(f"{each}.") for each in NOT_COUNTING
    )


def source(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    tried = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in tried if each.is_file()), None)


def imported(module: str) -> Iterator[str]:
    """What it imports of ours."""
    path = source(module)
    assert path is not None, module
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("idp."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("idp"):
            for each in node.names:
                below = f"{node.module}.{each.name}"
                yield below if source(below) else str(node.module)


def walked() -> tuple[set[str], set[str]]:
    """The modules that count, and the exempt ones that they import."""
    counting, exempt, ahead = set[str](), set[str](), [*BEGIN]
    while ahead:
        module = ahead.pop()
        if is_exempt(module):
            exempt.add(module)
        elif module not in counting:
            counting.add(module)
            ahead += imported(module)
    return counting, exempt


def test_every_module_that_counts_is_in_the_version() -> None:
    listed = {f"idp.{room}.{name}" for room, names in COUNTING.items() for name in names}
    assert walked()[0] == listed


def test_every_exception_is_still_met() -> None:
    exempt = walked()[1]
    for each in NOT_COUNTING:
        assert any(f"{module}.".startswith(f"{each}.") for module in exempt), each
