"""Letters as they are handed to a printer, and as a file that a post office's machine reads.

Each is written in its person's language. The pages carry their own style: they are printed from a
browser, or from a file that a command wrote.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from jinja2 import Template
from markupsafe import Markup

from idp.accounts.letter_batches import Letter
from idp.kit.comma_separated import as_csv
from idp.settings.operator import OperatorSettings
from idp.web.templates import Pages

COLUMNS = {
    "reference": "The number on the letter, by which one that comes back is noted",
    "name": "Whom it is for",
    "street": "House and street, or village",
    "commune": "Commune",
    "province": "Province",
    "code": "The code, in two groups",
    "valid_until": "The last day on which the code is read, dd/mm/yyyy",
    "language": "In which the letter is written: vi or en",
    "site": "Where the code is typed",
    "hotline": "Whom to call; empty where there is none",
}
"""What the file says of each letter."""


def papers(pages: Pages, letters: Sequence[Letter]) -> Markup:
    """One sheet of A4 for each letter, behind one another."""
    templates: dict[str, Template] = {
        language: environment.get_template("console/_letter.html")
        for language, environment in pages.environments.items()
    }
    written = (templates[one.language].render(letter=one) for one in letters)
    return Markup("\n".join(written))  # noqa: S704 - a template's own, escaped


def printable(pages: Pages, letters: Sequence[Letter], *, language: str) -> str:
    """The same as one HTML document, which needs nothing beside it."""
    style = (Path(__file__).parent.parent / "static" / "letters.css").read_text("utf-8")
    template = pages.environments[language].get_template("console/letter_file.html")
    # The style is ours, of a file in this package.
    return template.render(papers=papers(pages, letters), style=Markup(style))  # noqa: S704


def letters_file(pages: Pages, letters: Sequence[Letter]) -> bytes:
    """CSV in UTF-8 with a byte order mark, a line for each letter; COLUMNS stand in its header."""
    rows = []
    for one in letters:
        environment = pages.environments[one.language]
        operator = cast(OperatorSettings, environment.globals["operator"])
        rows.append(
            {
                "reference": one.reference,
                "name": one.name,
                "street": one.address.street,
                "commune": one.address.commune,
                "province": one.address.province,
                "code": one.code,
                "valid_until": environment.filters["date"](one.until),
                "language": one.language,
                "site": environment.globals["host"],
                "hotline": operator.hotline,
            }
        )
    return as_csv(rows, COLUMNS)
