"""Run as a module: writes `docs/asvs.md` from the requirements and the tests marked with them.

`asvs.csv` has a line for each requirement of OWASP ASVS 5.0 on the levels 1 and 2, with a title of
ours. One that no test shows to be met has a verdict there, and a reason.
"""

import ast
import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
LIST = Path(__file__).with_name("asvs.csv")

BY_TEST, OTHERWISE = "met by test", "met otherwise"
NOT_APPLYING, NOT_MET = "does not apply", "not met"
VERDICTS = (BY_TEST, OTHERWISE, NOT_APPLYING, NOT_MET)
CHAPTERS = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web frontend",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}
HEAD = """# OWASP ASVS 5.0, levels 1 and 2

Each requirement with the tests that show it to be met, or the reason why there is none. The titles
are ours: the [standard](https://github.com/OWASP/ASVS) has the words that count. Written from
`tests/support/asvs.csv` and the tests' `asvs` markers by `python -m tests.support.asvs_page`; a
test holds them together.

"""
COLUMNS = "| | level | requirement | how |\n|---|---|---|---|\n"


@dataclass(frozen=True)
class MarkedTest:
    """A test that shows requirements to be met; `path` is below `tests`."""

    path: str
    name: str


@dataclass(frozen=True)
class Requirement:
    """One line of the list. `verdict` is one of VERDICTS; beside a test, `reason` is a remark."""

    number: str
    level: int
    title: str
    verdict: str
    reason: str

    @property
    def chapter(self) -> int:
        """The first part of its number."""
        return int(self.number.partition(".")[0])


def requirements() -> list[Requirement]:
    """In the standard's order."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        return [
            Requirement(
                number=row["requirement"],
                level=int(row["level"]),
                title=row["title"],
                verdict=row["verdict"] or BY_TEST,
                reason=row["reason"],
            )
            for row in csv.DictReader(lines)
        ]


def marked_tests() -> Mapping[str, list[MarkedTest]]:
    """The tests by the requirements they are marked with."""
    found: dict[str, list[MarkedTest]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                test = MarkedTest(path.relative_to(ROOT / "tests").as_posix(), node.name)
                for number in _numbers(node):
                    found.setdefault(number, []).append(test)
    return found


def _numbers(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="asvs"), args=arguments):
                yield from map(ast.literal_eval, arguments)


def asvs_page() -> str:
    """The whole page."""
    listed, tests = requirements(), marked_tests()
    parts = [HEAD, _counts(listed)]
    for chapter, each in groupby(listed, key=lambda requirement: requirement.chapter):
        rows = "".join(_row(requirement, tests.get(requirement.number, [])) for requirement in each)
        parts.append(f"\n## V{chapter} {CHAPTERS[chapter]}\n\n{COLUMNS}{rows}")
    return "".join(parts)


def _counts(listed: list[Requirement]) -> str:
    counted = Counter((each.verdict, each.level) for each in listed)
    head = f"| | {' | '.join(VERDICTS)} | all |\n|---|{'---|' * (len(VERDICTS) + 1)}\n"
    rows = (
        (f"level {level}", [counted[verdict, level] for verdict in VERDICTS]) for level in (1, 2)
    )
    return head + "".join(
        f"| {name} | {' | '.join(map(str, numbers))} | {sum(numbers)} |\n" for name, numbers in rows
    )


def _row(requirement: Requirement, tests: list[MarkedTest]) -> str:
    links = ", ".join(
        f"[{test.name.removeprefix('test_').replace('_', ' ')}](../tests/{test.path})"
        for test in tests
    )
    if requirement.verdict == BY_TEST:
        how = f"{links} ({requirement.reason})" if requirement.reason else links
    else:
        how = f"**{requirement.verdict}**: {requirement.reason}"
        how += f"; in part: {links}" if links else ""
    return f"| {requirement.number} | {requirement.level} | {requirement.title} | {how} |\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(asvs_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
