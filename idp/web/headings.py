"""Headings, of tables and groups of fields too, in which no line breaks inside a word.

Vietnamese writes a word's syllables apart, so that a line may end between them; what is large and
short then reads badly. The words of `locale/<language>/words.txt` are kept together. Headings are
found when a template is compiled; the text of one shown before costs a look into a table.
"""

import re
from collections.abc import Callable, Set
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

_LOCALE = Path(__file__).parent.parent / "locale"
_HEADING = re.compile(r"(<(h[123]|legend|caption)\b[^>]*>)(.*?)(</\2>)", re.DOTALL)
_SYLLABLES = re.compile(r"(\w+) (?=(\w+))")
_NO_BREAK = "\N{NO-BREAK SPACE}"
_REMEMBERED = 1000


class Headings(Extension):
    """Puts the filter `unbroken` around the content of every heading of a template."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's source with the filter."""
        del name, filename
        return _HEADING.sub(r"\1{% filter unbroken %}\3{% endfilter %}\4", source)


def install(environment: Environment, language: str) -> None:
    """Let an environment's templates have such headings, where its language has such words."""
    path = _LOCALE / language / "words.txt"
    if path.exists():
        environment.add_extension(Headings)
        words = frozenset(path.read_text("utf-8").splitlines())
        environment.filters["unbroken"] = _unbroken(words)


def _unbroken(words: Set[str]) -> Callable[[str], str]:
    def joined(found: re.Match[str]) -> str:
        is_word = f"{found[1]} {found[2]}".lower() in words
        return found[1] + (_NO_BREAK if is_word else " ")

    @lru_cache(_REMEMBERED)
    def keep_together(heading: str) -> Markup:
        kept = _SYLLABLES.sub(joined, heading)
        return Markup(kept)  # noqa: S704 - the heading was escaped when it was written

    return keep_together
