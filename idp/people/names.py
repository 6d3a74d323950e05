"""Names and birthdates as people write them, and as registers compare them."""

import re
import unicodedata
from datetime import date
from itertools import zip_longest

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.letters import spelling_key, without_marks, without_unseen

MAX_NAME = 200
_MONTHS = 12
_SIGNS = " -'’."
_BIRTHDATE = re.compile(r"\d{4}(-\d{2}-\d{2})?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})|(\d{2})(\d{2})(\d{4})")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})[/. -](\d{1,2})|(\d{2})(\d{2})")
_DASHES = str.maketrans("\u2010\u2012\u2013\u2014\u2212", "-----")
"""What phones and word processors make of a hyphen."""
_AROUND_SIGNS = re.compile(r" ?([/.\-]) ?")


@immutable
class NameParts:
    """A Vietnamese name: family name first, given name last; empty where there is none."""

    family: str
    middle: str
    given: str


def normalise_name(name: str) -> str:
    """The name in NFC with single spaces. Raises InvalidInput (field `name`)."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > MAX_NAME:
        raise InvalidInput("Write your full name as on your ID card.", field="name")
    kinds = {c: unicodedata.category(c)[0] for c in tidy}
    if "L" not in kinds.values() or any(
        kind not in "LM" and c not in _SIGNS for c, kind in kinds.items()
    ):
        raise InvalidInput("A name has letters only.", field="name")
    return tidy


def name_key(name: str) -> str:
    """What all spellings of one name share. Every comparison of two names is one of their keys."""
    return spelling_key(name)


def lacks_marks_only(typed: str, name: str) -> bool:
    """Whether each word is the name's, or is it without any mark, as many a keyboard writes it.

    Two names may share that: somebody has to look at both.
    """
    words = zip_longest(name_key(typed).split(), name_key(name).split(), fillvalue="")
    return all(word in (whole, without_marks(whole)) for word, whole in words)


def has_marks(name: str) -> bool:
    """Whether any letter has one; few Vietnamese names have none."""
    return name_key(name) != without_marks(name)


def split_name(name: str) -> NameParts:
    """The parts of a name; a single word is the given name."""
    words = name.split()
    if len(words) < 2:
        return NameParts("", "", name)
    return NameParts(words[0], " ".join(words[1:-1]), words[-1])


def normalise_birthdate(value: str, *, today: date, year: int | None = None) -> str:
    """`YYYY-MM-DD`, or `YYYY` where only the year is known.

    `dd/mm/yyyy` is read too, with other signs or spaces, or with none: eight digits. Where the year
    is known otherwise, day and month are enough; four digits that are that year are the year.

    Raises InvalidInput (field `birthdate`) for what is no date or lies ahead.
    """
    seen = without_unseen(value)
    spaced = " ".join(unicodedata.normalize("NFKC", seen).translate(_DASHES).split())
    value = _AROUND_SIGNS.sub(r"\1", spaced)
    if match := _DAY_FIRST.fullmatch(value):
        day, month, written = filter(None, match.groups())
        value = f"{written}-{int(month):02}-{int(day):02}"
    elif year and value != str(year) and (match := _DAY_AND_MONTH.fullmatch(value)):
        day, month = filter(None, match.groups())
        value = f"{year}-{int(month):02}-{int(day):02}" if int(month) <= _MONTHS else value
    if not value.isascii() or not _BIRTHDATE.fullmatch(value):
        raise InvalidInput("Write the date of birth as dd/mm/yyyy.", field="birthdate")
    parts = (int(part) for part in (value if "-" in value else f"{value}-1-1").split("-"))
    try:
        born = date(*parts)
    except ValueError as error:
        raise InvalidInput("There is no such date.", field="birthdate") from error
    if born > today or born.year < 1850:
        raise InvalidInput("This date of birth cannot be right.", field="birthdate")
    return value
