"""C12: no code of a level without its words: in the provider's pages and in the samples."""

import re
from pathlib import Path

import pytest

import idp
from idp.settings.people import AssuranceSettings

ROOT = Path(idp.__file__).parent.parent
CODES = [level.acr for level in AssuranceSettings().levels]
PAGES = [
    *(ROOT / "idp/templates").rglob("*.html"),
    *(ROOT / "clients").rglob("*.html"),
]


@pytest.mark.parametrize("code", CODES)
def test_every_level_there_is_has_words(code: str) -> None:
    """The samples stand alone, so they have words of their own: in the same order."""
    assert (
        f'"{code}": _("Level {code[-1]}: ' in (ROOT / "idp/templates/macros/level.html").read_text()
    )
    assert f'"{code}": ("Mức' in re.sub(
        r"\(\s+", "(", (ROOT / "clients/relying_party/web.py").read_text()
    )


def test_no_page_shows_a_code_alone() -> None:
    shown = [
        f"{page.name}: {line.strip()}"
        for page in PAGES
        for line in page.read_text().splitlines()
        if re.search(r"\{\{[^}]*\b(acr|required_acr|needed_acr)\b[^}]*\}\}", line)
        and not re.search(r"level(_and_code|_words)?[.(]", line)
    ]
    assert [line for line in shown if not line.startswith("level.html")] == []
