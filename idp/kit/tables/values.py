"""Reading what stands in a cell: one function for each kind of value.

Each takes a tidy text (`tidy`) and raises InvalidInput saying what to write instead. What a
spreadsheet does to a value is undone where that is certain, and named where it is not.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import TypeVar
from unicodedata import category, combining, normalize

from idp.kit.messages import N_, Message
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.source import NOT_UTF_8, is_text

E = TypeVar("E", bound=Enum)

_LOST = re.compile(r"\ufffd|\?\?|[^\W\d_]\?|\?[^\W\d_]")
"""`?` in place of a letter: what "CSV" writes for letters that the computer's code page lacks."""
_READ_TWICE = re.compile(r"[ÃÂÄÆ][\u0080-\u00bf‘’°¡]|á[º»]\S")
"""UTF-8 that was opened as Windows-1252 and saved again: `Nguyá»…n`."""
_TCVN3 = re.compile(r"[¨®¬](?=[^\W\d_])|(?<=[^\W\d_])([µ¸¶¹¨]|[«»©ª](?=[^\W\d_]))")
"""Letters of the fonts .VnTime and their like: `Bé Giao th«ng vËn t¶i`."""
_VNI = re.compile(r"[ae][ùøûõâêáàåãäèü].*[ae][ùøûõâêáàåãäèü]", re.IGNORECASE)
"""Signs of the fonts VNI-Times and their like stand behind their letter: `Nguyeãn Vaên`."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00(\.0+)?)?|12:00(:00)? (AM|SA))$", re.IGNORECASE)
_AROUND_SIGNS = re.compile(r" ?([/.-]) ?")
_YEARS = range(1800, 2201)
"""Years that a register tells of; another is a slip of the pen."""
_SERIAL = re.compile(r"\d{5}([.,]0+)?")
_YEAR = re.compile(r"(\d{4})[.,]0+")
_BETWEEN_GROUPS = re.compile(r"(?<=\d{3})[\s.\-\u2010-\u2015\u2212]+(?=\d{3})")
_WHOLE = re.compile(r"^(\d+)[.,]0{1,2}$")
"""A number with the decimals of a spreadsheet, or of a column that has empty cells."""
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+")
_IS_ROUNDED = N_("Excel rounded this number: format the column as Text and type it anew.")
_MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Thg ?\d{1,2})"
_MONTH_NAMED = re.compile(rf"\d{{1,2}}-{_MONTH}(-\d\d(\d\d)?)?|{_MONTH}-\d\d")
"""What Excel shows of a date, in English and Vietnamese: `Jan-34`, `1-Mar`, `1-Thg3`."""
_FORMULA_ERROR = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|#+)")
_AS_TEXT = re.compile(r'="?([^"]*)"?|\'(.*)')
"""How people keep a spreadsheet from taking digits for a number: `="001"` and `'001`."""


def tidy(raw: str) -> str:
    """The text in NFC, on one line, with single blanks and without letters that nobody sees.

    Raises InvalidInput for what no text has: NUL and other controls, bytes of another encoding; and
    for the error of a formula in place of a value.
    """
    if raw.isascii() and raw.isprintable():
        if _FORMULA_ERROR.fullmatch(raw.strip()):
            raise Unreadable(
                N_("This is what Excel shows of a formula that fails: type the value.")
            )
        return " ".join(raw.split())
    if not is_text(raw):
        raise Unreadable(NOT_UTF_8)
    if "\0" in raw:
        raise Unreadable(N_("There is a NUL character in it: type the value anew."))
    text = " ".join(normalize("NFC", raw).split())
    if any(category(c) == "Cc" for c in text):
        raise Unreadable(N_("There is a control character in it: type the value anew."))
    return "".join(c for c in text if category(c) != "Cf").strip()


def fold(text: str) -> str:
    """What spellings of a word share that differ in case, blanks, signs and diacritics."""
    apart = normalize("NFKD", text.casefold().replace("đ", "d"))
    plain = "".join(c if c.isalnum() else "_" for c in apart if not combining(c))
    return "_".join(filter(None, plain.split("_")))


def words(text: str) -> str:
    """A name, or a sentence: refused where its letters were lost on the way."""
    if _LOST.search(text):
        raise Unreadable(
            N_(
                "Letters were lost here (“?”): save the sheet anew as “CSV UTF-8 (comma "
                "delimited)” or “Unicode Text”."
            )
        )
    if any(other.search(text) for other in (_READ_TWICE, _TCVN3, _VNI)):
        raise Unreadable(
            N_("This is not written in Unicode: convert it, for example from TCVN3 by UniKey.")
        )
    return text


def as_text(text: str) -> str:
    """A value of digits, without what made the spreadsheet keep it as text."""
    match = _AS_TEXT.fullmatch(text)
    return (match[1] or match[2] or "").strip() if match else text


def code(text: str) -> str:
    """A code as text; refused where a spreadsheet made a number or a date of it."""
    text = as_text(text)
    if _ROUNDED.fullmatch(text):
        raise Unreadable(_IS_ROUNDED)
    if any(form.fullmatch(_MIDNIGHT.sub("", text)) for form in (_MONTH_NAMED, _ISO, _DAY_FIRST)):
        raise Unreadable(
            N_("Excel made a date of this code: format the column as Text and type it anew.")
        )
    return text


def digits(text: str, *, lengths: tuple[int, ...]) -> str:
    """A number that is a name: with every zero, and as many digits as one of `lengths`."""
    text = as_text(text)
    if _SCIENTIFIC.fullmatch(text):
        raise Unreadable(_IS_ROUNDED)
    text = _WHOLE.sub(r"\1", text)
    plain = _BETWEEN_GROUPS.sub("", "".join(c for c in text if category(c) != "Cf"))
    if plain.isascii() and plain.isdigit() and len(plain) not in lengths:
        raise Unreadable(
            Message(
                "%(num)s digit where there are %(lengths)s: Excel drops zeros in front, so format "
                "the column as Text.",
                "%(num)s digits where there are %(lengths)s: Excel drops zeros in front, so format "
                "the column as Text.",
                num=len(plain),
                lengths=" / ".join(map(str, lengths)),
            )
        )
    return plain


def day(text: str) -> date:
    """A day, written as the country or as ISO 8601 does: the year last, or first, never between."""
    text = _AROUND_SIGNS.sub(r"\1", day_alone(text))
    if match := _ISO.fullmatch(text):
        year, month, of_month = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        of_month, month, year = match.groups()
    else:
        raise Unreadable(
            N_("Write the day as dd/mm/yyyy or yyyy-mm-dd, with four digits of the year.")
        )
    try:
        read = date(int(year), int(month), int(of_month))
    except ValueError:
        raise Unreadable(N_("There is no such date; the day comes before the month.")) from None
    if read.year not in _YEARS:
        raise Unreadable(N_("This year cannot be right."))
    return read


def day_alone(text: str) -> str:
    """A day or a year, without the midnight or `.0` that spreadsheets and databases put behind it.

    InvalidInput for the number that a spreadsheet counts it by.
    """
    text = _YEAR.sub(r"\1", _MIDNIGHT.sub("", as_text(text)))
    if _SERIAL.fullmatch(text):
        raise Unreadable(
            N_("This is Excel's own number of a day: format the column as a date, dd/mm/yyyy.")
        )
    return text


def choice(kind: type[E], also: Mapping[str, E]) -> Callable[[str], E]:
    """One of an enumeration's values, in any case, or another word that means it.

    The refusal names each with the first of its words.
    """
    known = {fold(str(each.value)): each for each in kind}
    first = {each: word for word, each in reversed([*also.items()])}
    named = [" / ".join(filter(None, (str(each.value), first.get(each)))) for each in kind]
    return one_of(known | {fold(word): each for word, each in also.items()}, named=named)


T = TypeVar("T")


def one_of(known: Mapping[str, T], *, named: list[str]) -> Callable[[str], T]:
    """The value that a folded word means; the refusal names those of `named`."""

    def read(text: str) -> T:
        word = re.sub(r"_0+$", "", fold(text)) if text[:1].isdigit() else fold(text)
        if word not in known:
            raise Unreadable(Message("Choose from: %(choices)s.", choices=", ".join(named)))
        return known[word]

    return read
