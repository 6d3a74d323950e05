"""What an operator types at a command, as the country writes it."""

from unicodedata import normalize

DATES = ["%d/%m/%Y", "%Y-%m-%d"]
"""The formats of a day that an option or argument takes."""


def one_spelling(text: str) -> str:
    """The callback of an option whose text is stored: NFC, single blanks."""
    return " ".join(normalize("NFC", text).split())
