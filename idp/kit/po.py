"""GNU gettext's files of translations, as far as the repository's use what such a file can hold.

Babel reads all of it and writes it anew for gettext, which reads it again: a twentieth of a start.
"""

import re
from collections.abc import Callable
from gettext import c2py

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr(?:\[\d\])?) +)?"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t"}
_PLURAL = re.compile(r"plural=([^;]+)")


def read_po(text: str) -> dict[str, tuple[str, ...]]:
    """The forms of each translation, by the English sentence; of two, by the first.

    The file's header stands under the empty sentence. Raises ValueError with the number of a line
    that cannot be read.
    """
    entries: list[dict[str, str]] = []
    field = ""
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if not line or line[0] == "#":
            continue
        found = _LINE.fullmatch(line)
        begun = found[1] if found else ""
        if begun == "msgid":
            entries.append({})
        if not found or not entries or begun in entries[-1]:
            raise ValueError(f"line {number} is not what follows in a .po file: {line[:40]}")
        field = begun or field
        text_here = _ESCAPED.sub(_plain, found[2]) if "\\" in line else found[2]
        entries[-1][field] = entries[-1].get(field, "") + text_here
    return {each["msgid"]: _forms(each) for each in entries}


def plural_of(header: str) -> Callable[[int], int]:
    """Which form a count takes, as a file's header has it; without one, the first."""
    found = _PLURAL.search(header)
    return c2py(found[1].strip()) if found else lambda _count: 0


def _forms(entry: dict[str, str]) -> tuple[str, ...]:
    return tuple(entry[field] for field in sorted(entry) if field.startswith("msgstr"))


def _plain(escaped: re.Match[str]) -> str:
    return _LETTERS.get(escaped[1], escaped[1])
