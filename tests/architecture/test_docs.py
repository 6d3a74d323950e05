"""What the documentation points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PATH = re.compile(r"`((?:tests|idp|docs|clients|deploy|migrations|requirements)/[\w./-]+)`")
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
