"""Letters and digits as people, keyboards and registers write them: what two spellings share."""

import re
import unicodedata

from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.orm import InstrumentedAttribute

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = frozenset("aeiouy")
_LOOK_ALIKES = str.maketrans(
    "ðɖıаеорсухікмтнвαεορυχικμτηνβ’‘ʼ`\u030c",
    "đđiaeopcyxikmthbaeopyxikmthnb''''\u0306",
)
"""Small letters of other alphabets, and signs, that are seen or typed for ours."""
_MARKS = _TONES + "\u0302\u0306\u030c\u031b"
_BETWEEN = re.compile(r"[\s.\-]")
_MINUS = "\u2212"
CODE_ALPHABET = "0123456789BCFGHJKMNPQRSTVXZ"
"""27 of Crockford's 32 characters, of codes on paper: no vowel, no D and no W, which Vietnamese
keyboards turn into other letters as they are typed."""
_CODE_LOOK_ALIKES = str.maketrans("OIL", "011")
_LONGEST_CODE = 100


def spelling_key(text: str) -> str:
    """What all spellings of the same words share; every letter and every tone still counts.

    Case, spaces, Unicode's forms, look-alike letters; and the place of the tone in a word, which
    schools, keyboards and registers put differently: hoà and hòa, khoẻ and khỏe, thuý and thúy.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFD", folded).translate(_LOOK_ALIKES)
    words = unicodedata.normalize("NFC", apart).split()
    return " ".join(map(_with_tones_last, words))


def _with_tones_last(word: str) -> str:
    letters, tones, base = "", "", ""
    for c in unicodedata.normalize("NFD", word):
        if c in _TONES and base in _VOWELS:
            tones += c
        else:
            letters += c
            base = base if unicodedata.combining(c) else c
    return unicodedata.normalize("NFC", letters) + tones


def without_marks(text: str) -> str:
    """The words in small letters without any mark: how people type what they look for."""
    key = unicodedata.normalize("NFD", spelling_key(text))
    return key.translate(str.maketrans("đ", "d", _MARKS))


def column_without_marks(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A column as `without_marks` writes it, but for letters of other alphabets."""
    apart = func.normalize(column, literal_column("NFD"))
    return func.lower(func.translate(apart, "ĐđÐð" + _MARKS, "DdDd"))


def as_one_code(typed: str) -> str:
    """A number or code as it is compared, however it was typed or pasted.

    Without blanks, dots and dashes of any kind, which people put between groups, and without
    letters that nobody sees, which address books and web pages put around it.
    """
    plain = without_unseen(_BETWEEN.sub("", typed))
    if plain.isascii():
        return plain
    return "".join(c for c in plain if unicodedata.category(c) != "Pd" and c != _MINUS)


def without_unseen(typed: str) -> str:
    """Without letters that nobody sees, which come along when something is pasted."""
    if typed.isascii():
        return typed
    return "".join(c for c in typed if unicodedata.category(c) != "Cf")


def read_code(typed: str) -> str:
    """A code on paper as it is compared: in any case, with blanks and dashes; O is 0, I and L 1."""
    plain = as_one_code(unicodedata.normalize("NFKC", typed[:_LONGEST_CODE]))
    return plain.upper().translate(_CODE_LOOK_ALIKES)
